#include "base/latency_histogram.hpp"

#include <boost/test/unit_test.hpp>

#include <limits>

namespace postrider {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;

BOOST_AUTO_TEST_SUITE(latency_histograms)

BOOST_AUTO_TEST_CASE(an_empty_one_says_zero) {
  const latency_histogram histogram;
  for (double share : {0.0, 0.5, 0.99, 1.0})
    BOOST_TEST(histogram.percentile(share).count() == 0);
  BOOST_TEST(histogram.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_single_value_is_every_percentile_within_a_quarter) {
  for (std::int64_t value : {0L, 1L, 2L, 3L, 4L, 5L, 7L, 8L, 9L, 15L, 16L, 1'000L, 65'535L, 65'536L,
                             30'000'000L, 3'600'000'000L}) {
    BOOST_TEST_CONTEXT(value << " us") {
      latency_histogram histogram;
      histogram.add(microseconds(value));
      BOOST_TEST(histogram.count() == 1U);
      for (double share : {0.0, 0.5, 0.99, 1.0}) {
        const auto seen = histogram.percentile(share).count();
        BOOST_TEST(seen >= value);
        BOOST_TEST(seen <= value + value / 4);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(percentiles_divide_what_was_added) {
  latency_histogram histogram;
  for (int i = 1; i <= 1000; ++i)
    histogram.add(microseconds(i * 1000));
  const struct {
    double share;
    std::int64_t exact;
  } rows[]{{0.0, 1'000},   {0.1, 100'000},  {0.5, 500'000},
           {0.9, 900'000}, {0.99, 990'000}, {1.0, 1'000'000}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("share " << row.share) {
      BOOST_TEST(histogram.percentile(row.share).count() >= row.exact);
      BOOST_TEST(histogram.percentile(row.share).count() <= row.exact + row.exact / 3);
    }
  }
}

BOOST_AUTO_TEST_CASE(one_slow_call_in_a_thousand_shows_only_at_the_end) {
  latency_histogram histogram;
  for (int i = 0; i < 999; ++i)
    histogram.add(microseconds(1'000));
  histogram.add(microseconds(10'000'000));
  BOOST_TEST(histogram.percentile(0.5).count() < 1'300);
  BOOST_TEST(histogram.percentile(0.99).count() < 1'300);
  BOOST_TEST(histogram.percentile(1.0).count() >= 10'000'000);
}

BOOST_AUTO_TEST_CASE(values_out_of_range_go_to_its_ends) {
  latency_histogram histogram;
  histogram.add(microseconds(-5));
  BOOST_TEST(histogram.percentile(1.0).count() == 0);
  histogram.add(microseconds::max());
  BOOST_TEST(histogram.percentile(1.0).count() == std::numeric_limits<std::int64_t>::max());
  BOOST_TEST(histogram.count() == 2U);
}

BOOST_AUTO_TEST_CASE(fine_percentiles_are_at_most_two_percent_too_high) {
  fine_latency_histogram h;
  for (std::int64_t i = 1; i <= 100'000; ++i)
    h.add(nanoseconds(i * 1000));
  const std::pair<double, double> table[] = {
      {0.5, 50e6}, {0.9, 90e6}, {0.99, 99e6}, {0.999, 99.9e6}};
  for (const auto& [share, wanted] : table) {
    const auto got = static_cast<double>(h.percentile(share).count());
    BOOST_TEST(got >= wanted);
    BOOST_TEST(got <= wanted * 1.02);
  }
  BOOST_TEST(h.max().count() == 100'000'000);
  BOOST_TEST(h.percentile(1.0).count() == 100'000'000);
}

BOOST_AUTO_TEST_CASE(small_negative_and_enormous_durations_are_counted_too) {
  fine_latency_histogram h;
  BOOST_TEST(h.percentile(0.5).count() == 0);
  h.add(nanoseconds(-5));
  h.add(nanoseconds(77));
  h.add(nanoseconds(std::int64_t{1} << 60));
  BOOST_TEST(h.count() == 3U);
  BOOST_TEST(h.percentile(0.5).count() == 77);
  BOOST_TEST(h.max().count() == std::int64_t{1} << 60);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
