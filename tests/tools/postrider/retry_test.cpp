#include "tests/tools/postrider/command_world.hpp"

namespace postrider::cli::tests {

BOOST_FIXTURE_TEST_SUITE(retry_, command_world)

BOOST_AUTO_TEST_CASE(retry_tells_how_many_are_tried_again_and_which_not) {
  script = {answered("POST", "/v1/retry", "{}", 200,
                     R"({"selected":3,"retried":2,"skipped":[{"id":5,"reason":"it is final"}]})")};
  BOOST_TEST(run({"retry"}) == done);
  BOOST_TEST(out.str() == "2 of 3 transactions are retried now\n  not #5: it is final\n");
}

BOOST_AUTO_TEST_CASE(retry_without_anything_to_retry_says_so) {
  script = {answered("POST", "/v1/retry", "{}", 200, R"({"selected":0,"retried":0,"skipped":[]})")};
  BOOST_TEST(run({"retry"}) == done);
  BOOST_TEST(out.str() == "no transaction waits for a retry or its next round\n");
}

BOOST_AUTO_TEST_CASE(retry_sends_its_filters_and_goes_on_until_all_were_seen) {
  const std::string filters =
      R"({"user_id":7,"provider":"sms","error_code":"unavailable",)"
      R"("created_after":"2026-01-01T00:00:00Z","created_before":"2026-01-02T00:00:00Z",)"
      R"("include_final":true)";
  script = {answered("POST", "/v1/retry", filters + "}", 200,
                     R"({"selected":1000,"retried":999,"skipped":[{"id":5,"reason":"no"}],)"
                     R"("has_more":true,"next_cursor":"4.1.2"})"),
            answered("POST", "/v1/retry", filters + R"(,"cursor":"4.1.2"})", 200,
                     R"({"selected":2,"retried":2,"skipped":[],"next_cursor":null})")};
  BOOST_TEST(run({"retry", "--user", "7", "--provider", "sms", "--error", "unavailable",
                  "--created-after", "2026-01-01T00:00:00Z", "--created-before",
                  "2026-01-02T00:00:00Z", "--include-final"}) == done);
  BOOST_TEST(out.str() == "1001 of 1002 transactions are retried now\n  not #5: no\n");
}

BOOST_AUTO_TEST_CASE(retry_that_fails_on_the_way_tells_what_was_done_and_how_to_go_on) {
  const std::string first = R"({"selected":1000,"retried":999,"skipped":[{"id":5,"reason":"no"}],)"
                            R"("has_more":true,"next_cursor":"4.1.2"})";
  const std::vector fail_twice{answered("POST", "/v1/retry", R"({"user_id":7})", 200, first),
                               answered("POST", "/v1/retry", R"({"user_id":7,"cursor":"4.1.2"})",
                                        500, R"({"code":"internal","detail":"a fault"})")};
  script.assign(fail_twice.begin(), fail_twice.end());
  BOOST_TEST(run({"retry", "--user", "7"}) == failed);
  BOOST_TEST(out.str() == "999 of 1000 transactions are retried now\n  not #5: no\n");
  BOOST_TEST(err.str() ==
             "postrider: the server refused this (500 internal): a fault\n"
             "  not finished; repeat the command with --cursor 4.1.2\n");
  out.str("");
  script.assign(fail_twice.begin(), fail_twice.end());
  BOOST_TEST(run({"retry", "--user", "7", "--json"}) == failed);
  BOOST_TEST(out.str() == R"({"selected":1000,"retried":999,"skipped":[{"id":5,"reason":"no"}],)"
                          R"("has_more":true,"next_cursor":"4.1.2"})"
                          "\n");
  script = {answered("POST", "/v1/retry", R"({"user_id":7,"cursor":"4.1.2"})", 200,
                     R"({"selected":2,"retried":2,"skipped":[],"next_cursor":null})")};
  BOOST_TEST(run({"retry", "--user", "7", "--cursor", "4.1.2"}) == done);
}

BOOST_AUTO_TEST_CASE(retry_comes_again_when_the_server_says_when_and_not_for_ever) {
  const auto later = [](int status, int seconds) {
    auto one = answered("POST", "/v1/retry", "{}", status, R"({"code":"overloaded"})");
    one.reply->retry_after = std::chrono::seconds(seconds);
    return one;
  };
  script = {later(429, 3), later(503, 3600),
            answered("POST", "/v1/retry", "{}", 200,
                     R"({"selected":1,"retried":1,"skipped":[],"next_cursor":null})")};
  BOOST_TEST(run({"retry"}) == done);
  BOOST_TEST((now.time_since_epoch() == std::chrono::seconds(63)));
  script = {later(503, 1), later(503, 1), later(503, 1), later(503, 1), later(503, 1)};
  BOOST_TEST(run({"retry"}) == failed);
  BOOST_TEST(script.empty());
  // Without a time it is not known whether coming again is of use.
  script = {later(503, 0)};
  BOOST_TEST(run({"retry"}) == failed);
}

BOOST_AUTO_TEST_CASE(retry_tells_what_it_would_do) {
  script = {answered("POST", "/v1/retry", R"({"ids":[3,4],"dry_run":true})", 200,
                     R"({"selected":2,"retried":0,"skipped":[{"id":4,"reason":"no"}]})")};
  BOOST_TEST(run({"retry", "--id", "3", "--id", "4", "--dry-run"}) == done);
  BOOST_TEST(out.str() == "1 of 2 transactions would be retried\n  not #4: no\n");
  script = {answered("POST", "/v1/retry", R"({"message_id":"x"})", 200,
                     R"({"selected":0,"retried":0,"skipped":[]})")};
  BOOST_TEST(run({"retry", "--message", "x"}) == done);
  BOOST_TEST(out.str().ends_with("no transaction to retry\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
