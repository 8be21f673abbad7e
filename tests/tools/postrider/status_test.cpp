#include "tests/tools/postrider/command_world.hpp"
#include "tests/tools/postrider/reading.hpp"
#include "tools/postrider/attempt_report.hpp"
#include "tools/postrider/message_report.hpp"
#include "tools/postrider/waiting_report.hpp"

#include <boost/json.hpp>

namespace postrider::cli::tests {
namespace {

namespace json = boost::json;

const std::string message_id = "0193a5c0-7c1e-7b3a-9d57-3f1c2b4a5d6e";

std::string call(const std::string& second, const std::string& duration, const std::string& outcome,
                 const std::string& answer) {
  return R"({"began_at":"2026-01-01T00:00:)" + second + R"(.000Z","ended_at":null,"duration_ms":)" +
         duration + R"(,"outcome":")" + outcome + R"(","answer":)" +
         (answer.empty() ? "null" : '"' + answer + '"') + "}";
}

std::string attempts(const std::string& provider, int count, const std::string& first,
                     const std::string& last) {
  return R"({"provider":")" + provider + R"(","provider_type":"sms","count":)" +
         std::to_string(count) + R"(,"first":)" + first + R"(,"last":)" + last + "}";
}

std::string row(int id, const std::string& provider, const std::string& rest,
                const std::string& tried) {
  return R"({"id":)" + std::to_string(id) + R"(,"provider":")" + provider + R"(",)" + rest +
         R"(,"attempts":[)" + tried + "]}";
}

std::string report(const std::string& rows, const std::string& status, const std::string& outcome) {
  return message_report(
      json::parse(R"({"message_id":"m","status":")" + status +
                  R"(","send_at":"2026-01-01T00:00:00.000Z","expires_at":null,"recipients":[)"
                  R"({"recipient":"+1555","status":")" +
                  status + R"(","outcome":)" + outcome + R"(,"transactions":[)" + rows + "]}]}")
          .as_object());
}

const std::string refused = call("01", "12.4", "unavailable", "connection refused");
const std::string lost = call("02", "1500", "outcome_unknown", "no answer");
const std::string taken = call("09", "0.512", "accepted", "");

}  // namespace

BOOST_FIXTURE_TEST_SUITE(status_, command_world)

BOOST_AUTO_TEST_CASE(each_transaction_is_shown_with_its_own_attempts) {
  const auto alpha = attempts("alpha", 1, "null", refused);
  const auto beta = attempts("beta", 1, "null", lost);
  const auto rows =
      row(1, "alpha",
          R"("status":"failed","error_code":"unavailable","error_message":"connection refused",)"
          R"("superseded_by":2,"possible_duplicate":false)",
          alpha) +
      "," +
      row(2, "beta",
          R"("status":"failed","error_code":"outcome_unknown","error_message":"other words",)"
          R"("superseded_by":3,"possible_duplicate":false)",
          alpha + "," + beta) +
      "," +
      row(3, "beta",
          R"("status":"success","provider_ref":"1700","possible_duplicate":true,)"
          R"("superseded_by":null)",
          alpha + "," + attempts("beta", 2, lost, taken));
  BOOST_TEST(report(rows, "success", R"("sent")") ==
             "message m: success\n"
             "  not before 2026-01-01T00:00:00.000Z\n"
             "to +1555: success, sent\n"
             "  #1  alpha  failed: unavailable; the next attempt is #2\n"
             "      2026-01-01T00:00:01.000Z  alpha  12 ms  unavailable, connection refused\n"
             "  #2  beta  failed: outcome_unknown, other words; the next attempt is #3\n"
             "      2026-01-01T00:00:02.000Z  beta  1.5 s  outcome_unknown, no answer\n"
             "  #3  beta  success: accepted as 1700; another attempt may have arrived as well\n"
             "      2026-01-01T00:00:09.000Z  beta  0.5 ms  attempt 2: accepted\n");
}

BOOST_AUTO_TEST_CASE(of_many_attempts_of_one_transaction_the_first_and_the_last_are_shown) {
  const auto rows = row(1, "alpha", R"("status":"pending","possible_duplicate":false)",
                        attempts("beta", 1, "null", lost) + "," +
                            attempts("alpha", 14, refused, call("08", "10", "throttled", "")));
  BOOST_TEST(report(rows, "pending", "null") ==
             "message m: pending\n"
             "  not before 2026-01-01T00:00:00.000Z\n"
             "to +1555: pending\n"
             "  #1  alpha  pending\n"
             "      2026-01-01T00:00:02.000Z  beta  1.5 s  outcome_unknown, no answer\n"
             "      2026-01-01T00:00:01.000Z  alpha  12 ms  unavailable, connection refused\n"
             "      2026-01-01T00:00:08.000Z  alpha  10 ms  attempt 14: throttled\n");
}

