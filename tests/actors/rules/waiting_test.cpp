#include "actors/rules/waiting.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using persistence::error_code;
using persistence::time_point;
using persistence::transaction_status;

constexpr time_point now{1'700'000'000s};
constexpr std::chrono::milliseconds patience = 24h;

/// Pending at provider 1, due for a minute, and never tried.
struct waiting_fixture {
  persistence::transaction row;

  waiting_fixture() {
    row.provider = 1;
    row.created_at = now - 2min;
    row.first_due = row.due_at = now - 1min;
  }
  void tried(persistence::provider_id provider, std::int32_t count, time_point not_before = {}) {
    row.attempts.push_back({.provider = provider,
                            .last = {error_code::throttled, now, now, ""},
                            .count = count,
                            .not_before = not_before});
  }
  waiting_info waiting(provider_state state = provider_state::working) const {
    const auto found = waiting_of(row, state, patience, now);
    BOOST_REQUIRE(found.has_value());
    return *found;
  }
  std::string_view reason(provider_state state = provider_state::working) const {
    return to_string(waiting(state).reason);
  }
};

provider_ptr runtime(bool enabled, bool gone, bool down) {
  auto made = std::make_shared<provider_runtime>();
  made->record = {1, "alpha", "sms", 1, true, enabled};
  made->gone = gone;
  made->window = std::make_shared<sender_window>(10);
  made->window->set_condition({down ? circuit_state::open : circuit_state::closed, false, 0});
  return made;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(waiting, waiting_fixture)

BOOST_AUTO_TEST_CASE(what_is_being_sent_or_has_ended_waits_for_nothing) {
  row.status = transaction_status::processing;
  BOOST_TEST(!waiting_of(row, provider_state::working, patience, now).has_value());
  row.completed_at = now;
  for (const auto status : {transaction_status::success, transaction_status::failed}) {
    row.status = status;
    BOOST_TEST(!waiting_of(row, provider_state::down, patience, now).has_value());
  }
}

BOOST_AUTO_TEST_CASE(what_is_due_waits_for_its_provider) {
  BOOST_TEST(reason() == "turn");
  BOOST_TEST(reason(provider_state::down) == "provider_down");
  BOOST_TEST(reason(provider_state::off) == "provider_off");
  // Earlier attempts do not matter.
  tried(1, 3, now - 1s);
  BOOST_TEST(reason(provider_state::down) == "provider_down");
  BOOST_CHECK(!waiting(provider_state::down).next_at.has_value());
  BOOST_CHECK(waiting().since == row.first_due);
}

BOOST_AUTO_TEST_CASE(what_is_due_later_waits_for_its_time) {
  row.first_due = row.due_at = now + 1h;
  BOOST_TEST(reason() == "scheduled");
  // A provider that is down or off now may work then.
  BOOST_TEST(reason(provider_state::off) == "scheduled");
  const auto info = waiting();
  BOOST_CHECK(info.since == row.created_at);
  BOOST_CHECK(info.next_at == now + 1h);
  BOOST_CHECK(!info.until.has_value());
  BOOST_TEST(info.attempts == 0);
  row.due_at = now;
  BOOST_TEST(reason() == "turn");
}

BOOST_AUTO_TEST_CASE(
    after_an_attempt_it_waits_for_the_round_or_for_the_time_that_its_provider_named) {
  row.due_at = now + 5min;
  tried(2, 4, now + 5min);
  tried(1, 3, now + 4min);
  // The other provider's time is not its own.
  BOOST_TEST(reason() == "next_round");
  BOOST_CHECK(waiting().next_at == now + 5min);
  BOOST_CHECK(waiting().since == row.first_due);
  BOOST_TEST(waiting().attempts == 7);
  row.attempts.back().not_before = now + 5min;
  BOOST_TEST(reason() == "throttled");
}

BOOST_AUTO_TEST_CASE(a_failed_one_waits_for_its_retry) {
  row.status = transaction_status::failed;
  row.error = error_code::outcome_unknown;
  tried(1, 1);
  for (const auto due : {now - 1s, now + 3min}) {
    row.due_at = due;
    BOOST_TEST(reason(provider_state::down) == "retry");
    BOOST_CHECK(waiting().next_at == due);
  }
}

BOOST_AUTO_TEST_CASE(the_end_is_that_of_its_patience_or_its_expiry) {
  const auto until = [this](provider_state state) { return waiting(state).until; };
  BOOST_CHECK(until(provider_state::down) == row.first_due + patience);
  // Nothing but its expiry ends what a provider that works will take, or one that is off.
  BOOST_CHECK(!until(provider_state::working).has_value());
  BOOST_CHECK(!until(provider_state::off).has_value());
  row.expires_at = now + 30h;
  BOOST_CHECK(until(provider_state::down) == row.first_due + patience);
  row.expires_at = now + 1h;
  for (const auto state : {provider_state::down, provider_state::working, provider_state::off})
    BOOST_CHECK(until(state) == now + 1h);
  row.expires_at.reset();
  BOOST_CHECK(!waiting_of(row, provider_state::down, 0ms, now)->until.has_value());
  // Another round, and the time that a provider named.
  row.due_at = now + 5min;
  for (const auto named : {time_point{}, row.due_at}) {
    row.attempts.clear();
    tried(1, 1, named);
    BOOST_CHECK(until(provider_state::working) == row.first_due + patience);
  }
  // A retry of what may have arrived has a number, not an end.
  row.status = transaction_status::failed;
  row.error = error_code::outcome_unknown;
  BOOST_CHECK(!until(provider_state::down).has_value());
}

BOOST_AUTO_TEST_CASE(one_provider_is_named_where_it_is_one) {
  using enum waiting_reason;
  for (const auto reason : {turn, provider_down, provider_off, throttled})
    BOOST_TEST(is_for_provider(reason));
  for (const auto reason : {scheduled, next_round, retry})
    BOOST_TEST(!is_for_provider(reason));
}

BOOST_AUTO_TEST_CASE(a_provider_is_off_before_it_is_down) {
  provider_directory directory;
  const struct {
    bool enabled, gone, down;
    provider_state state;
  } rows[]{{true, false, false, provider_state::working},
           {true, false, true, provider_state::down},
           {false, false, true, provider_state::off},
           {true, true, false, provider_state::off}};
  for (const auto& one : rows) {
    directory.usable[1] = runtime(one.enabled, one.gone, one.down);
    BOOST_CHECK(state_of(directory, 1) == one.state);
  }
  BOOST_CHECK(state_of(directory, 2) == provider_state::off);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
