#include "tests/tools/postrider/command_world.hpp"
#include "tests/tools/postrider/reading.hpp"
#include "tools/postrider/message_report.hpp"

#include <boost/json.hpp>

namespace postrider::cli::tests {
namespace {

const std::string target = "/v1/transactions/7/settle";

std::string answer(const std::string& rest, const std::string& next = "null") {
  return R"({"transaction":{"id":7,"recipient":"+1555",)" + rest + R"(},"next_transaction":)" +
         next + "}";
}
std::string note(const std::string& outcome, const std::string& by) {
  return R"("settlement":{"outcome":")" + outcome + R"(","at":"2026-01-01T00:00:00.000Z","by":)" +
         by + "}";
}
const std::string unknown =
    R"("status":"failed","error_code":"outcome_unknown","final":true,"superseded_by":null,)";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(settle_, command_world)

BOOST_AUTO_TEST_CASE(settle_says_what_became_of_it) {
  script = {answered("POST", target, R"({"outcome":"arrived"})", 200,
                     answer(R"("status":"success",)" + note("arrived", R"("ops")"))),
            answered("POST", target, R"({"outcome":"give_up"})", 200,
                     answer(unknown + note("give_up", "null"))),
            answered("POST", target, R"({"outcome":"not_sent"})", 200,
                     answer(unknown + note("not_sent", "null"), "12"))};
  BOOST_TEST(run({"settle", "7", "arrived"}) == done);
  BOOST_TEST(out.str() ==
             "#7 to +1555: success; settled as arrived at 2026-01-01T00:00:00.000Z by ops\n");
  out.str("");
  BOOST_TEST(run({"settle", "7", "give-up"}) == done);
  BOOST_TEST(out.str() ==
             "#7 to +1555: failed: outcome_unknown; settled as give_up at "
             "2026-01-01T00:00:00.000Z\n");
  out.str("");
  BOOST_TEST(run({"settle", "7", "not-sent"}) == done);
  BOOST_TEST(
      out.str().ends_with("; settled as not_sent at 2026-01-01T00:00:00.000Z\n"
                          "sent again as #12\n"));
}

BOOST_AUTO_TEST_CASE(settle_takes_known_outcomes_and_numbers_only) {
  for (const std::vector<std::string>& words :
       std::initializer_list<std::vector<std::string>>{{"settle", "7"},
                                                       {"settle", "7", "not_sent"},
                                                       {"settle", "7", "lost"},
                                                       {"settle", "0", "arrived"},
                                                       {"settle", "x", "arrived"},
                                                       {"settle", "arrived"}})
    BOOST_TEST(run(words) == usage);
  BOOST_TEST(script.empty());
}

BOOST_AUTO_TEST_CASE(settle_says_why_there_is_nothing_to_settle) {
  const std::string problem =
      R"({"status":409,"code":"conflict","detail":"transaction 7 is a success"})";
  script = {answered("POST", target, R"({"outcome":"arrived"})", 409, problem),
            answered("POST", target, R"({"outcome":"arrived"})", 409, problem)};
  BOOST_TEST(run({"settle", "7", "arrived"}) == failed);
  BOOST_TEST(err.str() ==
             "postrider: the server refused this (409 conflict): transaction 7 is a success\n");
  BOOST_TEST(out.str() == "");
  BOOST_TEST(run({"settle", "--json", "7", "arrived"}) == failed);
  BOOST_TEST(out.str() == problem + "\n");
}

BOOST_AUTO_TEST_CASE(settle_gives_machines_the_servers_own_answer) {
  const auto body = answer(unknown + note("give_up", "null"));
  script = {answered("POST", target, R"({"outcome":"give_up"})", 200, body)};
  BOOST_TEST(run({"settle", "--json", "7", "give-up"}) == done);
  BOOST_TEST(out.str() == body + "\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
