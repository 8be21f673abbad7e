#include "http/traceparent.hpp"

#include <boost/test/unit_test.hpp>

using namespace postrider::http;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736", parent = "00f067aa0ba902b7";
const std::string whole = "00-" + trace + "-" + parent + "-01";

}  // namespace

BOOST_AUTO_TEST_SUITE(traceparent)

BOOST_AUTO_TEST_CASE(takes_version_00) {
  BOOST_TEST(parse_traceparent(whole).value_or("") == whole);
  BOOST_TEST(parse_traceparent("00-" + trace + "-" + parent + "-00").value_or("") ==
             "00-" + trace + "-" + parent + "-00");
}

BOOST_AUTO_TEST_CASE(passes_on_no_flag_but_sampled) {
  BOOST_TEST(parse_traceparent("00-" + trace + "-" + parent + "-ff").value_or("") == whole);
  BOOST_TEST(parse_traceparent("00-" + trace + "-" + parent + "-fe").value_or("") ==
             "00-" + trace + "-" + parent + "-00");
}

BOOST_AUTO_TEST_CASE(reads_of_a_later_version_what_it_knows) {
  BOOST_TEST(parse_traceparent("cc-" + trace + "-" + parent + "-01").value_or("") == whole);
  BOOST_TEST(parse_traceparent("cc-" + trace + "-" + parent + "-01-what-the-future-will-be")
                 .value_or("") == whole);
}

BOOST_AUTO_TEST_CASE(ignores_what_is_malformed) {
  const std::string zeros(32, '0');
  for (const auto& text :
       {std::string(), std::string("00"), whole.substr(1), whole + "0", whole + "-00",
        "ff-" + trace + "-" + parent + "-01",            // a version that cannot be
        "cc-" + trace + "-" + parent + "-01x",           // no field begins there
        "0x-" + trace + "-" + parent + "-01",            // not hexadecimal
        "00-" + zeros + "-" + parent + "-01",            // no trace
        "00-" + trace + "-" + zeros.substr(16) + "-01",  // no parent
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + parent + "-01",
        "00-" + trace + "-" + parent + "-0g", "00_" + trace + "-" + parent + "-01",
        "00-" + trace + "_" + parent + "-01", "00-" + trace + "-" + parent + "_01",
        "00-" + trace.substr(1) + "\n-" + parent + "-01", " " + whole})
    BOOST_TEST(!parse_traceparent(text), text);
}

BOOST_AUTO_TEST_CASE(of_a_request_is_that_of_its_one_field) {
  request from;
  BOOST_TEST(traceparent_of(from).empty());
  from.fields.emplace_back("TraceParent", whole);
  BOOST_TEST(traceparent_of(from) == whole);
  from.fields.emplace_back("traceparent", whole);
  BOOST_TEST(traceparent_of(from).empty());
}

BOOST_AUTO_TEST_SUITE_END()
