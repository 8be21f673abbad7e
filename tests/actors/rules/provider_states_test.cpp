#include "actors/rules/provider_states.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr time_point now{1'700'000'000s};  // 2023-11-14T22:13:20Z

provider_info working(const std::string& name = "alpha") {
  provider_info info;
  info.name = name;
  info.active = true;
  info.circuit.state = "closed";
  info.outcomes = {{"accepted", 3}, {"unavailable", 5}};
  return info;
}

provider_info down(const std::string& name = "alpha") {
  auto info = working(name);
  info.circuit.state = "open";
  info.circuit.reason = "unavailable: refused";
  info.circuit.since = now - 1s;
  info.circuit.open_until = now + 29s;
  info.consecutive_failures = 5;
  return info;
}

std::vector<std::string> warnings(std::initializer_list<provider_info> all,
                                  std::optional<waiting_count> waiting = std::nullopt) {
  provider_states states;
  for (const auto& one : all)
    states.all.emplace(static_cast<persistence::provider_id>(states.all.size() + 1), one);
  states.waiting = waiting;
  return warnings_of(states, now);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(provider_states_)

BOOST_AUTO_TEST_CASE(one_line_when_it_goes_down_and_one_when_it_is_back) {
  provider_watch watch;
  BOOST_TEST(!watch.look(working(), now).has_value());
  auto line = watch.look(down(), now);
  BOOST_TEST_REQUIRE(line.has_value());
  BOOST_TEST((line->level == log_level::warning));
  BOOST_TEST(line->text ==
             "alpha is down after 5 failures: unavailable: refused; tried again at "
             "2023-11-14T22:13:49.000Z");
  // Probes come and go meanwhile.
  auto probed = down();
  probed.circuit.state = "half_open";
  BOOST_TEST(!watch.look(probed, now + 30s).has_value());
  BOOST_TEST(!watch.look(down(), now + 31s).has_value());
  auto back = working();
  back.outcomes = {{"accepted", 4}, {"unavailable", 7}};
  line = watch.look(back, now + 60s);
  BOOST_TEST_REQUIRE(line.has_value());
  BOOST_TEST((line->level == log_level::info));
  BOOST_TEST(line->text == "alpha works again after 61 s");
  BOOST_TEST(!watch.look(back, now + 61s).has_value());
}

BOOST_AUTO_TEST_CASE(a_short_suspicion_is_not_down_and_a_new_configuration_shows_nothing) {
  provider_watch watch;
  auto suspected = down();
  suspected.circuit.suspected = true;
  BOOST_TEST(!watch.look(suspected, now).has_value());
  BOOST_TEST(!watch.look(working(), now).has_value());
  auto held = down();
  held.circuit.held = true;
  held.circuit.open_until.reset();
  held.consecutive_failures = 1;
  BOOST_TEST(watch.look(held, now)->text ==
             "alpha is down after 1 failure: unavailable: refused; the next message tries it "
             "again");
  BOOST_TEST(watch.look(working(), now + 1h)->text ==
             "alpha's configuration was read again, and it is tried again; it was down for 61 min");
}

BOOST_AUTO_TEST_CASE(the_feed_is_told_of_the_same_and_of_a_hold_that_comes_later) {
  using persistence::event_type;
  provider_watch watch;
  auto line = watch.look(down(), now);
  BOOST_TEST_REQUIRE(line.has_value());
  BOOST_TEST((line->event == event_type::provider_down));
  BOOST_TEST(line->reason == "unavailable: refused");
  auto held = down();
  held.circuit.held = true;
  line = watch.look(held, now + 1s);
  BOOST_TEST_REQUIRE(line.has_value());
  BOOST_TEST((line->event == event_type::provider_held));
  BOOST_TEST(line->text == "");
  BOOST_TEST(!watch.look(held, now + 2s).has_value());
  line = watch.look(working(), now + 3s);
  BOOST_TEST_REQUIRE(line.has_value());
  BOOST_TEST((line->event == event_type::provider_up));
  BOOST_TEST((watch.look(held, now + 4s)->event == event_type::provider_held));
}

BOOST_AUTO_TEST_CASE(a_provider_that_is_switched_off_is_not_back) {
  provider_watch watch;
  BOOST_TEST(watch.look(down(), now).has_value());
  auto off = down();
  off.active = false;
  BOOST_TEST(!watch.look(off, now).has_value());
  BOOST_TEST(!watch.look(working(), now).has_value());
}

BOOST_AUTO_TEST_CASE(warnings_name_each_provider_that_does_not_take_all) {
  BOOST_TEST(warnings({working()}).empty());
  const auto one_down = warnings({down(), working("beta")});
  BOOST_TEST_REQUIRE(one_down.size() == 1u);
  // Anybody may read them: the provider's own words are left out.
  BOOST_TEST(one_down[0] ==
             "alpha is down after 5 failures; tried again at 2023-11-14T22:13:49.000Z; GET "
             "/v1/providers/alpha has the reason");
  auto captcha = working();
  captcha.challenge = challenge_info{"2fd3", now - 1h};
  BOOST_TEST(warnings({captcha})[0] ==
             "alpha asks for a captcha since 2023-11-14T21:13:20.000Z: postrider providers "
             "challenge alpha --captcha 'signalcaptcha://...' answers it");
  auto off = down();
  off.active = false;
  BOOST_TEST(warnings({off}).empty());
}

BOOST_AUTO_TEST_CASE(that_none_works_comes_first_with_how_much_waits) {
  auto paused = working("beta");
  paused.paused_until = now + 5min;
  const auto all = warnings({down(), paused}, waiting_count{12, false});
  BOOST_TEST_REQUIRE(all.size() == 3u);
  BOOST_TEST(all[0] == "no provider works, 12 messages wait");
  BOOST_TEST(all[2] == "beta asked to wait until 2023-11-14T22:18:20.000Z");
  BOOST_TEST(warnings({down()}, waiting_count{1, true})[0] ==
             "no provider works, at least 1 message waits");
  BOOST_TEST(warnings({down()})[0] == "no provider works");
  // A pause that is over is none.
  paused.paused_until = now;
  BOOST_TEST(warnings({paused}).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