BOOST_AUTO_TEST_CASE(a_new_chain_has_attempts_of_its_own) {
  const auto rows = row(1, "alpha", R"("status":"failed","error_code":"unavailable")",
                        attempts("alpha", 3, refused, refused)) +
                    "," +
                    row(2, "alpha", R"("status":"success","superseded_by":null)",
                        attempts("alpha", 1, "null", taken));
  const auto text = report(rows, "success", R"("delivered")");
  BOOST_TEST(
      text.ends_with("  #2  alpha  success\n"
                     "      2026-01-01T00:00:09.000Z  alpha  0.5 ms  accepted\n"));
  BOOST_TEST(text.find("to +1555: success, delivered\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_attempt_of_an_older_release_has_no_time) {
  const auto old = json::parse(
      R"({"attempts":[{"provider":"alpha","provider_type":"sms","count":1,"first":null,)"
      R"("last":{"began_at":null,"ended_at":null,"duration_ms":null,"outcome":"throttled",)"
      R"("answer":null}}]})");
  const auto own = own_attempts(old.as_object(), nullptr);
  BOOST_REQUIRE_EQUAL(own.size(), 1u);
  BOOST_TEST(attempt_line(own[0]) == "alpha  time not noted  throttled");
  BOOST_TEST(own_attempts(old.as_object(), &old.as_object()).empty());
}

BOOST_AUTO_TEST_CASE(what_is_waited_for_is_said_in_words) {
  const struct {
    std::string members;
    std::string_view text;
  } rows[]{
      {R"("reason":"scheduled","provider":null,"next_at":"T2","attempts":0,"until":"T3")",
       "waits for its time, T2; 0 attempts since T1; given up at T3"},
      {R"("reason":"turn","provider":"alpha","next_at":null,"attempts":1,"until":null)",
       "waits for its turn at alpha; 1 attempt since T1"},
      {R"("reason":"provider_down","provider":"alpha","next_at":null,"attempts":7,"until":"T3")",
       "waits for alpha, which is down; 7 attempts since T1; given up at T3"},
      {R"("reason":"provider_off","provider":"alpha","next_at":null,"attempts":0,"until":null)",
       "waits for alpha, which is switched off or not configured; 0 attempts since T1"},
      {R"("reason":"throttled","provider":"alpha","next_at":"T2","attempts":2,"until":null)",
       "alpha asked to wait until T2; 2 attempts since T1"},
      {R"("reason":"next_round","provider":null,"next_at":"T2","attempts":2,"until":null)",
       "all providers were tried; tried again at T2; 2 attempts since T1"},
      {R"("reason":"retry","provider":null,"next_at":"T2","attempts":2,"until":null)",
       "the next attempt is at T2; 2 attempts since T1"},
      {R"("reason":"full_moon","provider":null,"next_at":null,"attempts":2,"until":null)",
       "waits: full_moon; 2 attempts since T1"}};
  for (const auto& one : rows)
    BOOST_TEST(waiting_text(json::parse("{" + one.members + R"(,"since":"T1"})").as_object()) ==
               one.text);
  BOOST_TEST(waiting_text({}) == "");
}

BOOST_AUTO_TEST_CASE(what_a_transaction_waits_for_is_its_last_line) {
  const auto rows = row(1, "alpha",
                        R"("status":"pending","waits_for":{"reason":"turn","provider":"alpha",)"
                        R"("attempts":1,"since":"T1","until":null,"next_at":null})",
                        attempts("alpha", 1, "null", refused));
  BOOST_TEST(report(rows, "pending", "null")
                 .ends_with("unavailable, connection refused\n"
                            "      waits for its turn at alpha; 1 attempt since T1\n"));
}

BOOST_AUTO_TEST_CASE(an_outcome_that_says_nothing_new_is_left_out) {
  const auto rows =
      row(1, "alpha", R"("status":"failed","error_code":"no_route","final":true)", "");
  BOOST_TEST(report(rows, "failed", R"("failed")")
                 .ends_with("to +1555: failed\n"
                            "  #1  alpha  failed: no_route; no further attempt\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
