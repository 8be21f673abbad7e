#include "http/problem.hpp"

#include "http/json/json_writer.hpp"

#include <boost/test/unit_test.hpp>

using namespace postrider;
using http::problem_code;

namespace {

http::response written(const http::problem& what) {
  http::response answer;
  http::write_problem(answer, what, "req-1");
  return answer;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(problem)

BOOST_AUTO_TEST_CASE(is_a_document_of_rfc_9457) {
  const auto answer = written({problem_code::not_found, "there is no transaction 7"});
  BOOST_TEST(answer.status == 404U);
  BOOST_TEST(answer.content_type == "application/problem+json");
  BOOST_TEST(answer.body ==
             R"({"type":"/problems/not_found","title":"Not found","status":404,)"
             R"("detail":"there is no transaction 7","code":"not_found","request_id":"req-1"})");
  BOOST_TEST(!answer.retry_after);
}

BOOST_AUTO_TEST_CASE(lists_all_errors_with_their_pointers) {
  const auto answer = written({problem_code::invalid,
                               "2 mistakes",
                               {{"/recipients/0", "bad_phone_number", "\"+1\" is too short"},
                                {"/user_id", "missing", "is required"}},
                               {}});
  BOOST_TEST(answer.status == 422U);
  BOOST_TEST(answer.body ==
             R"({"type":"/problems/invalid","title":"Invalid request",)"
             R"("status":422,"detail":"2 mistakes","code":"invalid","request_id":"req-1",)"
             R"("errors":[{"pointer":"/recipients/0","code":"bad_phone_number",)"
             R"("detail":"\"+1\" is too short"},)"
             R"({"pointer":"/user_id","code":"missing","detail":"is required"}]})");
}

BOOST_AUTO_TEST_CASE(tells_of_a_hundred_errors_and_that_there_are_more) {
  const auto with = [](std::size_t count) {
    std::vector<actors::field_problem> problems(count, {"/x", "bad", "is bad"});
    return http::to_problem({actors::service_errc::invalid, "it cannot be", problems, {}});
  };
  BOOST_TEST(with(100).errors.size() == 100U);
  BOOST_TEST(with(100).detail == "it cannot be");
  BOOST_TEST(with(101).errors.size() == 100U);
  BOOST_TEST(with(101).detail == "it cannot be; 101 mistakes, the first 100 are listed");
}

BOOST_AUTO_TEST_CASE(maps_every_error_of_the_pipeline) {
  using actors::service_errc;
  const struct {
    service_errc from;
    unsigned status;
    const char* code;
    bool retry_after;
  } cases[] = {
      {service_errc::invalid, 422, "invalid", false},
      {service_errc::no_route, 422, "no_route", false},
      {service_errc::not_found, 404, "not_found", false},
      {service_errc::conflict, 409, "conflict", false},
      {service_errc::gone, 410, "cursor_expired", false},
      {service_errc::overloaded, 503, "overloaded", true},
      {service_errc::unavailable, 503, "unavailable", true},
      {service_errc::draining, 503, "draining", true},
      {service_errc::timeout, 503, "timeout", false},
      {service_errc::internal, 500, "internal", false},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.code) {
      const auto what = http::to_problem({one.from, "why", {}, std::chrono::seconds(7)});
      BOOST_TEST(http::to_string(what.code) == one.code);
      const auto answer = written(what);
      BOOST_TEST(answer.status == one.status);
      BOOST_TEST(answer.retry_after.has_value() == one.retry_after);
      if (one.retry_after) BOOST_TEST(answer.retry_after->count() == 7);
    }
}

BOOST_AUTO_TEST_CASE(tells_in_a_line_what_a_header_tells_of_a_request) {
  const auto line = [](const http::problem& what) {
    std::string text;
    http::json_writer json(text);
    http::write_problem(json, what, "req-1", 7);
    return text;
  };
  BOOST_TEST(line({problem_code::draining, "later"}) ==
             R"({"line":7,"type":"/problems/draining","title":"The server takes no new work",)"
             R"("status":503,"detail":"later","code":"draining","request_id":"req-1",)"
             R"("retry_after":5})");
  BOOST_TEST(line({problem_code::overloaded, "later", {}, std::chrono::seconds(9)})
                 .ends_with(R"("retry_after":9})"));
  BOOST_TEST(line({problem_code::timeout, "who knows"}).find("retry_after") == std::string::npos);
  BOOST_TEST(written({problem_code::draining, "later"}).body.find("retry_after") ==
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(never_lets_a_client_come_again_at_once) {
  for (const auto given : {-1, 0, 1}) {
    const auto what = http::to_problem(
        {actors::service_errc::overloaded, "why", {}, std::chrono::seconds(given)});
    BOOST_TEST(written(what).retry_after->count() == 1);
  }
}

BOOST_AUTO_TEST_SUITE_END()
