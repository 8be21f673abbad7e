#include "base/time_text.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

constexpr time_point morning =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 5h + 6min + 7s + 89ms;

}  // namespace

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(is_written_in_utc_with_milliseconds) {
  BOOST_TEST(to_rfc3339(morning) == "2026-11-23T05:06:07.089Z");
  BOOST_TEST(to_rfc3339(morning + 999us) == "2026-11-23T05:06:07.089Z");
  BOOST_TEST(to_rfc3339(time_point{}) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(to_rfc3339(time_point{} - 1ms) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(is_read_in_every_form_of_rfc_3339) {
  for (const char* text :
       {"2026-11-23T05:06:07.089Z", "2026-11-23t05:06:07.089z", "2026-11-23T05:06:07.089000000Z",
        "2026-11-23T06:06:07.089+01:00", "2026-11-22T23:36:07.089-05:30"})
    BOOST_TEST_CONTEXT(text) {
      const auto time = parse_rfc3339(text);
      BOOST_REQUIRE(time);
      BOOST_TEST(to_rfc3339(*time) == to_rfc3339(morning));
    }
}

BOOST_AUTO_TEST_CASE(is_nothing_in_another_form) {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23 05:06:07Z", "2026-11-23T05:06:07", "2026-11-23T05:06Z",
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z",
        "2026-11-23T05:06:60Z", "2026-11-23T05:06:07.Z", "2026-11-23T05:06:07.1234567890Z",
        "2026-11-23T05:06:07+1:00", "2026-11-23T05:06:07+24:00", "2026-11-23T05:06:07ZZ",
        "+026-11-23T05:06:07Z", "now"})
    BOOST_TEST(!parse_rfc3339(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(is_a_date_of_http) {
  BOOST_TEST(to_http_date(std::chrono::floor<std::chrono::seconds>(morning)) ==
             "Mon, 23 Nov 2026 05:06:07 GMT");
}

BOOST_AUTO_TEST_CASE(is_a_date_of_a_mail_in_english_and_utc) {
  const auto at = [](int year, unsigned month, unsigned day) {
    return time_point(std::chrono::sys_days(std::chrono::year(year) / static_cast<int>(month) /
                                            static_cast<int>(day)));
  };
  BOOST_TEST(to_mail_date(at(1970, 1, 1)) == "Thu, 01 Jan 1970 00:00:00 +0000");
  BOOST_TEST(to_mail_date(at(2024, 2, 29) + 86'399s) == "Thu, 29 Feb 2024 23:59:59 +0000");
  BOOST_TEST(to_mail_date(at(2027, 12, 31) + 999'999us) == "Fri, 31 Dec 2027 00:00:00 +0000");
}

BOOST_AUTO_TEST_CASE(is_a_day) {
  BOOST_TEST(to_date(morning) == "2026-11-23");
  BOOST_TEST(to_date(time_point{} - 1us) == "1969-12-31");
}

BOOST_AUTO_TEST_CASE(comes_back_to_the_millisecond) {
  std::mt19937_64 random(3339);
  for (int round = 0; round < 5'000; ++round) {
    // From 1653 to 2286.
    const auto micros =
        static_cast<std::int64_t>(random() % 20'000'000'000'000'000) - 10'000'000'000'000'000;
    const time_point time{std::chrono::microseconds(micros)};
    const auto read = parse_rfc3339(to_rfc3339(time));
    BOOST_REQUIRE(read && *read == std::chrono::floor<std::chrono::milliseconds>(time));
  }
}

BOOST_AUTO_TEST_SUITE_END()
