#include "actors/providers/driver.hpp"

#include "actors/providers/transfer/transport_outcome.hpp"

#include <algorithm>

namespace postrider::actors {

std::string_view to_string(outcome_kind kind) {
  switch (kind) {
    case outcome_kind::accepted: return "accepted";
    case outcome_kind::recipient_rejected: return "recipient_rejected";
    case outcome_kind::message_rejected: return "message_rejected";
    case outcome_kind::throttled: return "throttled";
    case outcome_kind::unavailable: return "unavailable";
    case outcome_kind::misconfigured: return "misconfigured";
    case outcome_kind::unknown: return "unknown";
  }
  return "?";
}

std::string_view to_string(transfer_stage stage) {
  switch (stage) {
    case transfer_stage::not_started: return "before it started";
    case transfer_stage::resolving: return "while resolving the host name";
    case transfer_stage::connecting: return "while connecting";
    case transfer_stage::tls_handshake: return "in the TLS handshake";
    case transfer_stage::logging_in: return "while logging in";
    case transfer_stage::request_partly_written: return "while sending the request";
    case transfer_stage::request_written: return "after the request was sent";
    case transfer_stage::reply_started: return "while reading the reply";
    case transfer_stage::reply_head_complete: return "while reading the reply's body";
    case transfer_stage::reply_complete: return "after the reply";
  }
  return "?";
}

std::string_view to_string(smtp_command command) {
  switch (command) {
    case smtp_command::greeting: return "the greeting";
    case smtp_command::ehlo: return "EHLO";
    case smtp_command::starttls: return "STARTTLS";
    case smtp_command::auth: return "AUTH";
    case smtp_command::mail: return "MAIL FROM";
    case smtp_command::rcpt: return "RCPT TO";
    case smtp_command::data: return "DATA";
    case smtp_command::message: return "the message";
  }
  return "?";
}

receipt_reading driver::read_receipt(const receipt_call&) const {
  return receipt_refusal{404, "this provider sends no receipts"};
}

std::optional<outcome> transport_outcome(const transfer_result& result) {
  if (result.complete()) return std::nullopt;
  std::string text = result.error_text.empty() ? "no reply" : result.error_text;
  text.append(" (").append(to_string(result.stage)).append(")");
  outcome_kind kind = outcome_kind::unknown;
  const bool login = result.error == transfer_error::proxy_login;
  if (result.stage <= transfer_stage::request_partly_written)
    kind = login || result.error == transfer_error::bad_request ? outcome_kind::misconfigured
                                                                : outcome_kind::unavailable;
  outcome out{kind, std::move(text), {}, {}};
  out.credentials = login;
  return out;
}

bool refuses_credentials(const transfer_result& result) {
  return has_status(result) && (result.status == 401 || result.status == 403);
}

bool has_status(const transfer_result& result) {
  return result.stage >= transfer_stage::reply_head_complete && result.status >= 200;
}

}  // namespace postrider::actors
