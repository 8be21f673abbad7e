#include "smtp/mail_delivery.hpp"

#include "base/utf8.hpp"
#include "inbound/repeat_rule.hpp"
#include "inbound/source_ends.hpp"
#include "sources/mail.hpp"
#include "sources/masking.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>

namespace postrider::smtp {
namespace {

using inbound::source_result;

constexpr std::size_t longest_header = 500;

reply reply_to(const sources::refusal& refused, const std::string& address) {
  auto text = fmt::format("<{}>: {}", address, refused.detail);
  if (refused.status == sources::loop_status) return {554, "5.4.6", std::move(text)};
  if (refused.status == 413) return {552, "5.3.4", std::move(text)};
  if (refused.status >= 500) return {451, "4.3.0", std::move(text)};
  return {554, "5.6.0", std::move(text)};
}

/// A client sends again what is only refused for now. A recipient that no provider takes is the
/// configuration's fault, which can be mended until then.
reply reply_to(const actors::service_error& error) {
  using enum actors::service_errc;
  switch (error.code) {
    case invalid:
    case not_found:
    case forbidden:
    case conflict:
    case key_mismatch: return {554, "5.6.0", error.detail};
    case no_route: return {451, "4.3.5", error.detail};
    case overloaded: return {451, "4.3.1", error.detail};
    case draining: return {451, "4.3.2", error.detail};
    default: break;
  }
  return {451, "4.3.0", error.detail};
}

mail_end end_of(source_result result) {
  switch (result) {
    case source_result::stored: return mail_end::stored;
    case source_result::repeated: return mail_end::repeated;
    case source_result::skipped: return mail_end::skipped;
    case source_result::refused: return mail_end::refused;
    case source_result::unavailable: break;
  }
  return mail_end::unavailable;
}

}  // namespace

mail_delivery::mail_delivery(received_mail mail, std::string id, actors::time_point now)
    : mail_(std::move(mail)), id_(std::move(id)), now_(now) {
  for (const auto& to : mail_.to) {
    const auto same = [&](const part& one) {
      return one.source->settings.name == to.source->settings.name;
    };
    // Several addresses may stand for one source, which gets the mail once.
    if (std::ranges::none_of(parts_, same)) parts_.push_back({to.address, to.source, {}, {}});
  }
}

std::optional<reply> mail_delivery::prepare() {
  const auto read = sources::open_mail(mail_.content);
  if (!read) return refuse_all(reply_to(read.error(), parts_.front().address));
  for (auto& one : parts_) {
    auto made = sources::translate_mail(one.source->settings,
                                        {mail_.sender, one.address, mail_.content, now_}, *read);
    // Nothing is stored of a mail that is refused for one of its recipients.
    if (!made) return refuse_all(reply_to(made.error(), one.address));
    one.made = std::move(*made);
    add_messages(one);
  }
  if (!messages_.empty()) return std::nullopt;
  for (auto& one : parts_)
    one.outcome = {source_result::skipped, {}, 0, one.made.skipped};
  end_ = mail_end::skipped;
  note(250);
  return reply{250, "2.0.0", "there was nothing to send: " + parts_.front().made.skipped};
}

void mail_delivery::add_messages(part& to) {
  if (!to.made.skipped.empty()) return;
  const inbound::repeat_rule repeats(to.source->settings, to.made, is_test());
  for (std::size_t i = 0; i < to.made.messages.size(); ++i) {
    auto& message = messages_.emplace_back(std::move(to.made.messages[i]));
    message.test = is_test();
    message.once = repeats.for_recipient(to.made.to[i]);
    recipients_.push_back(to.made.to[i]);
  }
}

reply mail_delivery::finish(actors::result<std::vector<inbound::sent_message>> ends) {
  if (!ends) return refuse_all(reply_to(ends.error()));
  if (auto failed = inbound::failure_of(*ends, false)) {
    // One who may get it when the configuration is mended decides for all.
    for (const auto& one : *ends)
      if (one.end.error().code == actors::service_errc::no_route)
        failed->code = one.end.error().code;
    return refuse_all(reply_to(*failed));
  }
  auto rest = std::span(*ends);
  std::string ids, without;
  end_ = mail_end::repeated;
  for (auto& one : parts_) {
    if (!one.made.skipped.empty()) {
      one.outcome = {source_result::skipped, {}, 0, one.made.skipped};
      continue;
    }
    const std::vector<inbound::sent_message> own(
        rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(one.made.to.size()));
    rest = rest.subspan(own.size());
    one.outcome = inbound::outcome_of(one.source, one.made, own, id_);
    if (one.outcome.messages.empty()) one.outcome.result = source_result::refused;
    if (one.outcome.result == source_result::stored) end_ = mail_end::stored;
    if (ids.empty() && !one.outcome.messages.empty()) ids = one.outcome.messages.front();
    if (const auto failures = inbound::failures_of(own); !failures.empty())
      without += "; not for " + failures;
  }
  note(250);
  const auto stored = std::ranges::count_if(
      *ends, [](const inbound::sent_message& one) { return one.end.has_value(); });
  return {250, "2.0.0",
          fmt::format("{} {}{}{}", end_ == mail_end::stored ? "stored as" : "stored before as", ids,
                      stored > 1 ? fmt::format(" and {} more", stored - 1) : "", without)};
}

reply mail_delivery::too_late() {
  return refuse_all({451, "4.3.0",
                     "there was no answer in time; whether the mail is stored is not known, and a "
                     "repeat with its Message-ID is harmless"});
}

reply mail_delivery::refuse_all(reply what) {
  const auto result = what.code < 500 ? source_result::unavailable : source_result::refused;
  for (auto& one : parts_)
    one.outcome = {result, {}, 0, what.text};
  end_ = end_of(result);
  note(what.code);
  return what;
}

void mail_delivery::note(unsigned status) {
  for (auto& one : parts_) {
    inbound::source_request seen;
    seen.at = now_;
    seen.request_id = id_;
    seen.method = "MAIL";
    seen.target = tidy_text(one.address, longest_header);
    seen.content_type = "message/rfc822";
    seen.user_agent = tidy_text(mail_.helo, longest_header);
    seen.bytes = mail_.content.size();
    seen.body =
        sources::without_keys(tidy_text(mail_.content, inbound::source_history::kept_body_bytes));
    seen.status = status;
    seen.outcome = std::move(one.outcome);
    seen.outcome.detail = sources::without_keys(seen.outcome.detail);
    one.source->history->add(std::move(seen));
  }
}

}  // namespace postrider::smtp
