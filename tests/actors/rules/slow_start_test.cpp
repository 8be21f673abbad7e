#include "actors/rules/slow_start.hpp"

#include <boost/test/unit_test.hpp>

#include <vector>

namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(slow_starts)

BOOST_AUTO_TEST_CASE(before_any_circuit_closed_everything_is_allowed) {
  slow_start fresh(100);
  BOOST_TEST(fresh.limit() == 100);
  BOOST_TEST(!fresh.running());
  fresh.on_end(false);
  BOOST_TEST(fresh.limit() == 100);
}

BOOST_AUTO_TEST_CASE(the_limit_doubles_with_each_full_window_of_successes_up_to_all) {
  const struct {
    std::int32_t full;
    std::vector<std::int32_t> limits;
  } rows[]{
      {1, {1}},
      {4, {4}},
      {5, {5}},
      {6, {5, 6}},
      {10, {5, 10}},
      {11, {5, 10, 11}},
      {40, {5, 10, 20, 40}},
      {100, {5, 10, 20, 40, 80, 100}},
  };
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("max_in_flight " << row.full) {
      slow_start start(row.full);
      start.begin();
      for (std::size_t step = 0; step < row.limits.size(); ++step) {
        BOOST_TEST(start.limit() == row.limits[step]);
        BOOST_TEST(start.running() == (step + 1 < row.limits.size()));
        for (int i = 1; i < row.limits[step]; ++i) {
          start.on_end(true);
          BOOST_TEST(start.limit() == row.limits[step]);
        }
        start.on_end(true);
      }
      BOOST_TEST(start.limit() == row.full);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_failure_begins_the_window_again) {
  slow_start start(20);
  start.begin();
  for (int i = 0; i < 4; ++i)
    start.on_end(true);
  start.on_end(false);
  for (int i = 0; i < 4; ++i)
    start.on_end(true);
  BOOST_TEST(start.limit() == 5);
  start.on_end(true);
  BOOST_TEST(start.limit() == 10);
}

BOOST_AUTO_TEST_CASE(a_circuit_that_closes_again_starts_from_the_beginning) {
  slow_start start(20);
  start.begin();
  for (int i = 0; i < 8; ++i)
    start.on_end(true);
  BOOST_TEST(start.limit() == 10);
  start.begin();
  BOOST_TEST(start.limit() == 5);
  for (int i = 0; i < 4; ++i)
    start.on_end(true);
  BOOST_TEST(start.limit() == 5);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
