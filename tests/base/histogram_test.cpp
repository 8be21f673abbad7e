#include "base/histogram.hpp"

#include <boost/json/serialize.hpp>
#include <boost/mpl/list.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

namespace postrider {
namespace {

using kinds = boost::mpl::list<histogram, shared_histogram>;

BOOST_AUTO_TEST_SUITE(histograms)

constexpr double ends[]{1, 2.5, 10};

BOOST_AUTO_TEST_CASE_TEMPLATE(a_value_counts_in_the_first_bucket_that_ends_at_or_above_it, Kind,
                              kinds) {
  Kind histogram(ends);
  BOOST_TEST(histogram.empty());
  for (const double value : {-1.0, 0.0, 1.0, 1.5, 2.5, 2.6, 10.0, 10.1, 1e9})
    histogram.add(value);
  BOOST_TEST(!histogram.empty());
  const boost::json::object expected{
      {"upper_ends", {1.0, 2.5, 10.0}}, {"counts", {3U, 2U, 2U, 2U}}, {"sum", 1'000'000'026.7}};
  const auto report = histogram.report();
  BOOST_TEST(boost::json::serialize(report) == boost::json::serialize(expected));
}

BOOST_AUTO_TEST_CASE(no_count_of_several_threads_is_lost) {
  shared_histogram histogram(ends);
  std::vector<std::thread> threads;
  constexpr int each = 20'000;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < each; ++n)
        histogram.add(2);
    });
  for (auto& thread : threads)
    thread.join();
  const auto report = histogram.report();
  BOOST_TEST(report.at("counts").at(1).to_number<int>() == 4 * each);
  BOOST_TEST(report.at("sum").as_double() == 8.0 * each);
}

BOOST_AUTO_TEST_CASE(a_clock_that_was_set_back_makes_no_negative_time) {
  BOOST_TEST(seconds_of(std::chrono::milliseconds(1'500)) == 1.5);
  BOOST_TEST(seconds_of(std::chrono::milliseconds(-1)) == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
