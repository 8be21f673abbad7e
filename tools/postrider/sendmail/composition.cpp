#include "tools/postrider/sendmail/composition.hpp"

#include "actors/providers/email/mime.hpp"
#include "base/ascii.hpp"
#include "base/time_text.hpp"
#include "base/utf8.hpp"
#include "tools/postrider/sendmail/address_list.hpp"
#include "tools/postrider/sendmail/mail_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace postrider::cli {

namespace {

using names = std::array<std::string_view, 3>;
constexpr names recipient_fields{"to", "cc", "bcc"};
constexpr names resent_fields{"resent-to", "resent-cc", "resent-bcc"};

/// In bytes.
constexpr std::size_t longest_name = 200;

bool is_among(const mail_field& field, const names& wanted) {
  return std::ranges::find(wanted, field.name) != wanted.end();
}

bool has_field(const mail_text& mail, std::string_view name) {
  return std::ranges::any_of(mail.header, [&](const mail_field& field) {
    return field.name == name && !field.value().empty();
  });
}

/// A mail that is sent once more has its new recipients in fields of their own (RFC 5322, 3.6.6).
bool is_resent(const mail_text& mail) {
  return std::ranges::any_of(
      mail.header, [](const mail_field& field) { return is_among(field, resent_fields); });
}

/// Adds the addresses that are not there yet.
outcome<bool> add_addresses(std::vector<std::string>& to, std::string_view text,
                            const std::string& host, std::string_view where) {
  auto found = read_address_list(text, host);
  if (!found) return failure::because(fmt::format("{}: {}", where, found.error().sentence()));
  for (auto& address : *found)
    if (std::ranges::find(to, address) == to.end()) {
      if (to.size() == max_mail_recipients)
        return failure::because(fmt::format(
            "the mail has more than {} recipients; send it in parts", max_mail_recipients));
      to.push_back(std::move(address));
    }
  return true;
}

outcome<std::vector<std::string>> recipients_of(const sendmail_arguments& arguments,
                                                const mail_text& mail, const std::string& host) {
  std::vector<std::string> found;
  for (const auto& one : arguments.recipients)
    if (const auto added = add_addresses(found, one, host, "the recipient"); !added)
      return added.error();
  if (arguments.header_recipients) {
    const auto& wanted = is_resent(mail) ? resent_fields : recipient_fields;
    for (const auto& field : mail.header) {
      if (!is_among(field, wanted)) continue;
      const auto shown = field.lines.substr(0, field.name.size());
      if (const auto added = add_addresses(found, field.value(), host, shown); !added)
        return added.error();
    }
  }
  if (!found.empty()) return found;
  return failure::because(arguments.header_recipients
                              ? "no recipient was found in To, Cc and Bcc of the mail"
                              : "there is no recipient; name one");
}

outcome<std::string> sender_of(const sendmail_arguments& arguments, const mail_origin& origin) {
  if (!arguments.sender) return origin.login + "@" + origin.host;
  if (arguments.sender->find_first_not_of(" <>") == std::string::npos) return std::string();
  auto found = read_address_list(*arguments.sender, origin.host);
  if (!found) return failure::because("the sender: " + found.error().sentence());
  if (found->size() != 1)
    return failure::because(fmt::format("the sender \"{}\" is not one address", *arguments.sender));
  return found->front();
}

std::string missing_fields(const mail_text& mail, const sendmail_arguments& arguments,
                           const mail_origin& origin, const std::string& sender) {
  std::string added;
  if (!has_field(mail, "message-id"))
    added += fmt::format("Message-ID: <{}@{}>\r\n", origin.unique, origin.host);
  if (!has_field(mail, "date")) added += "Date: " + to_mail_date(origin.now) + "\r\n";
  if (!has_field(mail, "from")) {
    auto name = tidy_text(arguments.full_name.empty() ? origin.full_name : arguments.full_name,
                          longest_name);
    std::ranges::replace_if(name, ascii::is_control, ' ');
    added += actors::from_header(name, sender.empty() ? origin.login + "@" + origin.host : sender);
  }
  return added;
}

/// A field that must not be in the text: its value is for the envelope, or is empty where it must
/// not be.
bool is_left_out(const mail_field& field) {
  return is_among(field, {"bcc", "resent-bcc", "return-path"}) ||
         (is_among(field, {"message-id", "date", "from"}) && field.value().empty());
}

}  // namespace

outcome<outgoing_mail> compose(const sendmail_arguments& arguments, std::string_view input,
                               const mail_origin& origin) {
  const auto mail = read_mail_text(input, arguments.dot_ends);
  auto recipients = recipients_of(arguments, mail, origin.host);
  if (!recipients) return recipients.error();
  auto sender = sender_of(arguments, origin);
  if (!sender) return sender.error();
  outgoing_mail made{std::move(*sender), std::move(*recipients), {}};
  for (const auto& field : mail.header)
    if (!is_left_out(field)) made.text += field.lines;
  made.text += missing_fields(mail, arguments, origin, made.sender);
  made.text.append("\r\n").append(mail.body);
  return made;
}

}  // namespace postrider::cli
