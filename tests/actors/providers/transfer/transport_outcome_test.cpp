#include "actors/providers/transfer/transport_outcome.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr std::array stages{
    transfer_stage::not_started,         transfer_stage::resolving,
    transfer_stage::connecting,          transfer_stage::tls_handshake,
    transfer_stage::logging_in,          transfer_stage::request_partly_written,
    transfer_stage::request_written,     transfer_stage::reply_started,
    transfer_stage::reply_head_complete, transfer_stage::reply_complete};

transfer_result broken(transfer_error error, transfer_stage stage, std::string text = "") {
  transfer_result result;
  result.error = error;
  result.stage = stage;
  result.error_text = std::move(text);
  return result;
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

BOOST_AUTO_TEST_CASE(a_proxy_that_refuses_its_credentials_is_a_wrong_setting) {
  for (auto error : {transfer_error::proxy, transfer_error::proxy_login}) {
    const auto outcome = transport_outcome(broken(error, transfer_stage::connecting));
    BOOST_TEST_REQUIRE(outcome.has_value());
    const bool login = error == transfer_error::proxy_login;
    BOOST_TEST(to_string(outcome->kind) == (login ? "misconfigured" : "unavailable"));
    BOOST_TEST(outcome->credentials == login);
  }
}

BOOST_AUTO_TEST_CASE(it_says_what_happened_and_when) {
  BOOST_TEST(transport_outcome(
                 broken(transfer_error::connect, transfer_stage::connecting, "connection refused"))
                 ->detail == "connection refused (while connecting)");
  for (auto stage : stages)
    BOOST_TEST(transport_outcome(broken(transfer_error::other, stage))->detail.size() > 10U);
}

BOOST_AUTO_TEST_CASE(a_status_stands_once_the_whole_head_of_the_reply_came) {
  const auto with_status = [](transfer_stage stage, int status) {
    auto result = broken(transfer_error::timeout, stage);
    result.status = status;
    return has_status(result);
  };
  for (auto stage : stages) {
    const bool whole = stage >= transfer_stage::reply_head_complete;
    for (int status : {200, 204, 404, 599})
      BOOST_TEST(with_status(stage, status) == whole);
    // An interim reply is none.
    for (int status : {0, 100, 103})
      BOOST_TEST(!with_status(stage, status));
  }
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
