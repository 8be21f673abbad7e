#include "tools/postrider/sendmail/spool_list.hpp"

#include "base/time_text.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/text_table.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace postrider::cli {

namespace {

namespace json = boost::json;

json::object listed_mail(const mail_spool& spool, const mail_spool::entry& one,
                         std::string_view state) {
  json::object shown{
      {"id", std::to_string(one.name)},
      {"state", state},
      {"received_at", to_rfc3339(mail_spool::wall_time(std::chrono::microseconds(one.name)))},
      {"bytes", one.bytes}};
  const auto stored = spool.read(one.name);
  json::array recipients;
  if (stored)
    for (const auto& recipient : stored->mail.recipients)
      recipients.emplace_back(recipient);
  shown["sender"] = stored ? stored->mail.sender : "";
  shown["recipients"] = std::move(recipients);
  shown["reason"] = stored ? stored->reason : stored.error().sentence();
  return shown;
}

std::string recipients_text(const json::object& mail) {
  std::vector<std::string> all;
  for (const auto& one : mail.at("recipients").as_array())
    all.emplace_back(one.as_string());
  return fmt::format("{}", fmt::join(all, ", "));
}

}  // namespace

json::array spool_list(const mail_spool& spool) {
  json::array list;
  for (const auto& one : spool.waiting())
    list.push_back(listed_mail(spool, one, "waiting"));
  for (const auto& one : spool.refused())
    list.push_back(listed_mail(spool, one, "refused"));
  return list;
}

std::string spool_table(const json::array& mails) {
  const bool users = !mails.empty() && mails.front().as_object().contains("user");
  std::vector<std::vector<std::string>> rows{
      {"id", "state", "received", "bytes", "sender", "recipients", "reason"}};
  if (users) rows.front().insert(rows.front().begin(), "user");
  for (const auto& one : mails) {
    const auto& mail = one.as_object();
    auto& row = rows.emplace_back();
    if (users) row.push_back(member_text(mail, "user"));
    for (const auto* name : {"id", "state", "received_at", "bytes"})
      row.push_back(member_text(mail, name));
    const auto sender = member_text(mail, "sender");
    row.push_back(sender.empty() ? "<>" : sender);
    row.push_back(recipients_text(mail));
    row.push_back(member_text(mail, "reason"));
  }
  return text_table(rows);
}

}  // namespace postrider::cli
