#include "actors/rules/endpoint_window.hpp"

#include "actors/rules/endpoint_schedule.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace postrider::test {
namespace {

using namespace actors;
using persistence::delivery_state;
using persistence::endpoint_delivery;
using persistence::event_cursor;
using persistence::event_place;
using persistence::found_event;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using kind = endpoint_answer::kind;

/// A feed of one session, a receiver, and the ledger, as far as an endpoint sees them.
struct endpoint_fixture {
  persistence::time_point now{seconds(1'700'000'000)};
  std::vector<std::shared_ptr<found_event>> feed;
  endpoint_window window{{}, {}};
  std::int64_t ids = 0;
  std::map<std::int64_t, endpoint_delivery> ledger;
  /// Events that were recorded as not delivered.
  std::set<std::int64_t> given_up;
  persistence::endpoint stored;

  /// An event of a message, which is a small number; 0: of a provider.
  void add(int message) {
    auto e = std::make_shared<found_event>();
    const auto position = static_cast<std::int64_t>(feed.size()) + 1;
    e->place = {{1, position}, 0};
    e->event.type =
        message == 0 ? persistence::event_type::provider_up : persistence::event_type::message_sent;
    e->event.message.bytes.back() = static_cast<std::uint8_t>(message);
    e->at = now;
    auto before = std::make_shared<event_cursor>();
    before->positions[1] = position - 1;
    e->before_row = before;
    feed.push_back(std::move(e));
  }
  void add(std::initializer_list<int> messages) {
    for (const int m : messages)
      add(m);
  }
  /// The number of an event, from 1 on.
  static std::int64_t number(const event_place& place) { return place.row.position; }
  /// The events up to this one are behind the place.
  static std::int64_t reached(const event_cursor& place) {
    if (place.within) return place.within->row.position;
    const auto at = place.positions.find(1);
    return at == place.positions.end() ? 0 : at->second;
  }
  void read() {
    while (window.wants_events(now)) {
      const auto from = static_cast<std::size_t>(reached(window.place_to_read()));
      if (from == feed.size()) return;
      std::vector<event_info> events;
      for (auto i = from; i < feed.size() && i < from + endpoint_window::read_ahead; ++i)
        events.push_back({feed[i], {}});
      event_cursor next;
      next.positions[1] = static_cast<std::int64_t>(from + events.size());
      window.add(window.place_to_read(), std::move(events), next);
    }
  }
  std::vector<endpoint_window::start> start_all() {
    std::vector<endpoint_window::start> started;
    read();
    while (auto one = window.next(now)) {
      started.push_back(*one);
      read();
    }
    return started;
  }
  /// The numbers of the events that start now: "1 2 3".
  static std::string numbers(const std::vector<endpoint_window::start>& started) {
    std::string text;
    for (const auto& s : started)
      text += (text.empty() ? "" : " ") + std::to_string(number(s.place));
    return text;
  }
  void answer(const endpoint_window::start& of, kind what = kind::delivered) {
    window.on_answer(of.token, {what, what == kind::delivered ? "" : "HTTP 500", {}},
                     milliseconds(5), now);
  }
  void save() {
    auto p = window.progress();
    std::vector<std::int64_t> saved;
    for (auto& d : p.waiting) {
      const auto known = std::ranges::find_if(
          ledger, [&](const auto& one) { return one.second.place == d.place; });
      d.id = known == ledger.end() ? ++ids : known->first;
      saved.push_back(d.id);
      ledger[d.id] = d;
    }
    for (const auto& d : p.changed) {
      ledger[d.id] = d;
      if (d.state == delivery_state::undelivered) given_up.insert(number(d.place));
    }
    stored.place = p.place;
    stored.health = p.health;
    window.saved(saved);
  }
  /// Another node takes the endpoint over.
  void take_over() {
    std::vector<endpoint_delivery> waiting;
    for (const auto& [id, d] : ledger)
      if (d.state == delivery_state::waiting) waiting.push_back(d);
    window = endpoint_window(stored, waiting);
  }
  int count(delivery_state state) const {
    return static_cast<int>(
        std::ranges::count_if(ledger, [&](const auto& d) { return d.second.state == state; }));
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(endpoint_windows, endpoint_fixture)

BOOST_AUTO_TEST_CASE(events_of_different_messages_are_sent_side_by_side) {
  for (int i = 1; i <= 40; ++i)
    add(i);
  auto started = start_all();
  BOOST_TEST(started.size() == endpoint_window::first_in_flight);
  answer(started[3]);
  BOOST_TEST(numbers(start_all()) == "5 6", "one more with each that is delivered");
  save();
  BOOST_TEST(reached(stored.place) == 0, "the first one is not delivered yet");
  answer(started[0]);
  answer(started[1]);
  save();
  BOOST_TEST(reached(stored.place) == 2);
  answer(started[2]);
  save();
  BOOST_TEST(reached(stored.place) == 4);
}

BOOST_AUTO_TEST_CASE(at_most_sixteen_are_under_way) {
  for (int i = 0; i < 200; ++i)
    add(0);
  std::size_t most = 0;
  std::deque<endpoint_window::start> open;
  for (int i = 0; i < 100; ++i) {
    for (auto& s : start_all())
      open.push_back(s);
    most = std::max(most, open.size());
    answer(open.front());
    open.pop_front();
  }
  BOOST_TEST(most == endpoint_window::max_in_flight);
}

BOOST_AUTO_TEST_CASE(events_of_one_message_are_sent_one_behind_the_other) {
  add({1, 1, 2, 1, 0, 0});
  auto started = start_all();
  BOOST_TEST(numbers(started) == "1 3 5 6", "events of providers wait for none");
  answer(started[1]);
  BOOST_TEST(start_all().empty());
  answer(started[0]);
  started = start_all();
  BOOST_TEST(numbers(started) == "2");
  answer(started[0]);
  BOOST_TEST(numbers(start_all()) == "4");
}

BOOST_AUTO_TEST_CASE(an_event_that_fails_alone_waits_in_the_ledger) {
  add({1, 2, 1, 3});
  const auto started = start_all();
  answer(started[0], kind::failed);
  BOOST_TEST(!window.paused());
  answer(started[1]);
  // Its successor waits behind it; the third message goes on.
  BOOST_TEST(start_all().empty());
  answer(started[2]);
  save();
  BOOST_TEST(reached(stored.place) == 4);
  BOOST_TEST(count(delivery_state::waiting) == 2);
  now += seconds(4);
  BOOST_TEST(start_all().empty());
  now += seconds(1);
  auto again = start_all();
  BOOST_TEST(numbers(again) == "1");
  answer(again[0]);
  again = start_all();
  BOOST_TEST(numbers(again) == "3");
  answer(again[0]);
  save();
  BOOST_TEST(count(delivery_state::delivered) == 2);
}

BOOST_AUTO_TEST_CASE(it_is_tried_eight_times_in_28_hours_while_others_go_on) {
  add({1, 1, 2});
  auto started = start_all();
  answer(started[0], kind::failed);
  answer(started[1]);
  save();
  const auto begun = now;
  int attempts = 1;
  while (count(delivery_state::undelivered) == 0) {
    add(3);
    now += minutes(1);
    for (const auto& s : start_all()) {
      const bool poison = number(s.place) == 1;
      attempts += poison;
      answer(s, poison ? kind::failed : kind::delivered);
    }
    save();
    BOOST_REQUIRE(now - begun < hours(40));
    BOOST_TEST(!window.paused());
  }
  BOOST_TEST(attempts == 8);
  BOOST_TEST((now - begun >= hours(27)));
  BOOST_TEST((now - begun <= hours(28)));
  // The next one of its message goes now.
  const auto next = start_all();
  BOOST_TEST(numbers(next) == "2");
  answer(next[0]);
  save();
  BOOST_TEST(count(delivery_state::undelivered) == 1);
  BOOST_TEST(count(delivery_state::delivered) == 1);
  BOOST_TEST(reached(stored.place) == static_cast<std::int64_t>(feed.size()));
}

BOOST_AUTO_TEST_CASE(when_everything_fails_it_is_paused_and_nothing_is_in_memory) {
  for (int i = 1; i <= 100; ++i)
    add(i);
  for (const auto& s : start_all())
    answer(s, kind::failed);
  BOOST_TEST(window.paused());
  BOOST_TEST(window.idle());
  BOOST_TEST(!window.wants_events(now));
  save();
  BOOST_TEST(reached(stored.place) == 0);
  BOOST_TEST(ledger.empty());
  std::vector<seconds> distances;
  auto last = now;
  std::set<std::int64_t> tried;
  while (distances.size() < 10) {
    now += seconds(1);
    auto started = start_all();
    if (started.empty()) continue;
    BOOST_REQUIRE_EQUAL(started.size(), 1u);
    distances.push_back(std::chrono::duration_cast<seconds>(now - last));
    last = now;
    tried.insert(number(started[0].place));
    answer(started[0], kind::failed);
    BOOST_TEST(window.idle());
  }
  BOOST_TEST(distances.front().count() == 5);
  BOOST_TEST(distances.back().count() == 3600);
  BOOST_TEST(tried.size() >= 5u, "not always the same one");
  // The one that goes through ends the pause; nothing is passed over.
  now += hours(1);
  auto probe = start_all();
  BOOST_REQUIRE_EQUAL(probe.size(), 1u);
  answer(probe[0]);
  std::multiset<std::int64_t> delivered{number(probe[0].place)};
  for (auto started = start_all(); !started.empty(); started = start_all())
    for (const auto& s : started) {
      delivered.insert(number(s.place));
      answer(s);
    }
  BOOST_TEST(delivered.size() == 100u, "each once");
  save();
  BOOST_TEST(reached(stored.place) == 100);
  BOOST_TEST(!stored.health.failing_since);
}

BOOST_AUTO_TEST_CASE(a_page_that_was_read_before_a_pause_is_passed_over) {
  add({1, 2});
  auto started = start_all();
  const auto from = window.place_to_read();
  for (const auto& s : started)
    answer(s, kind::failed);
  BOOST_TEST(window.paused());
  add(3);
  event_cursor behind;
  behind.positions[1] = 3;
  window.add(from, {{feed[2], {}}}, behind);
  BOOST_TEST(window.idle());
  now += seconds(5);
  BOOST_TEST(numbers(start_all()) == "2", "not the one that failed first");
}

BOOST_AUTO_TEST_CASE(a_first_event_that_it_cannot_take_does_not_keep_it_paused) {
  add(1);
  auto started = start_all();
  answer(started[0], kind::failed);
  BOOST_TEST(window.paused(), "there is no other one to tell");
  add({2, 3});
  std::set<std::int64_t> delivered;
  for (int i = 0; i < 300 && delivered.size() < 2; ++i) {
    now += seconds(1);
    for (const auto& s : start_all()) {
      const bool poison = number(s.place) == 1;
      if (!poison) delivered.insert(number(s.place));
      answer(s, poison ? kind::failed : kind::delivered);
    }
  }
  BOOST_TEST((delivered == std::set<std::int64_t>{2, 3}));
  save();
  BOOST_TEST(reached(stored.place) == 3);
  BOOST_TEST(count(delivery_state::waiting) == 1);
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_asks_for_time_gets_it) {
  add({1, 2});
  const auto started = start_all();
  window.on_answer(started[0].token, {kind::failed, "HTTP 429", seconds(90)}, milliseconds(5), now);
  answer(started[1], kind::failed);
  now += seconds(89);
  BOOST_TEST(start_all().empty());
  now += seconds(1);
  BOOST_TEST(start_all().size() == 1u);
}

BOOST_AUTO_TEST_CASE(many_that_ask_for_time_are_one_pause) {
  for (int i = 1; i <= 40; ++i)
    add(i);
  for (const auto& s : start_all())
    window.on_answer(s.token, {kind::failed, "HTTP 429", seconds(2)}, milliseconds(5), now);
  save();
  BOOST_TEST(stored.health.pauses == 1);
  now += seconds(5);
  const auto probe = start_all();
  BOOST_REQUIRE_EQUAL(probe.size(), 1u);
  answer(probe[0]);
  BOOST_TEST(start_all().size() == endpoint_window::first_in_flight + 1);
}

BOOST_AUTO_TEST_CASE(an_event_that_retention_has_removed_ends_its_delivery) {
  add({1, 2});
  auto started = start_all();
  answer(started[0], kind::failed);
  answer(started[1]);
  save();
  now += seconds(5);
  const auto again = start_all();
  BOOST_REQUIRE_EQUAL(again.size(), 1u);
  answer(again[0], kind::lost);
  save();
  BOOST_TEST(count(delivery_state::undelivered) == 1);
  BOOST_TEST(!window.paused());
}

BOOST_AUTO_TEST_CASE(gone_disables_it) {
  add({1, 2});
  const auto started = start_all();
  answer(started[0], kind::gone);
  BOOST_TEST(start_all().empty());
  BOOST_TEST(!window.wants_events(now));
  BOOST_TEST(window.progress().disable == "HTTP 500");
}

BOOST_AUTO_TEST_CASE(failing_for_five_days_disables_it) {
  add({1, 2, 3});
  const auto begun = now;
  std::string disabled;
  while (disabled.empty()) {
    for (const auto& s : start_all())
      answer(s, kind::failed);
    disabled = window.progress().disable;
    window.saved({});
    now += minutes(10);
    BOOST_REQUIRE(now - begun < hours(6 * 24));
  }
  BOOST_TEST((now - begun >= hours(5 * 24)));
  BOOST_TEST(disabled.find("five days") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_failures_with_a_week_of_silence_between_do_not_disable_it) {
  add(1);
  answer(start_all().at(0), kind::failed);
  now += hours(7 * 24);
  answer(start_all().at(0), kind::failed);
  BOOST_TEST(window.progress().disable.empty());
}

BOOST_AUTO_TEST_CASE(deliveries_that_wait_are_bounded) {
  for (int i = 0; i < 5'000; ++i)
    add(0);
  // Every second one fails.
  for (int round = 0; round < 3'000; ++round) {
    for (const auto& s : start_all())
      answer(s, number(s.place) % 2 ? kind::failed : kind::delivered);
    if (window.changed()) save();
    BOOST_REQUIRE(window.waiting() <= persistence::max_waiting_deliveries);
    if (window.paused()) now += seconds(1);
  }
  BOOST_TEST(window.waiting() == persistence::max_waiting_deliveries);
  BOOST_TEST(reached(stored.place) < static_cast<std::int64_t>(feed.size()));
}

BOOST_AUTO_TEST_CASE(what_could_not_be_saved_is_saved_again) {
  add({1, 2});
  const auto started = start_all();
  answer(started[0], kind::failed);
  answer(started[1]);
  BOOST_TEST(window.progress().waiting.size() == 1u);
  window.not_saved();
  BOOST_TEST(window.changed());
  BOOST_TEST(window.progress().waiting.size() == 1u);
}

/// A receiver and an owner that fail at random: each event is delivered or recorded as not
/// delivered, those of one message in their order.
BOOST_AUTO_TEST_CASE(random_failures_and_take_overs_lose_nothing) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 random(seed);
      const auto chance = [&](unsigned percent) { return random() % 100 < percent; };
      endpoint_fixture with;
      constexpr int events = 150;
      for (int i = 0; i < events; ++i)
        with.add(static_cast<int>(random() % 20));
      std::map<std::int64_t, int> delivered;
      std::map<int, std::int64_t> last_of_message;
      bool away = false;
      std::vector<endpoint_window::start> open;
      for (int step = 0; step < 60'000; ++step) {
        if (chance(1)) away = !away && chance(50);
        for (auto& s : with.start_all())
          open.push_back(std::move(s));
        if (open.empty() || chance(3)) with.now += seconds(random() % 2'000);
        if (!open.empty()) {
          const auto which = random() % open.size();
          const auto s = open[which];
          open.erase(open.begin() + static_cast<std::ptrdiff_t>(which));
          const auto at = number(s.place);
          const int message =
              with.feed[static_cast<std::size_t>(at) - 1]->event.message.bytes.back();
          const bool poison = at % 37 == 0;
          const bool fails = away || poison || chance(10);
          with.answer(s, fails ? kind::failed : kind::delivered);
          if (!fails) {
            // After a take over an event that had been given up may be tried once more.
            if (message != 0 && delivered[at] == 0 && !with.given_up.contains(at)) {
              BOOST_TEST(last_of_message[message] < at, "event " << at << " came out of order");
              last_of_message[message] = std::max(last_of_message[message], at);
            }
            ++delivered[at];
          }
        }
        if (chance(20)) with.save();
        if (chance(1)) {
          open.clear();
          with.take_over();
        }
        if (reached(with.stored.place) == events && with.window.waiting() == 0 && open.empty())
          break;
      }
      with.save();
      BOOST_TEST(reached(with.stored.place) == events);
      for (std::int64_t at = 1; at <= events; ++at)
        BOOST_TEST((delivered[at] > 0 || with.given_up.contains(at)), "event " << at << " is lost");
    }
  }
}

BOOST_AUTO_TEST_CASE(the_schedule_is_the_one_of_the_specification) {
  std::chrono::seconds all{0};
  int attempts = 1;
  for (; const auto wait = wait_after_attempts(attempts); ++attempts)
    all += *wait;
  BOOST_TEST(attempts == 8);
  BOOST_TEST(all.count() == 27 * 3600 + 35 * 60 + 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
