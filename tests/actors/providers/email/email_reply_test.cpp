#include "actors/providers/email/email_reply.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 5321 (4.2), RFC 3463, RFC 4954 and IANA's registry of enhanced codes. The words of
/// real servers are in email_witness_test.cpp.
namespace postrider::actors {
namespace {

using command = smtp_command;

transfer_result ended(transfer_error error, transfer_stage stage,
                      std::vector<smtp_reply> replies = {}) {
  transfer_result result;
  result.error = error;
  result.stage = stage;
  result.error_text = "the connection ended";
  if (!replies.empty()) result.status = replies.back().code;
  result.replies = std::move(replies);
  return result;
}

outcome answered(command to, int code, std::string text) {
  return classify_mail(ended(transfer_error::none, transfer_stage::reply_complete,
                             {{command::greeting, 220, "mx"}, {to, code, std::move(text)}}));
}

struct row {
  command to;
  int code;
  const char* text;
  std::string_view expected;
};

void check(std::span<const row> rows) {
  for (const auto& [to, code, text, expected] : rows) {
    BOOST_TEST_CONTEXT(to_string(to) << ": " << code << " " << text) {
      const auto done = answered(to, code, text);
      BOOST_TEST(to_string(done.kind) == expected);
      BOOST_TEST(done.provider_ref.empty() == (expected != "accepted"));
      BOOST_TEST(done.detail.empty() == (expected == "accepted"));
    }
  }
}

BOOST_AUTO_TEST_SUITE(email_replies)

// ---- accepted ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(the_answer_to_the_message_is_kept_for_finding_it_in_the_servers_log) {
  const struct {
    int code;
    std::string text;
    std::string ref;
  } rows[]{{250, "2.0.0 Ok: queued as 4W7abc", "Ok: queued as 4W7abc"},
           {250, "2.0.0 8f1c2d33 Message accepted for delivery",
            "8f1c2d33 Message accepted for delivery"},
           {250, "OK id=1rABCD-000001-23", "OK id=1rABCD-000001-23"},
           {251, "2.1.5 will forward", "will forward"},
           {250, "", ""},
           {250, std::string(400, 'x'), std::string(255, 'x')}};
  for (const auto& [code, text, ref] : rows) {
    const auto done = answered(command::message, code, text);
    BOOST_TEST(to_string(done.kind) == "accepted");
    BOOST_TEST(done.provider_ref == ref);
    BOOST_TEST(done.detail == "");
  }
}

// ---- temporary ---------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_temporary_answer_means_not_sent) {
  const row rows[]{
      {command::greeting, 421, "4.3.2 shutting down", "unavailable"},
      {command::greeting, 450, "busy", "unavailable"},
      {command::ehlo, 421, "4.4.2 timeout", "unavailable"},
      {command::mail, 421, "4.7.0 closing", "unavailable"},
      {command::mail, 451, "4.3.0 try later", "unavailable"},
      {command::mail, 452, "4.3.1 insufficient storage", "unavailable"},
      {command::rcpt, 450, "4.2.1 mailbox temporarily unavailable", "unavailable"},
      {command::rcpt, 450, "4.7.1 greylisted, try again in 300 seconds", "unavailable"},
      {command::rcpt, 451, "4.7.1 Greylisting in action", "unavailable"},
      {command::rcpt, 451, "4.3.5 server configuration error, temporarily separated",
       "unavailable"},
      {command::rcpt, 452, "4.2.2 mailbox full", "unavailable"},
      {command::rcpt, 452, "4.5.3 too many recipients", "unavailable"},
      {command::rcpt, 451, "4.1.1 unknown for now", "unavailable"},
      {command::data, 451, "4.3.0 local error", "unavailable"},
      {command::message, 451, "4.3.0 local error", "unavailable"},
      {command::message, 452, "4.3.1 insufficient storage", "unavailable"},
      {command::message, 421, "4.3.2 shutting down", "unavailable"},
      {command::message, 450, "5.7.1 digits that disagree", "unavailable"},
  };
  check(rows);
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_less_is_told_from_one_that_is_away) {
  const row rows[]{
      {command::greeting, 421, "4.7.0 too many connections from your host", "throttled"},
      {command::mail, 421, "4.7.28 our system has detected an unusual rate of mail", "throttled"},
      {command::rcpt, 451, "Rate limit exceeded", "throttled"},
      {command::rcpt, 452, "too many messages, slow down", "throttled"},
      {command::message, 451, "4.7.0 throttling in effect", "throttled"},
      {command::auth, 454, "4.7.0 too many login attempts", "throttled"},
      {command::rcpt, 550, "5.7.1 rate limit exceeded", "throttled"},
      {command::rcpt, 450, "4.7.1 operated by separate corporates", "unavailable"},
  };
  check(rows);
  BOOST_CHECK(!answered(command::mail, 421, "4.7.0 rate").retry_after);
}

