#include "base/time_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

std::string rfc3339(time_point time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

constexpr time_point morning =
    std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + 5h + 6min + 7s + 89ms;

}  // namespace

BOOST_AUTO_TEST_SUITE(time_text)

BOOST_AUTO_TEST_CASE(is_written_in_utc_with_milliseconds) {
  BOOST_TEST(rfc3339(morning) == "2026-11-23T05:06:07.089Z");
  BOOST_TEST(rfc3339(morning + 999us) == "2026-11-23T05:06:07.089Z");
  BOOST_TEST(rfc3339(time_point{}) == "1970-01-01T00:00:00.000Z");
  BOOST_TEST(rfc3339(time_point{} - 1ms) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_CASE(is_read_in_every_form_of_rfc_3339) {
  for (const char* text :
       {"2026-11-23T05:06:07.089Z", "2026-11-23t05:06:07.089z", "2026-11-23T05:06:07.089000000Z",
        "2026-11-23T06:06:07.089+01:00", "2026-11-22T23:36:07.089-05:30"})
    BOOST_TEST_CONTEXT(text) {
      const auto time = parse_rfc3339(text);
      BOOST_REQUIRE(time);
      BOOST_TEST(rfc3339(*time) == rfc3339(morning));
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

BOOST_AUTO_TEST_SUITE_END()
