#include "actors/providers/email_reply.hpp"

#include "actors/providers/text_codes.hpp"
#include "actors/providers/transport_outcome.hpp"

#include <algorithm>
#include <charconv>

namespace postrider::actors {
namespace {

/// What is kept of a server's text for a person.
constexpr std::size_t longest_detail = 300;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }

std::string in_lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

/// Not in "temporarily" or "separate".
bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const auto end = at + word.size();
    if ((at == 0 || !is_letter(text[at - 1])) && (end == text.size() || !is_letter(text[end])))
      return true;
  }
  return false;
}

struct answer {
  smtp_command command;
  int code;
  enhanced_status status;
  std::string text;  ///< in lower case
};

/// Servers say so with many codes, such as 421 4.7.0 and 451 4.7.28. "Too many recipients" (4.5.3)
/// and a mailbox that gets mail at a high rate (4.2.1) are about this message only.
bool is_throttled(const answer& a) {
  if (a.code / 100 != 4 || (a.status.kind != 0 && a.status.subject != 7)) return false;
  return has_word(a.text, "rate") || a.text.find("too many") != a.text.npos ||
         a.text.find("throttl") != a.text.npos;
}

/// Login wanted, or refused for its strength (RFC 4954).
bool is_login_code(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

/// Syntax errors, commands and parameters that the server does not know or that come out of order.
bool is_protocol_code(int code) { return (code >= 500 && code <= 504) || code == 555; }

/// The sender's own authentication: DKIM, SPF, reverse DNS, DMARC (RFC 7372, RFC 7489), null MX of
/// its domain (RFC 7505), ARC.
bool is_sender_authentication(const enhanced_status& status) {
  return status.kind == 5 && status.subject == 7 &&
         ((status.detail >= 20 && status.detail <= 27) || status.detail == 29);
}

bool is_too_big(const enhanced_status& status) { return status.is(3, 4) || status.is(2, 3); }
/// X.1.7 and X.1.8: the sender's address.
bool is_sender_address(const enhanced_status& status) { return status.is(1, 7) || status.is(1, 8); }
bool is_recipient_address(const enhanced_status& status) {
  return status.kind == 5 && status.subject == 1 && !is_sender_address(status);
}

outcome_kind permanent_at_mail(const answer& a) {
  if (a.code == 552 || is_too_big(a.status) || a.status.subject == 6)
    return outcome_kind::message_rejected;
  return outcome_kind::misconfigured;
}

outcome_kind permanent_at_rcpt(const answer& a) {
  const auto& status = a.status;
  if (is_login_code(a.code) || is_sender_authentication(status) || is_sender_address(status))
    return outcome_kind::misconfigured;
  if (is_protocol_code(a.code))
    return is_recipient_address(status) ? outcome_kind::recipient_rejected
                                        : outcome_kind::misconfigured;
  // Many servers answer for the sender only here (Postfix: smtpd_delay_reject).
  if (a.text.find("relay") != a.text.npos || a.text.find("sender address rejected") != a.text.npos)
    return outcome_kind::misconfigured;
  if (is_too_big(status) || status.subject == 6) return outcome_kind::message_rejected;
  return outcome_kind::recipient_rejected;
}

outcome_kind permanent_at_message(const answer& a) {
  const auto& status = a.status;
  if (is_login_code(a.code) || is_protocol_code(a.code) || is_sender_authentication(status) ||
      is_sender_address(status))
    return outcome_kind::misconfigured;
  if (is_recipient_address(status) || status.is(2, 1) || status.is(2, 2) || a.code == 551)
    return outcome_kind::recipient_rejected;
  return outcome_kind::message_rejected;
}

/// DATA comes after all recipients: its refusal is about them (RFC 5321, 3.3) or about what would
/// come.
outcome_kind permanent_at_data(const answer& a) {
  if (a.text.find("no valid recipients") != a.text.npos) return outcome_kind::recipient_rejected;
  return permanent_at_message(a);
}

outcome_kind kind_of(const answer& a) {
  if (a.code >= 200 && a.code < 300 && a.command == smtp_command::message)
    return outcome_kind::accepted;
  if (is_throttled(a)) return outcome_kind::throttled;
  // 455: it cannot take the parameters, of which none was needed.
  if (a.code == 455) return outcome_kind::misconfigured;
  if (a.code >= 400 && a.code < 500) return outcome_kind::unavailable;
  if (a.code < 500 || a.code > 599) return outcome_kind::unknown;
  switch (a.command) {
    // 554: this client is not wanted at all.
    case smtp_command::greeting:
    case smtp_command::ehlo:
    case smtp_command::starttls:
    case smtp_command::auth: return outcome_kind::misconfigured;
    case smtp_command::mail: return permanent_at_mail(a);
    case smtp_command::rcpt: return permanent_at_rcpt(a);
    case smtp_command::data: return permanent_at_data(a);
    case smtp_command::message: return permanent_at_message(a);
  }
  return outcome_kind::unknown;
}

/// Says something of one recipient and nothing of the server: greylisting, a full or busy mailbox,
/// a domain for which it does not relay. One such address must not open the circuit for the others.
bool concerns_recipient(const answer& a) {
  if (a.command != smtp_command::rcpt) return false;
  if (a.code == 450 || a.code == 452) return true;
  if (a.code == 451 && (a.status.kind == 0 || a.status.subject != 3)) return true;
  return a.code >= 500 && a.text.find("relay") != a.text.npos;
}

outcome of_reply(const smtp_reply& reply) {
  std::string_view text = reply.text;
  const auto status = read_enhanced_status(text);
  const answer read{reply.command, reply.code, status, in_lower_case(reply.text)};
  const auto kind = kind_of(read);
  if (kind == outcome_kind::accepted)
    return {kind, {}, std::string(text.substr(0, persistence::max_provider_ref_bytes)), {}};
  std::string detail = "the server answered ";
  detail.append(to_string(reply.command)).append(" with ").append(std::to_string(reply.code));
  if (!reply.text.empty())
    detail.append(" ").append(reply.text, 0, shown_size(reply.text, longest_detail));
  outcome failed{kind, std::move(detail), {}, {}};
  failed.recipient_only = concerns_recipient(read);
  return failed;
}

/// Neither the certificate nor the login gets better by trying again, unless the server says so.
outcome of_setup_failure(const transfer_result& result) {
  const auto* last = result.replies.empty() ? nullptr : &result.replies.back();
  if (last && last->code >= 400) return of_reply(*last);
  auto text = result.error_text;
  text.append(" (").append(to_string(result.stage)).append(")");
  return {outcome_kind::misconfigured, std::move(text), {}, {}};
}

}  // namespace

enhanced_status read_enhanced_status(std::string_view& text) {
  int parts[3] = {};
  auto at = text.data();
  const auto end = text.data() + text.size();
  for (int i = 0; i < 3; ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return {};
    if (at == end || *at < '0' || *at > '9') return {};
    const auto [after, failed] = std::from_chars(at, end, parts[i]);
    if (failed != std::errc() || after - at > (i == 0 ? 1 : 3)) return {};
    at = after;
  }
  if ((at != end && *at != ' ') || (parts[0] != 2 && parts[0] != 4 && parts[0] != 5)) return {};
  text.remove_prefix(static_cast<std::size_t>(at - text.data()));
  text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  return {parts[0], parts[1], parts[2]};
}

outcome classify_mail(const transfer_result& result) {
  if (result.error == transfer_error::login || result.error == transfer_error::tls)
    return of_setup_failure(result);
  if (auto transport = transport_outcome(result)) return std::move(*transport);
  if (result.replies.empty()) return {outcome_kind::unknown, "the exchange has no replies", {}, {}};
  return of_reply(result.replies.back());
}

}  // namespace postrider::actors