BOOST_AUTO_TEST_CASE(what_concerns_one_recipient_is_not_held_against_the_server) {
  const auto only = [](command at, int code, const char* text) {
    return answered(at, code, text).recipient_only;
  };
  BOOST_TEST(only(command::rcpt, 450, "4.7.1 greylisted"));
  BOOST_TEST(only(command::rcpt, 450, "4.2.1 mailbox busy"));
  BOOST_TEST(only(command::rcpt, 451, "4.7.1 greylisted"));
  BOOST_TEST(only(command::rcpt, 452, "4.2.2 mailbox full"));
  BOOST_TEST(only(command::rcpt, 554, "5.7.1 <ann@example.com>: Relay access denied"));
  BOOST_TEST(!only(command::rcpt, 451, "4.3.0 local error"));
  BOOST_TEST(!only(command::rcpt, 421, "4.3.2 closing"));
  BOOST_TEST(!only(command::rcpt, 530, "5.7.0 authentication required"));
  BOOST_TEST(!only(command::mail, 450, "4.7.1 try later"));
  BOOST_TEST(!only(command::message, 451, "4.3.0 local error"));
}

// ---- for good ----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_server_that_does_not_want_this_client_is_misconfigured) {
  const row rows[]{
      {command::greeting, 554, "5.7.1 blocked, see https://example.net", "misconfigured"},
      {command::greeting, 521, "5.3.2 this host takes no mail", "misconfigured"},
      {command::ehlo, 550, "bad name", "misconfigured"},
      {command::ehlo, 502, "5.5.1 not implemented", "misconfigured"},
      {command::mail, 500, "5.5.2 what?", "misconfigured"},
      {command::mail, 501, "5.5.4 syntax", "misconfigured"},
      {command::mail, 503, "5.5.1 polite people say hello first", "misconfigured"},
      {command::mail, 530, "5.7.0 must issue STARTTLS first", "misconfigured"},
      {command::mail, 535, "5.7.8 authentication failed", "misconfigured"},
      {command::mail, 538, "5.7.11 encryption required", "misconfigured"},
      {command::mail, 550, "5.7.1 sender not allowed", "misconfigured"},
      {command::mail, 550, "5.1.8 sender's domain", "misconfigured"},
      {command::mail, 553, "5.7.1 not owned by user", "misconfigured"},
      {command::mail, 555, "5.5.4 parameters", "misconfigured"},
      {command::rcpt, 530, "5.7.1 authentication required", "misconfigured"},
      {command::rcpt, 534, "5.7.9 stronger", "misconfigured"},
      {command::rcpt, 500, "5.5.1 what?", "misconfigured"},
      {command::rcpt, 503, "5.5.1 MAIL first", "misconfigured"},
      {command::rcpt, 504, "5.5.2 host name not fully qualified", "misconfigured"},
      {command::rcpt, 555, "5.5.4 parameters", "misconfigured"},
      {command::rcpt, 554, "5.7.1 <ann@example.com>: Relay access denied", "misconfigured"},
      {command::rcpt, 550, "relaying denied", "misconfigured"},
      {command::rcpt, 553, "5.7.1 <a@b>: Sender address rejected: not owned by user",
       "misconfigured"},
      {command::rcpt, 550, "5.1.8 sender's domain", "misconfigured"},
      {command::rcpt, 550, "5.7.25 no reverse DNS", "misconfigured"},
      {command::data, 503, "5.5.1 RCPT first", "misconfigured"},
      {command::message, 550, "5.7.26 unauthenticated mail is not accepted", "misconfigured"},
      {command::message, 550, "5.7.25 no PTR record", "misconfigured"},
      {command::message, 550, "5.7.20 no passing DKIM signature", "misconfigured"},
      {command::message, 550, "5.7.23 SPF validation failed", "misconfigured"},
      {command::message, 530, "5.7.0 authentication required", "misconfigured"},
      {command::message, 500, "5.5.2 line too long", "misconfigured"},
  };
  check(rows);
}

