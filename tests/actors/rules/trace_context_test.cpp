#include "actors/rules/trace_context.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <set>

namespace postrider::actors {

namespace {

const std::string parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_context)

BOOST_AUTO_TEST_CASE(an_attempt_is_a_span_of_its_own_in_the_clients_trace) {
  const auto made = traceparent_of_attempt(parent, 7, {});
  BOOST_TEST(made.size() == parent.size());
  BOOST_TEST(made.substr(0, 36) == parent.substr(0, 36));
  BOOST_TEST(made.substr(52) == "-01");
  BOOST_TEST(made.substr(36, 16) != parent.substr(36, 16));
  BOOST_TEST(made.substr(36, 16).find_first_not_of("0123456789abcdef") == made.npos);
}

BOOST_AUTO_TEST_CASE(no_two_attempts_have_the_same_span) {
  std::set<std::string> seen;
  for (persistence::transaction_id id = 1; id <= 1'000; ++id)
    for (int call = 0; call < 10; ++call)
      seen.insert(
          traceparent_of_attempt(parent, id, persistence::time_point(std::chrono::seconds(call))));
  BOOST_TEST(seen.size() == 10'000u);
}

BOOST_AUTO_TEST_CASE(without_a_trace_there_is_nothing_to_pass_on) {
  BOOST_TEST(traceparent_of_attempt("", 7, {}).empty());
  BOOST_TEST(trace_id_of("").empty());
  BOOST_TEST(trace_id_of(parent) == "4bf92f3577b34da6a3ce929d0e0e4736");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::actors
