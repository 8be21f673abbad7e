#pragma once

#include "actors/providers/email/email_reply.hpp"

#include <boost/test/unit_test.hpp>

#include <span>

/// Words of a mail server, and what they are judged as.
namespace postrider::actors {

using enum smtp_command;

struct mail_row {
  smtp_command to;
  int code;
  const char* text;
  std::string_view verdict;
};

/// "throttled, quota" or "unavailable, recipient only".
inline std::string verdict_of(const mail_row& said, std::string_view recipient = {}) {
  transfer_result result;
  result.stage = transfer_stage::reply_complete;
  const bool setup = said.to == starttls || said.to == auth;
  if (setup) result.stage = transfer_stage::logging_in;
  if (setup) result.error = said.to == auth ? transfer_error::login : transfer_error::tls;
  result.status = said.code;
  result.replies = {{greeting, 220, "mx"}, {said.to, said.code, said.text}};
  const auto judged = classify_mail(result, recipient);
  std::string verdict(to_string(judged.kind));
  if (judged.recipient_only) verdict += ", recipient only";
  if (judged.quota) verdict += ", quota";
  return verdict;
}

inline void check_mail(std::span<const mail_row> rows, std::string_view recipient = {}) {
  for (const auto& each : rows) {
    const auto verdict = verdict_of(each, recipient);
    BOOST_TEST(verdict == each.verdict, to_string(each.to)
                                            << ": " << each.code << " " << each.text << " is "
                                            << verdict << ", not " << each.verdict);
  }
}

}  // namespace postrider::actors
