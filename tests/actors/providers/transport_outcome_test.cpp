#include "actors/providers/transport_outcome.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr std::array stages{transfer_stage::not_started,     transfer_stage::resolving,
                            transfer_stage::connecting,      transfer_stage::tls_handshake,
                            transfer_stage::logging_in,      transfer_stage::request_partly_written,
                            transfer_stage::request_written, transfer_stage::reply_started,
                            transfer_stage::reply_complete};

transfer_result broken(transfer_error error, transfer_stage stage, std::string text = "") {
  transfer_result result;
  result.error = error;
  result.stage = stage;
  result.error_text = std::move(text);
  return result;
}

std::optional<std::chrono::seconds> wait_of(std::string value) {
  transfer_result result;
  result.headers = {{"server", "x"}, {"retry-after", std::move(value)}};
  return retry_after(result);
}

BOOST_AUTO_TEST_SUITE(transport_outcomes)

BOOST_AUTO_TEST_CASE(a_complete_reply_is_for_the_driver) {
  BOOST_CHECK(!transport_outcome(broken(transfer_error::none, transfer_stage::reply_complete)));
}

BOOST_AUTO_TEST_CASE(nothing_but_a_complete_reply_without_an_error_is_complete) {
  for (auto stage : stages) {
    const bool whole = stage == transfer_stage::reply_complete;
    BOOST_TEST(transport_outcome(broken(transfer_error::none, stage)).has_value() == !whole);
    BOOST_TEST(transport_outcome(broken(transfer_error::disconnected, stage)).has_value());
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_was_not_whole_was_surely_not_acted_upon) {
  for (auto stage : stages) {
    const auto outcome = transport_outcome(broken(transfer_error::timeout, stage));
    BOOST_TEST_REQUIRE(outcome.has_value());
    BOOST_TEST(to_string(outcome->kind) ==
               (stage <= transfer_stage::request_partly_written ? "unavailable" : "unknown"));
  }
}

BOOST_AUTO_TEST_CASE(
    a_request_that_cannot_be_made_is_a_wrong_setting_but_never_after_it_was_written) {
  for (auto stage : stages) {
    const auto outcome = transport_outcome(broken(transfer_error::bad_request, stage));
    BOOST_TEST_REQUIRE(outcome.has_value());
    BOOST_TEST(to_string(outcome->kind) ==
               (stage <= transfer_stage::request_partly_written ? "misconfigured" : "unknown"));
  }
}

BOOST_AUTO_TEST_CASE(it_says_what_happened_and_when) {
  BOOST_TEST(transport_outcome(
                 broken(transfer_error::connect, transfer_stage::connecting, "connection refused"))
                 ->detail == "connection refused (while connecting)");
  for (auto stage : stages)
    BOOST_TEST(transport_outcome(broken(transfer_error::other, stage))->detail.size() > 10U);
}

BOOST_AUTO_TEST_CASE(retry_after_is_read_in_seconds_and_at_most_a_day) {
  BOOST_CHECK(wait_of("0") == 0s);
  BOOST_CHECK(wait_of("1") == 1s);
  BOOST_CHECK(wait_of("3600") == 3600s);
  BOOST_CHECK(wait_of("86400") == 24h);
  BOOST_CHECK(wait_of("86401") == 24h);
  BOOST_CHECK(wait_of("999999999") == 24h);
}

BOOST_AUTO_TEST_CASE(what_is_no_number_of_seconds_is_no_retry_after) {
  for (const auto* value : {"", "-1", "+1", "1.5", "1e3", " 1", "1 ", "soon",
                            "Fri, 31 Dec 1999 23:59:59 GMT", "0x10", "99999999999999999999999"})
    BOOST_TEST(!wait_of(value).has_value(), "'" << value << "' was taken");
  BOOST_TEST(!retry_after({}).has_value());
}

BOOST_AUTO_TEST_CASE(outcomes_have_names) {
  BOOST_TEST(to_string(outcome_kind::accepted) == "accepted");
  BOOST_TEST(to_string(outcome_kind::recipient_rejected) == "recipient_rejected");
  BOOST_TEST(to_string(outcome_kind::message_rejected) == "message_rejected");
  BOOST_TEST(to_string(outcome_kind::throttled) == "throttled");
  BOOST_TEST(to_string(outcome_kind::unavailable) == "unavailable");
  BOOST_TEST(to_string(outcome_kind::misconfigured) == "misconfigured");
  BOOST_TEST(to_string(outcome_kind::unknown) == "unknown");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
