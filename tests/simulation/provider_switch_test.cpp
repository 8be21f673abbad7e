#include "tests/simulation/reroute_fixture.hpp"

#include <algorithm>

namespace postrider::tests {
namespace {

struct switch_fixture : reroute_fixture {
  switch_fixture() {
    replies["alpha"] = success;
    replies["beta"] = success;
  }

  actors::result<actors::provider_info> turn(const std::string& name, bool on) {
    auto answer = std::make_shared<std::optional<actors::result<actors::provider_info>>>();
    process->gateway().switch_provider(name, on,
                                       [answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    return **answer;
  }
  actors::result<actors::provider_trial> attempt(const std::string& name,
                                                 const std::string& recipient) {
    auto answer = std::make_shared<std::optional<actors::result<actors::provider_trial>>>();
    process->gateway().try_provider(name, {recipient, {}, {}, {}},
                                    [answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    return **answer;
  }
  std::string provider_of(const actors::result<actors::send_receipt>& sent) {
    return sent.value().transactions.at(0).provider;
  }
};

BOOST_FIXTURE_TEST_SUITE(provider_switch, switch_fixture)

BOOST_AUTO_TEST_CASE(takes_effect_with_the_answer_and_outlives_a_restart) {
  start();
  BOOST_TEST(provider_of(send("before")) == "alpha");
  const auto off = turn("alpha", false);
  BOOST_REQUIRE(off);
  BOOST_TEST(off->name == "alpha");
  BOOST_TEST(!off->active);
  BOOST_TEST(provider_of(send("without", "+15550000002")) == "beta");
  start();
  process->run_for(10s);
  BOOST_TEST(provider_of(send("still without", "+15550000003")) == "beta");
  BOOST_TEST(turn("alpha", true)->active);
  BOOST_TEST(provider_of(send("again", "+15550000004")) == "alpha");
  verify();
}

BOOST_AUTO_TEST_CASE(lets_what_waits_go_elsewhere) {
  settings.providers[0].max_in_flight = 1;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 10s;
    return slow;
  };
  start();
  send_many(5);
  BOOST_REQUIRE(turn("alpha", false));
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["beta"] == 4);
  BOOST_TEST(attempts().at(1) == 5);
  verify();
}

BOOST_AUTO_TEST_CASE(knows_its_providers) {
  start();
  const auto unknown = turn("delta", false);
  BOOST_REQUIRE(!unknown);
  BOOST_TEST((unknown.error().code == actors::service_errc::not_found));
  // The next one is not held up by it.
  BOOST_TEST(!turn("alpha", false)->active);
}

BOOST_AUTO_TEST_CASE(leaves_others_held_that_are_misconfigured) {
  replies["beta"] = [](const std::string&) {
    return scripted_engine::answer{http_reply(401, ""), 20ms};
  };
  start();
  BOOST_REQUIRE(turn("alpha", false));
  send_many(1);
  process->run_for(1min);
  BOOST_TEST(calls["beta"] == 1);
  BOOST_REQUIRE(turn("alpha", true));
  BOOST_REQUIRE(turn("alpha", false));
  send_many(1);
  process->run_for(1min);
  BOOST_TEST(calls["beta"] == 1);
}

BOOST_AUTO_TEST_CASE(changes_nothing_while_the_database_is_away) {
  start();
  process->faults().away = true;
  const auto refused = turn("alpha", false);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == actors::service_errc::unavailable));
  process->faults().away = false;
  process->run_for(10s);
  BOOST_TEST(provider_of(send("after")) == "alpha");
  BOOST_TEST(!turn("alpha", false)->active);
}

BOOST_AUTO_TEST_CASE(a_trial_tells_the_outcome_and_leaves_nothing_behind) {
  start();
  const auto good = attempt("alpha", "+15550000001");
  BOOST_REQUIRE(good);
  BOOST_TEST(good->provider == "alpha");
  BOOST_TEST(good->address == "+15550000001");
  BOOST_TEST(good->outcome == "accepted");
  BOOST_TEST(!good->provider_ref.empty());
  replies["beta"] = [](const std::string&) { return refused(); };
  for (int i = 0; i < 5; ++i) {
    const auto bad = attempt("beta", "+15550000001");
    BOOST_REQUIRE(bad);
    BOOST_TEST(bad->outcome == "unavailable");
    BOOST_TEST(!bad->detail.empty());
  }
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["beta"] == 5);
  // Two failures of a delivery would have opened its circuit.
  replies["beta"] = success;
  BOOST_REQUIRE(turn("alpha", false));
  BOOST_TEST(provider_of(send("after")) == "beta");
  process->run_for(1s);
  BOOST_TEST(calls["beta"] == 6);
  verify();
}

BOOST_AUTO_TEST_CASE(a_trial_needs_somebody_whom_the_provider_reaches) {
  start();
  for (const char* wrong : {"nobody", "ann@example.org"}) {
    const auto refused = attempt("alpha", wrong);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == actors::service_errc::invalid));
    BOOST_TEST(refused.error().problems.at(0).pointer == "/recipient");
  }
  BOOST_TEST((attempt("delta", "+15550000001").error().code == actors::service_errc::not_found));
  BOOST_TEST(calls.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
