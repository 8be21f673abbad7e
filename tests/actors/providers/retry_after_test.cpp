#include "actors/providers/http_date.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 9110, 5.6.7 (the three forms of a date and their examples) and 10.2.3 (Retry-After
/// and its examples).
namespace postrider::actors {
namespace {

using namespace std::chrono;

/// Sun, 06 Nov 1994 08:49:37 GMT
constexpr sys_seconds noted = sys_days(1994y / November / 6) + 8h + 49min + 37s;
constexpr sys_seconds now = sys_days(2026y / November / 23) + 3h + 40min;

std::optional<seconds> wait_of(std::string value, std::string date = {},
                               persistence::time_point at = now) {
  transfer_result result;
  result.headers = {{"server", "x"}, {"retry-after", std::move(value)}};
  if (!date.empty()) result.headers.emplace_back("date", std::move(date));
  return retry_after(result, at);
}

BOOST_AUTO_TEST_SUITE(http_dates)

BOOST_AUTO_TEST_CASE(all_three_forms_are_read) {
  BOOST_CHECK(read_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == noted);
  BOOST_CHECK(read_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == noted);
  BOOST_CHECK(read_http_date("Sun Nov  6 08:49:37 1994", now) == noted);
  BOOST_CHECK(read_http_date("Wed Nov 16 08:49:37 1994", now) == noted + days(10));
  BOOST_CHECK(read_http_date("Fri, 31 Dec 1999 23:59:59 GMT", now) ==
              sys_days(2000y / January / 1) - 1s);
  // A leap second.
  BOOST_CHECK(read_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now) ==
              sys_days(2017y / January / 1));
  BOOST_CHECK(read_http_date("Thu, 29 Feb 2024 00:00:00 GMT", now) ==
              sys_days(2024y / February / 29));
}

BOOST_AUTO_TEST_CASE(a_year_of_two_digits_is_at_most_50_years_ahead) {
  const auto year_of = [](const std::string& digits, year current) {
    const auto read = read_http_date("Sunday, 06-Nov-" + digits + " 08:49:37 GMT",
                                     sys_days(current / November / 23));
    BOOST_TEST_REQUIRE(read.has_value());
    return static_cast<int>(year_month_day(floor<days>(*read)).year());
  };
  BOOST_TEST(year_of("94", 2026y) == 1994);
  BOOST_TEST(year_of("26", 2026y) == 2026);
  BOOST_TEST(year_of("76", 2026y) == 2076);
  BOOST_TEST(year_of("77", 2026y) == 1977);
  BOOST_TEST(year_of("99", 2099y) == 2099);
  BOOST_TEST(year_of("01", 2099y) == 2101);
}

BOOST_AUTO_TEST_CASE(other_texts_are_no_dates) {
  for (const auto* text : {"",
                           "Sun",
                           "Sun,",
                           "Sun, 06 Nov 1994 08:49:37",
                           "Sun, 06 Nov 1994 08:49:37 UTC",
                           "Sun, 06 Nov 1994 08:49:37 +0000",
                           "Sun, 6 Nov 1994 08:49:37 GMT",
                           "Sun, 06 Nov 94 08:49:37 GMT",
                           "Sun, 06 nov 1994 08:49:37 GMT",
                           "Sun, 06 Foo 1994 08:49:37 GMT",
                           "Foo, 06 Nov 1994 08:49:37 GMT",
                           "sun, 06 Nov 1994 08:49:37 GMT",
                           "Sun 06 Nov 1994 08:49:37 GMT",
                           "Sun, 31 Nov 1994 08:49:37 GMT",
                           "Sun, 00 Nov 1994 08:49:37 GMT",
                           "Thu, 29 Feb 2026 00:00:00 GMT",
                           "Sun, 06 Nov 1994 24:00:00 GMT",
                           "Sun, 06 Nov 1994 08:60:37 GMT",
                           "Sun, 06 Nov 1994 08:49:61 GMT",
                           "Sun, 06 Nov 1994 08:49:37 GMT ",
                           "Sunday, 06 Nov 1994 08:49:37 GMT",
                           "Sun, 06-Nov-94 08:49:37 GMT",
                           "Sunday, 06-Nov-1994 08:49:37 GMT",
                           "Sun Nov 6 08:49:37 1994",
                           "Sun Nov  6 08:49:37 1994 GMT",
                           "Sun Nov  6 08:49:37 94",
                           "Sun, -6 Nov 1994 08:49:37 GMT",
                           "1994-11-06T08:49:37Z"})
    BOOST_TEST(!read_http_date(text, now).has_value(), "'" << text << "' was taken");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(retry_after_header)

BOOST_AUTO_TEST_CASE(seconds_are_taken_and_at_most_a_day) {
  BOOST_CHECK(wait_of("0") == 0s);
  BOOST_CHECK(wait_of("1") == 1s);
  BOOST_CHECK(wait_of("120") == 120s);
  BOOST_CHECK(wait_of("86400") == 24h);
  BOOST_CHECK(wait_of("86401") == 24h);
  BOOST_CHECK(wait_of("99999999999999999999999") == 24h);
  BOOST_CHECK(wait_of("-1") == 0s);
  BOOST_CHECK(wait_of("-99999999999999999999999") == 0s);
}

BOOST_AUTO_TEST_CASE(a_date_counts_from_the_replys_own) {
  // However wrong the peer's clock is.
  for (const auto* date : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                           "Sun Nov  6 08:49:37 1994"}) {
    BOOST_CHECK(wait_of("Sun, 06 Nov 1994 08:49:42 GMT", date) == 5s);
    BOOST_CHECK(wait_of("Sunday, 06-Nov-94 09:49:37 GMT", date) == 1h);
    BOOST_CHECK(wait_of("Sun Nov  6 08:49:38 1994", date) == 1s);
    BOOST_CHECK(wait_of("Sun, 06 Nov 1994 08:49:37 GMT", date) == 0s);
    BOOST_CHECK(wait_of("Sun, 06 Nov 1994 08:49:36 GMT", date) == 0s);
    BOOST_CHECK(wait_of("Mon, 07 Nov 1994 08:49:38 GMT", date) == 24h);
    BOOST_CHECK(wait_of("Fri, 31 Dec 9999 23:59:59 GMT", date) == 24h);
  }
}

BOOST_AUTO_TEST_CASE(without_a_date_of_the_reply_it_counts_from_the_attempt) {
  const std::string in_5_s = "Mon, 23 Nov 2026 03:40:05 GMT";
  BOOST_CHECK(wait_of(in_5_s) == 5s);
  BOOST_CHECK(wait_of(in_5_s, "yesterday") == 5s);
  // Not before the time that was named.
  BOOST_CHECK(wait_of(in_5_s, {}, now + 300ms) == 5s);
  BOOST_CHECK(wait_of("Mon, 23 Nov 2026 03:39:00 GMT") == 0s);
}

BOOST_AUTO_TEST_CASE(other_values_are_no_retry_after) {
  for (const auto* value : {"", "-", "+1", "1.5", "1e3", " 1", "1 ", "soon", "0x10", "1,2",
                            "Fri, 31 Dec 1999 23:59:59", "2026-11-23T03:40:05Z"})
    BOOST_TEST(!wait_of(value).has_value(), "'" << value << "' was taken");
  BOOST_TEST(!retry_after({}, now).has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
