#include "actors/rules/rate_limiter.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

constexpr steady_point t0{std::chrono::hours(1000)};

/// How many can be taken at once.
int burst(rate_limiter& limiter, steady_point at, int at_most = 100'000) {
  int taken = 0;
  while (taken < at_most && limiter.take(at))
    ++taken;
  return taken;
}

BOOST_AUTO_TEST_SUITE(rate_limiters)

BOOST_AUTO_TEST_CASE(no_limit_lets_everything_through_at_once) {
  rate_limiter limiter({0}, t0);
  BOOST_TEST(burst(limiter, t0, 10'000) == 10'000);
  BOOST_CHECK(limiter.wait(t0) == 0ns);
}

BOOST_AUTO_TEST_CASE(it_holds_one_seconds_worth_and_at_least_one) {
  const struct {
    double per_second;
    int at_once;
  } rows[]{{100, 100}, {1, 1}, {2.5, 2}, {0.5, 1}, {0.001, 1}, {10'000, 10'000}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.per_second << " per second") {
      rate_limiter limiter({row.per_second}, t0);
      BOOST_TEST(burst(limiter, t0) == row.at_once);
      // However long nothing was sent.
      BOOST_TEST(burst(limiter, t0 + 10'000s) == row.at_once);
    }
  }
}

BOOST_AUTO_TEST_CASE(over_a_long_time_it_lets_through_its_rate) {
  for (double rate : {0.2, 1.0, 7.0, 100.0, 333.0}) {
    BOOST_TEST_CONTEXT(rate << " per second") {
      rate_limiter limiter({rate}, t0);
      burst(limiter, t0);
      int taken = 0;
      for (auto at = t0; at <= t0 + 100s; at += 1ms)
        taken += limiter.take(at) ? 1 : 0;
      BOOST_TEST(taken >= static_cast<int>(rate * 100) - 1);
      BOOST_TEST(taken <= static_cast<int>(rate * 100) + 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(after_the_wait_there_is_a_token_and_not_before) {
  for (double rate : {0.01, 0.3, 1.0, 3.0, 100.0, 12'345.0}) {
    BOOST_TEST_CONTEXT(rate << " per second") {
      rate_limiter limiter({rate}, t0);
      burst(limiter, t0);
      auto at = t0;
      for (int i = 0; i < 100; ++i) {
        const auto wait = limiter.wait(at);
        BOOST_TEST_REQUIRE((wait > 0ns));
        BOOST_TEST_REQUIRE(
            !limiter.take(at + wait - std::max<std::chrono::nanoseconds>(2ns, wait / 1000)));
        at += wait;
        BOOST_CHECK(limiter.wait(at) == 0ns);
        BOOST_TEST_REQUIRE(limiter.take(at));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(asking_how_long_to_wait_takes_nothing) {
  rate_limiter limiter({1}, t0);
  for (int i = 0; i < 10; ++i)
    BOOST_CHECK(limiter.wait(t0) == 0ns);
  BOOST_TEST(limiter.take(t0));
  BOOST_CHECK(limiter.wait(t0) > 999ms);
  BOOST_TEST(!limiter.take(t0));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
