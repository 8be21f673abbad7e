#include "actors/providers/email/email_reply.hpp"

#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/reply_words.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

/// Bytes that are kept of a server's text for a person.
constexpr std::size_t longest_detail = 300;

struct answer {
  smtp_command command;
  int code;
  enhanced_status status;
  mail_matter matter;
  std::string text;  ///< the server's own words
};

bool is_temporary(const answer& a) { return a.code / 100 == 4; }
bool is_permanent(const answer& a) { return a.code / 100 == 5; }

/// The recipient is known to the server.
bool comes_after_recipient(const answer& a) { return a.command >= smtp_command::rcpt; }

bool is_relay(const answer& a) { return a.text.find("relay") != a.text.npos; }

/// Login wanted, or refused for its strength (RFC 4954).
bool is_login_code(int code) { return code == 530 || code == 534 || code == 535 || code == 538; }

/// Syntax errors, commands and parameters that the server does not know or that come out of order.
bool is_protocol_code(int code) { return (code >= 500 && code <= 504) || code == 555; }

bool is_size(const answer& a) {
  return a.matter == mail_matter::size || (a.status.kind != 0 && a.status.subject == 6);
}

outcome_kind permanent_at_mail(const answer& a) {
  return a.code == 552 || is_size(a) ? outcome_kind::message_rejected : outcome_kind::misconfigured;
}

/// RCPT TO has one argument, the address. Its syntax is what 501 refuses (Exim, Haraka, Amazon),
/// and Google's 555 5.5.2; 555 otherwise is for parameters, of which there are none.
bool is_address_syntax(const answer& a) {
  return a.code == 501 || (a.code == 555 && !a.status.is(5, 4));
}

outcome_kind permanent_at_rcpt(const answer& a) {
  if (is_login_code(a.code)) return outcome_kind::misconfigured;
  if (a.matter == mail_matter::recipient) return outcome_kind::recipient_rejected;
  if (is_size(a)) return outcome_kind::message_rejected;
  if (is_relay(a)) return outcome_kind::misconfigured;
  if (is_protocol_code(a.code) && !is_address_syntax(a)) return outcome_kind::misconfigured;
  return outcome_kind::recipient_rejected;
}

outcome_kind permanent_at_message(const answer& a) {
  if (is_login_code(a.code) || is_protocol_code(a.code)) return outcome_kind::misconfigured;
  const bool mailbox = a.status.kind != 0 && a.status.subject == 2 && !is_size(a);
  const bool address = a.status.kind != 0 && a.status.subject == 1;
  if (a.matter == mail_matter::recipient || mailbox || address || a.code == 551)
    return outcome_kind::recipient_rejected;
  return outcome_kind::message_rejected;
}

/// DATA comes after all recipients: its refusal is about them (RFC 5321, 3.3) or about what would
/// come.
outcome_kind permanent_at_data(const answer& a) {
  if (a.text.find("no valid recipients") != a.text.npos) return outcome_kind::recipient_rejected;
  return permanent_at_message(a);
}

outcome_kind permanent_at(const answer& a) {
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

outcome_kind kind_of(const answer& a) {
  if (a.code / 100 == 2 && a.command == smtp_command::message) return outcome_kind::accepted;
  if (!is_temporary(a) && !is_permanent(a)) return outcome_kind::unknown;
  switch (a.matter) {
    case mail_matter::quota:
    case mail_matter::rate: return outcome_kind::throttled;
    case mail_matter::recipient_rate:
      if (comes_after_recipient(a)) return outcome_kind::throttled;
      break;
    case mail_matter::identity:
      return is_temporary(a) ? outcome_kind::unavailable : outcome_kind::misconfigured;
    case mail_matter::recipient:
    case mail_matter::size:
    case mail_matter::unnamed: break;
  }
  return is_temporary(a) ? outcome_kind::unavailable : permanent_at(a);
}

/// The whole answer with which Rspamd greylists a message (src/plugins/lua/greylist.lua).
bool is_rspamd_greylisting(const answer& a) {
  return a.command == smtp_command::message && a.text == "4.7.1 try again later";
}

/// A temporary refusal that is about the recipient: greylisting, a full or busy mailbox. X.3.Y is
/// the server's state.
bool is_recipients_state(const answer& a) {
  if (a.matter == mail_matter::recipient || is_rspamd_greylisting(a)) return true;
  if (a.status.kind != 0 && a.status.subject == 2) return true;
  if (a.command != smtp_command::rcpt || (a.status.kind != 0 && a.status.subject == 3))
    return false;
  return a.code == 450 || a.code == 451 || a.code == 452;
}

/// Says something of one recipient and nothing of the server. One such address must not open the
/// circuit for the others, or slow them down.
bool concerns_recipient(const answer& a, outcome_kind kind) {
  if (kind == outcome_kind::throttled) return a.matter == mail_matter::recipient_rate;
  if (!comes_after_recipient(a) || a.matter == mail_matter::identity) return false;
  // A domain for which it does not relay.
  if (a.command == smtp_command::rcpt && is_relay(a)) return true;
  return kind == outcome_kind::unavailable && is_recipients_state(a);
}

/// A rejection whose code could mean anything: 550, or 5.7.1. An account that was blocked is
/// refused so too.
bool is_vague(const answer& a, outcome_kind kind) {
  if (kind != outcome_kind::recipient_rejected && kind != outcome_kind::message_rejected)
    return false;
  const bool exact = a.status.kind == 5 && (a.status.subject == 1 || a.status.subject == 2);
  return !exact && !is_size(a);
}

outcome of_reply(const smtp_reply& reply, std::string_view recipient) {
  std::string_view text = reply.text;
  const auto status = read_enhanced_status(text);
  answer read{reply.command, reply.code, status, {}, own_words(reply.text, recipient)};
  read.matter = matter_of(read.code, status, read.text);
  const auto kind = kind_of(read);
  if (kind == outcome_kind::accepted)
    return {kind, {}, std::string(text.substr(0, persistence::max_provider_ref_bytes)), {}};
  std::string detail = "the server answered ";
  detail.append(to_string(reply.command)).append(" with ").append(std::to_string(reply.code));
  if (!reply.text.empty())
    detail.append(" ").append(reply.text, 0, shown_size(reply.text, longest_detail));
  outcome failed{kind, std::move(detail), {}, {}};
  failed.recipient_only = concerns_recipient(read, kind);
  failed.credentials = kind == outcome_kind::misconfigured &&
                       (read.command == smtp_command::auth || is_login_code(read.code));
  failed.vague = is_vague(read, kind);
  failed.quota = kind == outcome_kind::throttled && read.matter == mail_matter::quota;
  return failed;
}

/// Neither the certificate nor the login gets better by trying again, unless the server says so.
outcome of_setup_failure(const transfer_result& result, std::string_view recipient) {
  const auto* last = result.replies.empty() ? nullptr : &result.replies.back();
  if (last && last->code >= 400) return of_reply(*last, recipient);
  auto text = result.error_text;
  text.append(" (").append(to_string(result.stage)).append(")");
  outcome failed{outcome_kind::misconfigured, std::move(text), {}, {}};
  failed.credentials = result.error == transfer_error::login;
  return failed;
}

}  // namespace

outcome classify_mail(const transfer_result& result, std::string_view recipient) {
  if (result.error == transfer_error::login || result.error == transfer_error::tls)
    return of_setup_failure(result, recipient);
  if (auto transport = transport_outcome(result)) return std::move(*transport);
  if (result.replies.empty()) return {outcome_kind::unknown, "the exchange has no replies", {}, {}};
  return of_reply(result.replies.back(), recipient);
}

}  // namespace postrider::actors