BOOST_AUTO_TEST_CASE(a_recipient_that_cannot_be_reached_is_told) {
  const row rows[]{
      {command::rcpt, 550, "5.1.1 user unknown", "recipient_rejected"},
      {command::rcpt, 550, "5.1.2 no such host", "recipient_rejected"},
      {command::rcpt, 550, "5.1.10 null MX", "recipient_rejected"},
      {command::rcpt, 550, "5.4.1 no answer from host", "recipient_rejected"},
      {command::rcpt, 550, "5.2.1 mailbox disabled", "recipient_rejected"},
      {command::rcpt, 550, "no such user here", "recipient_rejected"},
      {command::rcpt, 551, "5.1.6 moved", "recipient_rejected"},
      {command::rcpt, 553, "5.1.3 bad syntax", "recipient_rejected"},
      {command::rcpt, 501, "5.1.3 bad recipient address syntax", "recipient_rejected"},
      {command::rcpt, 552, "5.2.2 mailbox full", "recipient_rejected"},
      {command::rcpt, 521, "5.3.2 domain takes no mail", "recipient_rejected"},
      {command::rcpt, 556, "5.1.10 domain takes no mail", "recipient_rejected"},
      {command::rcpt, 554, "5.7.1 refused by the recipient", "recipient_rejected"},
      {command::data, 554, "5.5.1 Error: no valid recipients", "recipient_rejected"},
      {command::message, 552, "5.2.2 mailbox full", "recipient_rejected"},
      {command::message, 550, "5.1.1 user unknown", "recipient_rejected"},
      {command::message, 550, "5.2.1 mailbox disabled", "recipient_rejected"},
  };
  check(rows);
}

BOOST_AUTO_TEST_CASE(a_message_that_is_not_taken_is_told) {
  const row rows[]{
      {command::mail, 552, "5.3.4 message too big", "message_rejected"},
      {command::rcpt, 552, "5.3.4 message too big", "message_rejected"},
      {command::rcpt, 552, "5.2.3 too long for this mailbox", "message_rejected"},
      {command::data, 554, "5.7.1 policy", "message_rejected"},
      {command::message, 552, "5.3.4 message too big", "message_rejected"},
      {command::message, 552, "too much mail data", "message_rejected"},
      {command::message, 552, "5.2.3 too long for this mailbox", "message_rejected"},
      {command::message, 550, "5.7.1 spam", "message_rejected"},
      {command::message, 554, "5.7.1 spam", "message_rejected"},
      {command::message, 554, "5.6.0 content", "message_rejected"},
      {command::message, 554, "transaction failed", "message_rejected"},
      {command::message, 550, "content refused", "message_rejected"},
  };
  check(rows);
}

BOOST_AUTO_TEST_CASE(a_rejection_is_vague_unless_its_code_can_mean_one_thing_only) {
  const struct {
    command at;
    int code;
    const char* text;
    bool vague;
  } rows[]{{command::rcpt, 550, "no such user here", true},
           {command::rcpt, 550, "5.7.1 refused", true},
           {command::rcpt, 554, "5.7.1 <a@b>: Recipient address rejected: Access denied", true},
           {command::rcpt, 550, "5.4.1 no answer from host", true},
           {command::message, 554, "5.7.1 spam", true},
           {command::message, 554, "account disabled", true},
           {command::rcpt, 550, "5.1.1 user unknown", false},
           {command::rcpt, 550, "5.1.10 null MX", false},
           {command::rcpt, 552, "5.2.2 mailbox full", false},
           {command::message, 550, "5.2.1 mailbox disabled", false},
           {command::message, 552, "5.3.4 too big", false},
           {command::message, 554, "5.6.0 content", false},
           // Not rejections.
           {command::rcpt, 450, "try later", false},
           {command::mail, 550, "not you", false},
           {command::message, 250, "ok", false}};
  for (const auto& [at, code, text, vague] : rows)
    BOOST_TEST(answered(at, code, text).vague == vague, code << " " << text);
}

