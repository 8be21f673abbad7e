#include "actors/providers/webhook/webhook.hpp"
#include "tests/actors/providers/foreign_replies.hpp"

/// Witnesses: spec/standard-webhooks.md of standard-webhooks/standard-webhooks ("Delivery success
/// and failure"), RFC 9110 (15), RFC 6585 (429, 511) and RFC 8470 (425) for what a status says, RFC
/// 9112 (8) for a reply whose body is cut off.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

struct webhook_reply_fixture {
  std::unique_ptr<driver> webhook = std::move(*webhook_driver_type().make(
      settings_with({{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}})));
};

BOOST_FIXTURE_TEST_SUITE(webhook_replies, webhook_reply_fixture)

BOOST_AUTO_TEST_CASE(each_status_has_its_outcome) {
  const struct {
    int status;
    std::string_view outcome, part_of_detail;
  } rows[]{{200, "accepted", ""},
           {201, "accepted", ""},
           {202, "accepted", ""},
           {204, "accepted", ""},
           {299, "accepted", ""},
           {301, "unavailable", "redirects are not followed"},
           {302, "unavailable", "redirects are not followed"},
           {303, "unknown", "redirects are not followed"},
           {304, "unavailable", "redirects are not followed"},
           {308, "unavailable", "redirects are not followed"},
           {400, "unavailable", "Standard Webhooks"},
           {401, "unavailable", "the same secret"},
           {403, "unavailable", "the same secret"},
           {404, "unavailable", "nothing at that path"},
           {405, "unavailable", "does not take POST"},
           {408, "unavailable", "HTTP 408"},
           {410, "recipient_rejected", "wants no more messages"},
           {413, "unavailable", "too long"},
           {415, "unavailable", "Standard Webhooks"},
           {422, "unavailable", "Standard Webhooks"},
           {429, "throttled", "slow down"},
           {500, "unknown", "HTTP 500"},
           {501, "unavailable", "HTTP 501"},
           {502, "unknown", "HTTP 502"},
           {503, "unavailable", "HTTP 503"},
           {504, "unknown", "HTTP 504"},
           {505, "unavailable", "HTTP 505"},
           {507, "unknown", "HTTP 507"},
           {511, "unavailable", "HTTP 511"},
           {599, "unknown", "HTTP 599"},
           {0, "unknown", "HTTP 0"},
           {100, "unknown", "HTTP 100"},
           {600, "unknown", "HTTP 600"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status) {
      const auto out = outcome_of(*webhook, replied(row.status, "what the endpoint said"));
      BOOST_TEST(to_string(out.kind) == row.outcome);
      BOOST_TEST(out.detail.find(row.part_of_detail) != std::string::npos, out.detail);
      BOOST_TEST(out.detail.empty() == (row.outcome == "accepted"));
      BOOST_TEST(out.provider_ref == "");
      // Another tenant's reply is nobody else's business.
      BOOST_TEST(out.detail.find("what the endpoint said") == std::string::npos);
    }
  }
}

/// A 4xx that no row knows never counts for the circuit, whatever it means.
BOOST_AUTO_TEST_CASE(other_refusals_are_one_endpoints_and_not_final) {
  for (int status : {402, 406, 409, 412, 414, 417, 418, 421, 423, 425, 426, 428, 431, 451, 499}) {
    const auto out = outcome_of(*webhook, replied(status));
    BOOST_TEST(to_string(out.kind) == "unavailable", status);
    BOOST_TEST(out.recipient_only);
  }
}

BOOST_AUTO_TEST_CASE(no_failure_of_an_endpoint_concerns_the_others) {
  for (int status : {301, 400, 401, 404, 410, 429, 500, 503, 600})
    BOOST_TEST(outcome_of(*webhook, replied(status)).recipient_only, status);
  for (auto stage : {transfer_stage::connecting, transfer_stage::request_written})
    BOOST_TEST(outcome_of(*webhook, broken_off(transfer_error::timeout, stage)).recipient_only);
}

