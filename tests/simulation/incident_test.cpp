#include "persistence/model.hpp"
#include "tests/simulation/reroute_fixture.hpp"

/// The facts that a person asks for in an incident: since when a provider is down, and deliveries
/// that were given up.
namespace postrider::tests {
namespace {

struct incident_fixture : reroute_fixture {
  incident_fixture() {
    settings.providers.resize(1);
    settings.messaging.give_up_after = 1h;
    settings.messaging.retry_delay = 1min;
    replies["alpha"] = [](const std::string&) { return refused(); };
  }
  actors::circuit_info circuit() {
    auto answer =
        std::make_shared<std::optional<actors::result<std::vector<actors::provider_info>>>>();
    process->gateway().providers([answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value() && (*answer)->has_value());
    return (**answer)->at(0).circuit;
  }
  /// Asks from time to time, since an answer itself takes virtual time.
  template <class Condition>
  bool happens(Condition condition, std::chrono::minutes at_most) {
    for (auto passed = 0min; passed < at_most; passed += 1min) {
      if (condition()) return true;
      process->run_for(1min);
    }
    return condition();
  }
  boost::json::object given_up() { return inspect("given_up").at("given_up").as_object(); }
};

BOOST_FIXTURE_TEST_SUITE(incident, incident_fixture)

BOOST_AUTO_TEST_CASE(a_provider_is_down_since_it_went_down_whatever_became_of_its_probes) {
  start();
  BOOST_TEST(!circuit().since);
  BOOST_REQUIRE(send("hello"));
  BOOST_REQUIRE(happens([&] { return circuit().since.has_value(); }, 10min));
  const auto first = circuit().since;
  // Probes come and go meanwhile.
  const auto before = calls["alpha"];
  process->run_for(20min);
  BOOST_TEST(calls["alpha"] > before);
  const auto later = circuit().since;
  BOOST_REQUIRE(later.has_value());
  const auto moved = *later > *first ? *later - *first : *first - *later;
  BOOST_TEST((moved < 1s));
  replies["alpha"] = success;
  BOOST_TEST(happens([&] { return !circuit().since; }, 60min));
  BOOST_TEST(circuit().state == "closed");
  verify();
}

BOOST_AUTO_TEST_CASE(given_up_counts_the_last_day_by_provider_and_error) {
  start();
  BOOST_TEST(given_up().at("by").as_array().empty());
  const auto sent = send("hello");
  BOOST_REQUIRE(sent);
  BOOST_REQUIRE(
      happens([&] { return to_string(status(sent->message).status) == "failed"; }, 360min));
  const auto section = given_up();
  BOOST_TEST(section.at("window_ms").as_int64() == 86'400'000);
  BOOST_TEST(!section.at("at_least").as_bool());
  const auto& by = section.at("by").as_array();
  BOOST_REQUIRE(by.size() == 1);
  BOOST_TEST(by[0].at("provider").as_string() == "alpha");
  BOOST_TEST(by[0].at("error").as_string() == "unavailable");
  BOOST_TEST(by[0].at("count").as_int64() == 1);
  BOOST_TEST(by[0].at("last").as_int64() == sent->transactions.at(0).id);
  // It reads rows, so the whole document goes without it.
  BOOST_TEST(!inspect("").contains("given_up"));
  process->run_for(25h);
  BOOST_TEST(given_up().at("by").as_array().empty());
  verify();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
