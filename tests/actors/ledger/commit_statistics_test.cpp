#include "actors/ledger/commit_statistics.hpp"

#include <boost/json/array.hpp>
#include <boost/test/unit_test.hpp>

using namespace postrider;

BOOST_AUTO_TEST_CASE(commits_are_counted_and_the_last_sixteen_remembered) {
  actors::commit_statistics statistics;
  for (std::size_t i = 1; i <= 20; ++i)
    statistics.on_batch(i, std::chrono::microseconds(i == 7 ? 9'000 : 100));
  statistics.on_error();
  persistence::ledger_batch batch;
  batch.transitions.emplace_back(persistence::release{});
  batch.transitions.emplace_back(persistence::cancel_message{});
  persistence::batch_result results(2);
  results[0].count = 5;
  results[1].count = 3;
  statistics.on_applied(batch, results);

  boost::json::object report;
  statistics.report(report);
  BOOST_TEST(report.at("batches").to_number<int>() == 20);
  BOOST_TEST(report.at("transitions").to_number<int>() == 210);
  BOOST_TEST(report.at("last_batch").to_number<int>() == 20);
  BOOST_TEST(report.at("largest_batch").to_number<int>() == 20);
  BOOST_TEST(report.at("last_commit_us").to_number<int>() == 100);
  BOOST_TEST(report.at("slowest_commit_us").to_number<int>() == 9'000);
  BOOST_TEST(report.at("errors").to_number<int>() == 1);
  // Releases count rows too.
  BOOST_TEST(report.at("cancelled").to_number<int>() == 3);
  const auto& last = report.at("last_batches").as_array();
  BOOST_TEST_REQUIRE(last.size() == 16U);
  BOOST_TEST(last.front().to_number<int>() == 20);
  BOOST_TEST(last.back().to_number<int>() == 5);
}
