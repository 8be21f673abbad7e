#include "tools/provider-sim/behaviour.hpp"

#include "tools/provider-sim/behaviour_json.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <map>
#include <set>

namespace postrider::provider_sim {
namespace {

using namespace std::chrono_literals;

behaviour_settings settings_of(std::string_view json) {
  behaviour_settings result;
  const std::string faults = read_behaviour(json, result);
  BOOST_REQUIRE_EQUAL(faults, "");
  return result;
}

std::vector<outcome> outcomes_of(behaviour& rules, int calls,
                                 std::string_view recipient = "+15550000001") {
  std::vector<outcome> result;
  for (int i = 0; i < calls; ++i)
    result.push_back(rules.decide(recipient).what);
  return result;
}

BOOST_AUTO_TEST_SUITE(behaviour_test)

BOOST_AUTO_TEST_CASE(accepts_everything_at_once_unless_told_otherwise) {
  behaviour rules;
  for (int i = 0; i < 100; ++i) {
    const decision d = rules.decide("+15550000001");
    BOOST_TEST(name_of(d.what) == "accept");
    BOOST_TEST(d.delay.count() == 0);
  }
}

BOOST_AUTO_TEST_CASE(every_outcome_has_a_name_that_leads_back_to_it) {
  std::set<std::string_view> names(outcome_names.begin(), outcome_names.end());
  BOOST_TEST(names.size() == outcome_count);
  for (std::size_t i = 0; i < outcome_count; ++i)
    BOOST_TEST((outcome_named(outcome_names[i]) == static_cast<outcome>(i)));
  BOOST_TEST(!outcome_named("acept"));
}

BOOST_AUTO_TEST_CASE(weights_give_each_outcome_its_share) {
  struct row {
    const char* weights;
    std::map<std::string_view, double> shares;
  };
  const row table[] = {
      {R"({"outcomes": {"accept": 1}})", {{"accept", 1.0}}},
      {R"({"outcomes": {"accept": 3, "drop": 1}})", {{"accept", 0.75}, {"drop", 0.25}}},
      {R"({"outcomes": {"accept": 0, "drop": 0.001}})", {{"drop", 1.0}}},
      {R"({"outcomes": {"accept": 50, "unregistered": 30, "accept_never_answer": 20}})",
       {{"accept", 0.5}, {"unregistered", 0.3}, {"accept_never_answer", 0.2}}},
  };
  constexpr int calls = 20'000;
  for (const row& r : table) {
    behaviour rules(settings_of(r.weights));
    std::map<std::string_view, int> seen;
    for (const outcome o : outcomes_of(rules, calls))
      ++seen[name_of(o)];
    BOOST_TEST(seen.size() == r.shares.size());
    for (const auto& [name, share] : r.shares)
      BOOST_TEST(std::abs(seen[name] / double(calls) - share) < 0.02,
                 r.weights << " gave " << name << ' ' << seen[name]);
  }
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_run_and_another_seed_another) {
  behaviour_settings s = settings_of(R"({"outcomes": {"accept": 1, "drop": 1}, "seed": 7})");
  behaviour first(s), again(s);
  s.seed = 8;
  behaviour other(s);
  const auto run = outcomes_of(first, 200);
  BOOST_TEST((run == outcomes_of(again, 200)));
  BOOST_TEST((run != outcomes_of(other, 200)));
}

BOOST_AUTO_TEST_CASE(a_recipient_of_its_own_takes_its_turns_and_the_last_one_stays) {
  behaviour rules(
      settings_of(R"({"by_recipient": {"+15550000009": ["drop", "rate_limit", "accept"]}})"));
  const std::vector<outcome> wanted = {outcome::drop, outcome::rate_limit, outcome::accept,
                                       outcome::accept};
  BOOST_TEST((outcomes_of(rules, 4, "+15550000009") == wanted));
  BOOST_TEST((rules.decide("+15550000001").what == outcome::accept));
}

BOOST_AUTO_TEST_CASE(naming_one_recipient_does_not_change_what_happens_to_the_others) {
  const char* plain = R"({"outcomes": {"accept": 1, "drop": 1}})";
  const char* named =
      R"({"outcomes": {"accept": 1, "drop": 1}, "by_recipient": {"+15550000009": "garbage"}})";
  behaviour one(settings_of(plain)), two(settings_of(named));
  for (int i = 0; i < 100; ++i) {
    one.decide("+15550000009");
    two.decide("+15550000009");
    BOOST_TEST((one.decide("+15550000001").what == two.decide("+15550000001").what));
  }
}

BOOST_AUTO_TEST_CASE(latency_stays_within_its_bounds) {
  behaviour fixed(settings_of(R"({"latency_ms": 2.5})"));
  BOOST_TEST(fixed.decide("a").delay.count() == 2500);
  behaviour spread(settings_of(R"({"latency_ms": [10, 20]})"));
  std::set<std::int64_t> seen;
  for (int i = 0; i < 500; ++i)
    seen.insert(spread.decide("a").delay.count());
  BOOST_TEST(*seen.begin() >= 10'000);
  BOOST_TEST(*seen.rbegin() <= 20'000);
  BOOST_TEST(seen.size() > 400U);
}

BOOST_AUTO_TEST_CASE(is_down_in_its_outages_which_count_from_when_it_was_set) {
  const clock_time set_at{1000s};
  const behaviour rules(settings_of(R"({"outages": [[100, 200], [500, 600]]})"), set_at);
  const std::pair<int, bool> table[] = {{0, false},   {99, false},  {100, true}, {199, true},
                                        {200, false}, {499, false}, {500, true}, {600, false}};
  for (const auto& [ms, down] : table)
    BOOST_TEST(rules.is_down(set_at + std::chrono::milliseconds(ms)) == down, "at " << ms << " ms");
  BOOST_TEST((rules.next_change(set_at) == set_at + 100ms));
  BOOST_TEST((rules.next_change(set_at + 100ms) == set_at + 200ms));
  BOOST_TEST(!rules.next_change(set_at + 600ms));
  BOOST_TEST(behaviour(settings_of(R"({"down": true})"), set_at).is_down(set_at - 1h));
}

BOOST_AUTO_TEST_CASE(names_everything_that_is_wrong_with_a_behaviour) {
  const std::pair<const char*, const char*> table[] = {
      {R"({"latencyms": 1})", "unknown member: latencyms"},
      {R"({"down": 1, "sede": 2})", "down must be true or false; unknown member: sede"},
      {R"({"outcomes": {"acept": 1, "drop": 1}})", "unknown outcome in outcomes: acept"},
      {R"({"outcomes": {}})", "outcomes must have at least one weight above 0"},
      {R"({"outcomes": {"accept": -1, "drop": 1}})",
       "the weight of accept must be a number, 0 or more"},
      {R"({"by_recipient": {"+1555": "lost"}})", "unknown outcome in by_recipient: lost"},
      {R"({"by_recipient": {"+1555": []}})", "by_recipient must give an outcome or a list of them"},
      {R"({"latency_ms": [2, 1]})", "latency_ms must be a number of milliseconds or [min, max]"},
      {R"({"outages": [[5]]})", "outages must be a list of [from_ms, to_ms]"},
      {R"({"seed": -1})", "seed must be a whole number, 0 or more"},
      {R"([])", "must be a JSON object"},
  };
  for (const auto& [text, faults] : table) {
    behaviour_settings ignored;
    BOOST_TEST(read_behaviour(text, ignored) == faults);
  }
}

BOOST_AUTO_TEST_CASE(gives_back_what_was_set) {
  const char* text =
      R"({"seed":9,"latency_ms":[1,2.5],"outcomes":{"accept":3,"drop":1},"retry_after_s":5,"down":false,)"
      R"("outages":[[100,200]],"by_recipient":{"+15550000009":["drop","accept"]}})";
  const auto once = write_behaviour(settings_of(text));
  BOOST_TEST(once.at("latency_ms").as_array().at(0).as_int64() == 1);
  BOOST_TEST(once.at("by_recipient").at("+15550000009").as_array().size() == 2U);
  BOOST_TEST((write_behaviour(settings_of(boost::json::serialize(once))) == once));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::provider_sim
