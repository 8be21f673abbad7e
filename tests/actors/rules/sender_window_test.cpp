#include "actors/rules/sender_window.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using claims = sender_window::claims;

BOOST_AUTO_TEST_SUITE(windows)

BOOST_AUTO_TEST_CASE(credit_is_taken_as_long_as_there_is_some) {
  sender_window window(10);
  BOOST_TEST(window.take(4) == 4);
  BOOST_TEST(window.take_unless_backlog());
  BOOST_TEST(window.room() == 5);
  BOOST_TEST(window.take(9) == 5);
  BOOST_TEST(window.take(1) == 0);
  BOOST_TEST(!window.take_unless_backlog());
  BOOST_TEST(window.room() == 0);
}

BOOST_AUTO_TEST_CASE(new_messages_go_behind_a_backlog_and_not_behind_what_is_rerouted) {
  sender_window window(10);
  BOOST_TEST(window.wait_for_credit(claims::backlog) == 10);
  BOOST_TEST(window.backlog());
  BOOST_TEST(!window.take_unless_backlog());
  BOOST_TEST(window.take(1) == 1);
  window.wait_for_credit(claims::both);
  BOOST_TEST(!window.take_unless_backlog());
  window.wait_for_credit(claims::reroutes);
  BOOST_TEST(!window.backlog());
  BOOST_TEST(window.take_unless_backlog());
}

BOOST_AUTO_TEST_CASE(whoever_returns_a_quarter_to_those_that_wait_wakes_once) {
  for (const auto waiting : {claims::backlog, claims::reroutes, claims::both}) {
    sender_window window(100);
    BOOST_TEST(window.take(100) == 100);
    BOOST_TEST(!window.give_back(10));
    BOOST_TEST(window.wait_for_credit(waiting) == 10);
    BOOST_TEST(!window.give_back(14));
    BOOST_TEST(window.give_back(1));
    BOOST_TEST(!window.give_back(1));
    BOOST_TEST(window.take(26) == 26);
    BOOST_TEST(window.give_back(100));
  }
}

BOOST_AUTO_TEST_CASE(nobody_is_woken_who_does_not_wait) {
  sender_window window(4);
  window.take(4);
  window.wait_for_credit(claims::backlog);
  window.wait_for_credit(claims::none);
  BOOST_TEST(!window.give_back(4));
}

BOOST_AUTO_TEST_CASE(a_window_of_one_is_worth_a_claim_as_soon_as_it_is_free) {
  sender_window window(1);
  window.take(1);
  BOOST_TEST(window.wait_for_credit(claims::backlog) == 0);
  BOOST_TEST(window.give_back(1));
}

BOOST_AUTO_TEST_CASE(the_condition_of_a_provider_is_read_as_it_was_written) {
  sender_window window(1);
  BOOST_TEST(!window.down());
  const provider_condition cases[]{{circuit_state::open, false, 0},
                                   {circuit_state::open, true, 4'000'000'000},
                                   {circuit_state::half_open, false, 1},
                                   {circuit_state::closed, false, 77}};
  for (const auto& one : cases) {
    window.set_condition(one);
    BOOST_TEST((window.condition() == one));
    BOOST_TEST(window.down() == (one.takes == circuit_state::open));
  }
  BOOST_TEST(!window.held_until().has_value());
  window.set_held_until(persistence::time_point(5s));
  BOOST_TEST((window.held_until() == persistence::time_point(5s)));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