BOOST_AUTO_TEST_CASE(what_no_standard_knows_is_unknown) {
  const row rows[]{
      {command::message, 354, "go on", "unknown"},
      {command::message, 100, "hm", "unknown"},
      {command::message, 650, "5.7.1 hm", "unknown"},
      {command::rcpt, 250, "ok", "unknown"},
  };
  check(rows);
  BOOST_TEST(
      to_string(classify_mail(ended(transfer_error::none, transfer_stage::reply_complete)).kind) ==
      "unknown");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_told_in_the_servers_words) {
  BOOST_TEST(answered(command::rcpt, 550, "5.1.1 user unknown").detail ==
             "the server answered RCPT TO with 550 5.1.1 user unknown");
  BOOST_TEST(answered(command::rcpt, 550, std::string(5'000, 'x')).detail.size() < 400U);
}

// ---- without a whole exchange ------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_exchange_that_broke_off_is_told_by_its_stage) {
  using e = transfer_error;
  using s = transfer_stage;
  const smtp_reply rcpt{command::rcpt, 250, "ok"}, go{command::data, 354, "go"};
  const struct {
    transfer_result result;
    std::string_view expected;
  } rows[]{
      {ended(e::connect, s::connecting), "unavailable"},
      {ended(e::resolve, s::resolving), "unavailable"},
      {ended(e::timeout, s::connecting), "unavailable"},
      {ended(e::timeout, s::not_started), "unavailable"},
      {ended(e::disconnected, s::tls_handshake), "unavailable"},
      {ended(e::disconnected, s::logging_in, {{command::ehlo, 250, "mx"}}), "unavailable"},
      {ended(e::disconnected, s::request_partly_written, {rcpt}), "unavailable"},
      {ended(e::disconnected, s::request_partly_written, {go}), "unavailable"},
      {ended(e::timeout, s::request_partly_written, {rcpt}), "unavailable"},
      {ended(e::shutdown, s::request_partly_written, {rcpt}), "unavailable"},
      {ended(e::disconnected, s::request_written, {go}), "unknown"},
      {ended(e::timeout, s::request_written, {go}), "unknown"},
      {ended(e::shutdown, s::request_written, {go}), "unknown"},
      {ended(e::disconnected, s::reply_started, {go}), "unknown"},
      {ended(e::bad_request, s::not_started), "misconfigured"},
      {ended(e::tls, s::tls_handshake), "misconfigured"},
      {ended(e::tls, s::tls_handshake, {{command::starttls, 220, "go"}}), "misconfigured"},
      {ended(e::tls, s::logging_in, {{command::ehlo, 250, "mx"}}), "misconfigured"},
      {ended(e::tls, s::logging_in, {{command::starttls, 454, "4.7.0 not now"}}), "unavailable"},
      {ended(e::tls, s::logging_in, {{command::starttls, 502, "no"}}), "misconfigured"},
      {ended(e::login, s::logging_in, {{command::auth, 535, "5.7.8 no"}}), "misconfigured"},
      {ended(e::login, s::logging_in, {{command::auth, 534, "5.7.9 no"}}), "misconfigured"},
      {ended(e::login, s::logging_in, {{command::auth, 538, "5.7.11 no"}}), "misconfigured"},
      {ended(e::login, s::logging_in, {{command::auth, 454, "4.7.0 later"}}), "unavailable"},
      {ended(e::login, s::logging_in, {{command::auth, 421, "4.3.2 later"}}), "unavailable"},
      {ended(e::login, s::logging_in, {{command::ehlo, 250, "mx"}}), "misconfigured"},
  };
  for (const auto& [result, expected] : rows) {
    BOOST_TEST_CONTEXT(static_cast<int>(result.error) << " " << to_string(result.stage)) {
      const auto done = classify_mail(result);
      BOOST_TEST(to_string(done.kind) == expected);
      BOOST_TEST(!done.detail.empty());
    }
  }
}

// ---- enhanced codes ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(enhanced_codes_are_read_only_where_they_are_whole) {
  const struct {
    const char* text;
    int kind, subject, detail;
    const char* rest;
  } rows[]{{"5.1.1 who", 5, 1, 1, "who"},     {"2.0.0", 2, 0, 0, ""},
           {"4.7.123  x", 4, 7, 123, "x"},    {"5.1 who", 0, 0, 0, "5.1 who"},
           {"5.1.1who", 0, 0, 0, "5.1.1who"}, {"3.1.1 x", 0, 0, 0, "3.1.1 x"},
           {"55.1.1 x", 0, 0, 0, "55.1.1 x"}, {"5.1.1234 x", 0, 0, 0, "5.1.1234 x"},
           {"5.-1.1 x", 0, 0, 0, "5.-1.1 x"}, {"", 0, 0, 0, ""},
           {"5.1.", 0, 0, 0, "5.1."},         {"Ok 5.1.1", 0, 0, 0, "Ok 5.1.1"}};
  for (const auto& row : rows) {
    std::string_view text = row.text;
    const auto status = read_enhanced_status(text);
    BOOST_TEST(status.kind == row.kind);
    BOOST_TEST(status.subject == row.subject);
    BOOST_TEST(status.detail == row.detail);
    BOOST_TEST(text == row.rest);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
