#include "http/overview_series.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace postrider;
using http::overview_series;
using http::overview_totals;

namespace {

actors::time_point at(int seconds) { return actors::time_point(std::chrono::seconds(seconds)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(overview)

BOOST_AUTO_TEST_CASE(the_sections_of_an_inspection_become_totals) {
  const auto document = boost::json::parse(R"({
    "intake": {"accepted": 3, "transactions": 5},
    "archiver": {"finished": [
      {"provider": "mail", "type": "email",
       "outcomes": {"success": 10, "unavailable": 2, "expired": 1, "cancelled": 4}},
      {"provider": "sms", "type": "sms", "outcomes": {"success": 1, "no_route": 1}},
      {"provider": "test:sms", "type": "test", "outcomes": {"success": 100, "expired": 100}}]},
    "dispatcher": {"expired": 7, "out_of_patience": 20},
    "scheduler": {"out_of_patience": 1000, "waiting_lanes": [
      {"next_due_ms": 90000}, {"oldest_age_ms": 1500}]},
    "senders": [{"type": "email", "oldest_ms": {"pending": 10, "failed": 2500}},
                {"type": "test", "oldest_ms": {"pending": 9000}}]})");
  const auto totals = http::overview_of(document.as_object());
  BOOST_TEST(totals.accepted == 5);
  BOOST_TEST(totals.delivered == 11);
  BOOST_TEST(totals.failed == 4 + 27);
  BOOST_TEST(totals.oldest_ms == 2500);
}

BOOST_AUTO_TEST_CASE(what_is_missing_or_is_something_else_counts_as_nothing) {
  for (const auto* text : {"{}", R"({"intake":7,"archiver":{"finished":{}},"senders":{}})",
                           R"({"archiver":{"finished":[1,{"outcomes":[]}]},"senders":[null]})",
                           R"({"scheduler":{"waiting_lanes":[{"oldest_age_ms":"x"}]}})"}) {
    const auto totals = http::overview_of(boost::json::parse(text).as_object());
    BOOST_TEST(totals.accepted + totals.delivered + totals.failed + totals.oldest_ms == 0, text);
  }
}

BOOST_AUTO_TEST_CASE(points_have_what_came_since_the_point_before) {
  overview_series series;
  BOOST_TEST(series.points().empty());
  series.add(at(10), {5, 3, 1, 100});
  series.add(at(20), {9, 8, 1, 0});
  // The pipeline was restarted meanwhile.
  series.add(at(30), {2, 1, 0, 50});
  const auto points = series.points();
  BOOST_REQUIRE_EQUAL(points.size(), 3u);
  BOOST_TEST(points[0].accepted == 5);
  BOOST_TEST(points[0].oldest_ms == 100);
  BOOST_TEST(points[1].accepted == 4);
  BOOST_TEST(points[1].delivered == 5);
  BOOST_TEST(points[1].failed == 0);
  BOOST_TEST(points[2].accepted == 2);
  BOOST_TEST(points[2].delivered == 1);
  BOOST_TEST((points[2].at == at(30)));
}

BOOST_AUTO_TEST_CASE(there_is_an_hour_of_points_and_no_more) {
  overview_series series;
  const auto most = static_cast<int>(overview_series::most_points);
  for (int i = 1; i <= most + 5; ++i)
    series.add(at(i), {i * 10, 0, 0, 0});
  const auto points = series.points();
  BOOST_REQUIRE_EQUAL(points.size(), overview_series::most_points);
  BOOST_TEST((points.front().at == at(6)));
  BOOST_TEST((points.back().at == at(most + 5)));
  for (const auto& point : points)
    BOOST_TEST(point.accepted == 10);
}

BOOST_AUTO_TEST_SUITE_END()
