#include "base/token_bucket.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

namespace postrider {
namespace {

using namespace std::chrono_literals;

constexpr token_bucket::time t0{std::chrono::hours(1000)};

BOOST_AUTO_TEST_SUITE(token_buckets)

BOOST_AUTO_TEST_CASE(a_full_bucket_gives_its_tokens_at_once_and_then_one_at_a_time) {
  const token_bucket bucket(250ms, 4);
  auto full_at = t0;
  for (std::int64_t left = 4; left > 0; --left) {
    BOOST_TEST(bucket.left(full_at, t0) == left);
    BOOST_CHECK(bucket.wait(full_at, t0) == 0ns);
    full_at = bucket.after_take(full_at, t0);
  }
  BOOST_TEST(bucket.left(full_at, t0) == 0);
  BOOST_CHECK(bucket.wait(full_at, t0) == 250ms);
  BOOST_CHECK(token_bucket::until_full(full_at, t0) == 1s);
  BOOST_CHECK(bucket.wait(full_at, t0 + 249ms) == 1ms);
  BOOST_CHECK(bucket.wait(full_at, t0 + 250ms) == 0ns);
  BOOST_TEST(bucket.left(full_at, t0 + 10min) == 4);
}

/// Witness: tokens that are counted one by one.
BOOST_AUTO_TEST_CASE(it_gives_as_many_as_a_bucket_that_counts_them) {
  std::mt19937 random(12);
  for (int round = 0; round < 300; ++round) {
    const std::chrono::nanoseconds each(1 + random() % 1'000);
    const auto tokens = static_cast<std::int64_t>(1 + random() % 20);
    const token_bucket bucket(each, tokens);
    auto now = t0, full_at = t0;
    auto counted = std::chrono::nanoseconds(each * tokens);
    for (int step = 0; step < 300; ++step) {
      const std::chrono::nanoseconds passed(random() % 1'500);
      now += passed;
      counted = std::min(counted + passed, std::chrono::nanoseconds(each * tokens));
      const bool has_one = counted >= each;
      BOOST_REQUIRE_EQUAL(bucket.wait(full_at, now) == 0ns, has_one);
      BOOST_REQUIRE_EQUAL(bucket.left(full_at, now), counted / each);
      if (!has_one) {
        BOOST_REQUIRE(bucket.wait(full_at, now) == each - counted);
        continue;
      }
      counted -= each;
      full_at = bucket.after_take(full_at, now);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
