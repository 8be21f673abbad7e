#include "tools/postrider/log.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli {

BOOST_AUTO_TEST_SUITE(log_)

BOOST_AUTO_TEST_CASE(a_line_for_people_names_the_component) {
  BOOST_TEST(log_line(log_format::text, "scheduler", "3 retries are due") ==
             "[scheduler] 3 retries are due");
}

BOOST_AUTO_TEST_CASE(a_line_for_people_stays_one_line) {
  BOOST_TEST(log_line(log_format::text, "sender", "a\nb\x1b[31m\x7f") ==
             "[sender] a\\x0ab\\x1b[31m\\x7f");
}

BOOST_AUTO_TEST_CASE(a_line_for_machines_escapes_what_json_must) {
  BOOST_TEST(log_line(log_format::json, "sender", "a \"b\"\n") ==
             R"("component":"sender","message":"a \"b\"\n")");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli
