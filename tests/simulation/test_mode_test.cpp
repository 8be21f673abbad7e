#include "actors/providers/test_mode.hpp"

#include "tests/simulation/pipeline_fixture.hpp"

#include <algorithm>
#include <iterator>

namespace postrider::tests {
namespace {

using namespace std::chrono_literals;

struct test_mode_fixture : pipeline_fixture {
  test_mode_fixture() {
    std::ranges::copy(actors::test_providers(), std::back_inserter(settings.providers));
    settings.messaging.retry_delay = 1min;
    settings.messaging.max_retries = 2;
  }

  static actors::send_request request_to(std::string recipient) {
    actors::send_request request;
    request.user = 1;
    request.text = "hello";
    request.test = true;
    request.recipients.emplace();
    request.recipients->push_back({std::move(recipient), {}, {}, {}});
    return request;
  }
  /// The end of it after all retries: "provider error receipt", by attempt.
  std::string end_of(actors::send_request request) {
    const auto sent = send(std::move(request));
    BOOST_REQUIRE(sent);
    process->run_for(1h);
    std::string text;
    const auto found = status(sent->message);
    BOOST_TEST(found.message.test);
    for (const auto& one : found.recipients.at(0).transactions) {
      BOOST_TEST(one.test);
      text += (text.empty() ? "" : ", ") + one.provider + " " +
              std::string(to_string(one.transaction.status)) + " " +
              std::string(to_string(one.transaction.error)) + " " +
              std::string(to_string(one.transaction.receipt));
    }
    return text;
  }
  std::string end_of(const char* recipient) { return end_of(request_to(recipient)); }
};

BOOST_FIXTURE_TEST_SUITE(test_mode, test_mode_fixture)

BOOST_AUTO_TEST_CASE(delivers_nothing_and_tells_every_outcome) {
  start();
  BOOST_TEST(end_of("+4930123456") == "test:signal success  delivered");
  BOOST_TEST(end_of("accepted@postrider.test") == "test:email success  ");
  BOOST_TEST(end_of("https://postrider.test/read") == "test:webhook success  read");
  BOOST_TEST(end_of("undelivered@postrider.test") == "test:email success  undelivered");
  BOOST_TEST(end_of("+12025550104") ==
             "test:signal failed recipient_rejected , test:sms failed recipient_rejected ");
  BOOST_TEST(end_of("message-rejected@postrider.test") == "test:email failed message_rejected ");
  BOOST_TEST(end_of("throttled@postrider.test") ==
             "test:email failed throttled , test:email failed throttled , test:email failed "
             "throttled ");
  BOOST_TEST(end_of("+12025550107") ==
             "test:signal failed unavailable , test:sms failed unavailable , test:signal failed "
             "unavailable ");
  BOOST_TEST(end_of("+12025550108") ==
             "test:signal failed unavailable , test:sms success  delivered");
  BOOST_TEST(end_of("misconfigured@postrider.test") ==
             "test:email failed misconfigured , test:email failed misconfigured , test:email "
             "failed misconfigured ");
  auto late = request_to("+12025550111");
  late.ttl = 30s;
  BOOST_TEST(end_of(std::move(late)) == "test:signal failed expired ");
  BOOST_TEST(end_of("busy@postrider.test") == "test:email success  ");
  auto held = request_to("unknown@postrider.test");
  held.on_unknown = persistence::on_unknown::hold;
  BOOST_TEST(end_of(std::move(held)) == "test:email failed outcome_unknown ");
  // Outcomes that they chose are no evidence against the providers that others test with.
  BOOST_TEST(end_of("bob@example.com") == "test:email success  delivered");
  BOOST_TEST(calls.empty());
  verify();
}

BOOST_AUTO_TEST_CASE(leaves_what_is_real_alone) {
  start();
  for (const auto* number : {"+12025550107", "+12025550104", "+15550000001"}) {
    const auto sent = send("real", number);
    BOOST_REQUIRE(sent);
    BOOST_TEST(sent->transactions.at(0).provider == "alpha");
    process->run_for(1min);
    const auto found = status(sent->message);
    BOOST_TEST(!found.message.test);
    BOOST_TEST((found.status == actors::delivery_status::success));
  }
  BOOST_TEST(calls["alpha"] == 3);
  // The list of its own user decides, in which no provider of test mode is.
  const auto unreachable = send("real", "undelivered@postrider.test");
  BOOST_REQUIRE(!unreachable);
  BOOST_TEST((unreachable.error().code == actors::service_errc::no_route));
  verify();
}

BOOST_AUTO_TEST_CASE(is_still_test_mode_after_a_crash_and_by_hand) {
  start();
  auto request = request_to("+12025550107");
  request.max_retries = 1;
  const auto sent = send(std::move(request));
  BOOST_REQUIRE(sent);
  start();
  process->run_for(10min);
  BOOST_TEST((status(sent->message).status == actors::delivery_status::failed));
  auto retried = std::make_shared<std::optional<actors::result<actors::retry_report>>>();
  actors::retry_request wanted;
  wanted.include_final = true;
  process->gateway().retry(wanted, [retried](auto result) { *retried = std::move(result); });
  process->run_until([&] { return retried->has_value(); }, 60s);
  BOOST_REQUIRE((retried->has_value() && **retried));
  BOOST_TEST((**retried)->retried == 1);
  process->run_for(10min);
  const auto found = status(sent->message);
  for (const auto& one : found.recipients.at(0).transactions)
    BOOST_TEST(actors::is_test_provider(one.provider), one.provider);
  BOOST_TEST(calls.empty());
  verify();
}

BOOST_AUTO_TEST_CASE(shows_its_providers_to_tests_only) {
  start();
  auto listed =
      std::make_shared<std::optional<actors::result<std::vector<actors::provider_info>>>>();
  process->gateway().providers([listed](auto result) { *listed = std::move(result); });
  process->run_until([&] { return listed->has_value(); }, 60s);
  BOOST_REQUIRE((listed->has_value() && **listed));
  BOOST_TEST((**listed)->size() == 3);
  auto off = std::make_shared<std::optional<actors::result<actors::provider_info>>>();
  process->gateway().switch_provider("test:email", false,
                                     [off](auto result) { *off = std::move(result); });
  process->run_until([&] { return off->has_value(); }, 60s);
  BOOST_REQUIRE((off->has_value() && !**off));
  BOOST_TEST(((**off).error().code == actors::service_errc::not_found));
  BOOST_TEST(end_of("bob@example.com") == "test:email success  delivered");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