BOOST_AUTO_TEST_CASE(a_failure_of_the_proxy_concerns_all_endpoints) {
  const auto away =
      outcome_of(*webhook, broken_off(transfer_error::proxy, transfer_stage::connecting));
  BOOST_TEST(to_string(away.kind) == "unavailable");
  BOOST_TEST(!away.recipient_only);
  const auto login =
      outcome_of(*webhook, broken_off(transfer_error::proxy_login, transfer_stage::connecting));
  BOOST_TEST(to_string(login.kind) == "misconfigured");
  BOOST_TEST(login.credentials);
  BOOST_TEST(!login.recipient_only);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_asks_to_slow_down_is_throttled_alone) {
  const struct {
    int status;
    const char* retry_after;
    std::string_view outcome;
    std::optional<std::chrono::seconds> pause;
  } rows[]{{429, "6", "throttled", 6s},
           {429, "3600", "throttled", 3600s},
           {429, "Sun, 06 Nov 1994 08:49:42 GMT", "throttled", 5s},
           {429, "Sunday, 06-Nov-94 08:49:42 GMT", "throttled", 5s},
           {429, "Sun Nov  6 08:49:42 1994", "throttled", 5s},
           {429, "Sun, 06 Nov 1994 08:49:00 GMT", "throttled", 0s},
           {429, "soon", "throttled", std::nullopt},
           {429, nullptr, "throttled", std::nullopt},
           {503, "120", "throttled", 120s},
           {503, nullptr, "unavailable", std::nullopt},
           {502, "120", "unknown", 120s},
           {504, "120", "unknown", 120s},
           {500, "120", "unknown", std::nullopt},
           {404, "120", "unavailable", std::nullopt}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.status << " " << (row.retry_after ? row.retry_after : "without")) {
      auto result = replied(row.status, "", {{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}});
      if (row.retry_after) result.headers.emplace_back("retry-after", row.retry_after);
      const auto out = outcome_of(*webhook, result);
      BOOST_TEST(to_string(out.kind) == row.outcome);
      BOOST_CHECK(out.retry_after == row.pause);
      BOOST_TEST(out.recipient_only);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_pause_that_it_asks_for_is_named) {
  for (int status : {429, 502, 503, 504}) {
    const auto out = outcome_of(*webhook, replied(status, "", {{"retry-after", "120"}}));
    BOOST_TEST(out.detail.ends_with(", not before 120 s have passed"), out.detail);
    BOOST_TEST(outcome_of(*webhook, replied(status)).detail.find("before") == std::string::npos);
  }
  const auto elsewhere = outcome_of(*webhook, replied(404, "", {{"retry-after", "120"}}));
  BOOST_TEST(elsewhere.detail.find("before") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(from_the_first_byte_on_it_may_have_been_acted_on) {
  const struct {
    transfer_stage stage;
    std::string_view outcome;
  } rows[]{{transfer_stage::not_started, "unavailable"},
           {transfer_stage::resolving, "unavailable"},
           {transfer_stage::connecting, "unavailable"},
           {transfer_stage::tls_handshake, "unavailable"},
           {transfer_stage::request_partly_written, "unknown"},
           {transfer_stage::request_written, "unknown"},
           {transfer_stage::reply_started, "unknown"},
           // Without a status.
           {transfer_stage::reply_head_complete, "unknown"},
           {transfer_stage::reply_complete, "unknown"}};
  for (const auto& row : rows)
    for (auto error : {transfer_error::resolve, transfer_error::connect, transfer_error::tls,
                       transfer_error::timeout, transfer_error::disconnected,
                       transfer_error::shutdown, transfer_error::other})
      BOOST_TEST(kind_of(*webhook, broken_off(error, row.stage)) == row.outcome);
}

BOOST_AUTO_TEST_CASE(an_address_that_must_not_be_called_is_the_recipients_mistake) {
  const auto refused =
      outcome_of(*webhook, broken_off(transfer_error::address_refused, transfer_stage::connecting));
  BOOST_TEST(to_string(refused.kind) == "recipient_rejected");
  BOOST_TEST(refused.detail.find("allow_private") != std::string::npos);
  BOOST_TEST(kind_of(*webhook, broken_off(transfer_error::bad_request,
                                          transfer_stage::not_started)) == "recipient_rejected");
}

BOOST_AUTO_TEST_CASE(the_status_decides_whatever_becomes_of_the_body) {
  const status_row rows[]{{200, "accepted"},    {204, "accepted"},    {302, "unavailable"},
                          {400, "unavailable"}, {404, "unavailable"}, {429, "throttled"},
                          {500, "unknown"},     {503, "unavailable"}, {410, "recipient_rejected"}};
  check_cut_off_replies(*webhook, rows);
}

BOOST_AUTO_TEST_CASE(the_pause_counts_for_a_throttle_whose_body_stalls) {
  auto result = broken_off(transfer_error::timeout, transfer_stage::reply_head_complete);
  result.status = 429;
  result.headers = {{"retry-after", "6"}};
  BOOST_CHECK(outcome_of(*webhook, result).retry_after == 6s);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
