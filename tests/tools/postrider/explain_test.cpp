#include "tests/tools/postrider/command_world.hpp"

namespace postrider::cli::tests {

BOOST_FIXTURE_TEST_SUITE(explain_, command_world)

BOOST_AUTO_TEST_CASE(explain_shows_candidates_and_the_plan_as_a_table) {
  const std::string answer =
      R"({"recipients":[{"recipient":"+15551234567","candidates":[)"
      R"({"provider":"alpha","provider_type":"signal","rank":1,"address":"+15551234567","reason":"priority 1"},)"
      R"({"provider":"mail","provider_type":"email","rank":null,"address":null,"reason":"cannot reach this recipient"}],)"
      R"("plan":[{"after":0,"provider":"alpha"},{"after":180.0,"provider":"alpha"}]}]})";
  script = {answered("GET", "/v1/transactions/7/explain", "", 200, answer),
            answered("POST", "/v1/routes/explain",
                     R"({"user_id":1,"message":"a message","recipients":["+15551234567"],)"
                     R"("type":"signal"})",
                     200, answer)};
  BOOST_TEST(run({"explain", "7"}) == done);
  BOOST_TEST(out.str() ==
             "to +15551234567\n"
             "  RANK  PROVIDER  TYPE    ADDRESS       REASON\n"
             "  1     alpha     signal  +15551234567  priority 1\n"
             "  -     mail      email   -             cannot reach this recipient\n"
             "  if every attempt fails: alpha after 0s, alpha after 3m\n");
  BOOST_TEST(run({"explain", "--user", "1", "--to", "+15551234567", "--type", "signal"}) == done);
  auto waiting = answer;
  waiting.insert(waiting.size() - 3, R"(,"waits_for":{"reason":"turn","provider":"alpha",)"
                                     R"("since":"T1","until":null,"next_at":null,"attempts":0})");
  script = {answered("GET", "/v1/transactions/7/explain", "", 200, waiting)};
  BOOST_TEST(run({"explain", "7"}) == done);
  BOOST_TEST(out.str().ends_with("  now: waits for its turn at alpha; 0 attempts since T1\n"));
  BOOST_TEST(run({"explain"}) == usage);
  BOOST_TEST(run({"explain", "7", "--user", "1"}) == usage);
  BOOST_TEST(run({"explain", "seven"}) == usage);
}

BOOST_AUTO_TEST_CASE(explain_shows_the_rounds_after_the_plan) {
  const auto explained = [this](const std::string& members) {
    out.str("");
    script = {answered("GET", "/v1/transactions/7/explain", "", 200,
                       R"({"recipients":[{"recipient":"+1","candidates":[],)" + members + "}]}")};
    BOOST_TEST(run({"explain", "7"}) == done);
    return out.str();
  };
  BOOST_TEST(
      explained(R"("plan":[{"after":0,"provider":"alpha"},{"after":5.408,"provider":"beta"},)"
                R"({"after":83.408,"provider":"alpha"}],)"
                R"("repeat":{"after":119.6,"at_most":3600,"until":"T1"})") ==
      "to +1\n"
      "  if every attempt fails: alpha after 0s, beta after 5408ms, alpha after 83s\n"
      "  all again after 2m, at most 1h apart, until T1\n");
  BOOST_TEST(explained(R"("plan":[],"repeat":null)") == "to +1\n  no provider can take it\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
