#include "tests/tools/postrider/command_world.hpp"
#include "tests/tools/postrider/reading.hpp"

namespace postrider::cli::tests {
namespace {

const std::string message_id = "0193a5c0-7c1e-7b3a-9d57-3f1c2b4a5d6e";
const std::string message_target = "/v1/messages/" + message_id;
const std::string receipt =
    R"({"id":1,"message_id":")" + message_id +
    R"(","status":"pending","transactions":[)"
    R"({"id":1,"recipient":"+15551234567","provider":"alpha","status":"pending"}]})";

std::string row(int id, const std::string& provider, const std::string& rest) {
  return R"({"id":)" + std::to_string(id) + R"(,"provider":")" + provider +
         R"(","updated_at":"2026-01-01T00:00:0)" + std::to_string(id) + R"(.000Z",)" + rest + "}";
}

const std::string pending =
    R"("status":"pending","error_code":null,"superseded_by":null,"final":false)";
const std::string success =
    R"("status":"success","provider_ref":"1700","superseded_by":null,"final":true)";
const std::string refused_then_2 =
    R"("status":"failed","error_code":"unavailable","error_message":"connection refused","superseded_by":2,"final":false)";
const std::string refused_for_good =
    R"("status":"failed","error_code":"recipient_rejected","error_message":null,"superseded_by":null,"final":true)";
const std::string waits =
    R"("status":"failed","error_code":"unavailable","error_message":"","superseded_by":null,)"
    R"("next_retry_at":"2026-01-01T00:03:00.000Z","final":false)";

std::string message(const std::string& status, const std::string& rows) {
  return R"({"message_id":")" + message_id + R"(","status":")" + status +
         R"(","recipients":[{"recipient":"+15551234567","status":")" + status +
         R"(","transactions":[)" + rows + "]}]}";
}

exchange asked(const std::string& status, const std::string& rows) {
  return answered("GET", message_target, "", 200, message(status, rows));
}

exchange sent(const std::string& body) {
  return answered("POST", "/send/message", body, 202, receipt);
}

const std::string one_body = R"({"user_id":1,"message":"hello","recipients":["+15551234567"]})";
const std::vector<std::string> send_one{"send", "--user", "1", "--to", "+15551234567", "hello"};

std::vector<std::string> and_also(std::vector<std::string> arguments,
                                  const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(server_commands_, command_world)

BOOST_AUTO_TEST_CASE(send_posts_the_message_and_prints_its_ids) {
  script = {sent(one_body)};
  BOOST_TEST(run(send_one) == done);
  BOOST_TEST(out.str() == "accepted as message " + message_id +
                              "\n  #1 to +15551234567 through alpha: pending\n");
  BOOST_TEST(err.str() == "");
}

BOOST_AUTO_TEST_CASE(send_takes_several_recipients_a_type_and_texts_that_look_like_options) {
  script = {sent(R"({"user_id":7,"message":"--hello","recipients":["+1","+2"],"type":"signal"})")};
  BOOST_TEST(run({"send", "--user", "7", "--to", "+1", "--to", "+2", "--type", "signal", "--",
                  "--hello"}) == done);
}

BOOST_AUTO_TEST_CASE(send_without_a_recipient_leaves_it_to_the_users_list) {
  script = {sent(R"({"user_id":1,"message":"hello"})")};
  BOOST_TEST(run({"send", "--user", "1", "hello"}) == done);
}

BOOST_AUTO_TEST_CASE(send_reads_the_text_from_the_standard_input) {
  in.str("two\nlines\n");
  script = {sent(R"({"user_id":1,"message":"two\nlines"})")};
  BOOST_TEST(run({"send", "--user", "1", "-"}) == done);
}

BOOST_AUTO_TEST_CASE(send_takes_all_that_a_message_can_have) {
  write("page.html", "<p>At eight?</p>");
  write("empty.html", "");
  write("large.html", std::string((16u << 20) + 1, 'x'));
  script = {sent(R"({"user_id":1,"message":"hello","recipients":["ann@example.org"],)"
                 R"("subject":"Dinner","html":"<p>At eight?</p>","priority":"high",)"
                 R"("send_at":"2026-11-23T05:06:07Z","ttl":7200,)"
                 R"("metadata":{"order":"17","note":"a=b"}})")};
  script.front().idempotency_key = "dinner-7";
  BOOST_TEST(run({"send",
                  "--user",
                  "1",
                  "--to",
                  "ann@example.org",
                  "--subject",
                  "Dinner",
                  "--html",
                  "@page.html",
                  "--priority",
                  "high",
                  "--send-at",
                  "2026-11-23T05:06:07Z",
                  "--ttl",
                  "2h",
                  "--idempotency-key",
                  "dinner-7",
                  "--metadata",
                  "order=17",
                  "--metadata",
                  "note=a=b",
                  "hello"}) == done);
  BOOST_TEST(err.str() == "");
  const std::pair<std::vector<std::string>, std::string> wrongs[]{
      {{"--html", "@nowhere.html"}, "cannot read nowhere.html: No such file or directory\n"},
      {{"--html", "@."}, "cannot read .: it is a directory\n"},
      {{"--html", "@empty.html"}, "--html: empty.html is empty; leave the option out instead\n"},
      {{"--html", "@/dev/null"}, "--html: /dev/null is empty"},
      {{"--html", "@large.html"}, "large.html has more than 16 MiB"},
      {{"--ttl", "soon"}, "--ttl is \"soon\"; expected a duration"},
      {{"--ttl", "10ms"}, "--ttl is"},
      {{"--metadata", "order"}, "--metadata is \"order\"; expected NAME=VALUE"},
      {{"--metadata", "=17"}, "expected NAME=VALUE"},
      {{"--idempotency-key", "a\r\nX-Other: b"}, "only printable ASCII"},
      {{"--priority", "urgent"}, "--priority"}};
  for (const auto& [options, said] : wrongs) {
    err.str("");
    BOOST_TEST(run(and_also(send_one, options)) == usage);
    BOOST_TEST(err.str().find(said) != std::string::npos, err.str());
  }
}

BOOST_AUTO_TEST_CASE(send_shows_every_error_of_a_refusal_with_its_pointer) {
  script = {answered(
      "POST", "/send/message", one_body, 422,
      R"({"title":"Invalid request","status":422,"detail":"2 values are wrong","code":"invalid",)"
      R"("request_id":"r-1","errors":[{"pointer":"/recipients/0","code":"x","detail":"too short"},)"
      R"({"pointer":"","code":"y","detail":"too much"}]})")};
  BOOST_TEST(run(send_one) == failed);
  BOOST_TEST(err.str() ==
             "postrider: the server refused this (422 invalid): 2 values are wrong\n"
             "  /recipients/0: too short\n"
             "  the request: too much\n"
             "  request id r-1\n");
  BOOST_TEST(out.str() == "");
}

BOOST_AUTO_TEST_CASE(send_shows_what_happens_until_the_message_has_arrived) {
  script = {sent(one_body), asked("pending", row(1, "alpha", pending)),
            asked("pending", row(1, "alpha", pending)),
            asked("pending", row(1, "alpha", refused_then_2) + "," + row(2, "beta", pending)),
            asked("success", row(1, "alpha", refused_then_2) + "," + row(2, "beta", success))};
  BOOST_TEST(run(and_also(send_one, {"--wait"})) == done);
  BOOST_TEST(out.str() == "accepted as message " + message_id +
                              "\n"
                              "   0.00 s  #1 through alpha: pending\n"
                              "   0.06 s  #1 through alpha: failed: unavailable, connection "
                              "refused; the next attempt is #2\n"
                              "   0.06 s  #2 through beta: pending\n"
                              "   0.08 s  #2 through beta: success: accepted as 1700\n"
                              "the message: success\n");
}

BOOST_AUTO_TEST_CASE(send_that_waits_is_1_when_the_message_failed) {
  script = {sent(one_body), asked("failed", row(1, "alpha", refused_for_good))};
  BOOST_TEST(run(and_also(send_one, {"--wait"})) == failed);
  BOOST_TEST(
      out.str().ends_with("#1 through alpha: failed: recipient_rejected; no further "
                          "attempt\nthe message: failed\n"));
}

BOOST_AUTO_TEST_CASE(send_waits_no_longer_than_it_may) {
  script = {sent(one_body)};
  for (int i = 0; i < 8; ++i)
    script.push_back(asked("pending", row(1, "alpha", waits)));
  BOOST_TEST(run(and_also(send_one, {"--wait", "--wait-limit", "2s"})) == failed);
  BOOST_TEST(out.str().ends_with("failed: unavailable; tried again at 2026-01-01T00:03:00.000Z\n"));
  BOOST_TEST(err.str() ==
             "postrider: not finished after 2s; see: postrider status " + message_id + "\n");
  BOOST_TEST((now.time_since_epoch() == std::chrono::seconds(2)));
}

BOOST_AUTO_TEST_CASE(send_asks_again_when_the_server_is_away_for_a_moment) {
  script = {sent(one_body),
            {"GET", message_target, "", failure::because("cannot reach it")},
            {"GET", message_target, "", failure::because("cannot reach it")},
            asked("success", row(1, "alpha", success))};
  BOOST_TEST(run(and_also(send_one, {"--wait"})) == done);
  BOOST_TEST(err.str() == "postrider: cannot reach it (retrying)\n");
}

BOOST_AUTO_TEST_CASE(send_gives_machines_the_servers_own_answer) {
  script = {sent(one_body)};
  BOOST_TEST(run(and_also(send_one, {"--json"})) == done);
  BOOST_TEST(out.str() == receipt + "\n");
  out.str("");
  const auto end = message("success", row(1, "alpha", success));
  script = {sent(one_body), asked("success", row(1, "alpha", success))};
  BOOST_TEST(run(and_also(send_one, {"--json", "--wait"})) == done);
  BOOST_TEST(out.str() == end + "\n");
}

BOOST_AUTO_TEST_CASE(status_of_a_transaction_shows_the_whole_message) {
  script = {answered("GET", "/v1/transactions/2", "", 200,
                     R"({"id":2,"message_id":")" + message_id + "\"}"),
            asked("success", row(1, "alpha", refused_then_2) + "," + row(2, "beta", success))};
  BOOST_TEST(run({"status", "2"}) == done);
  // A server without records of attempts.
  BOOST_TEST(out.str() == "message " + message_id +
                              ": success\n"
                              "to +15551234567: success\n"
                              "  #1  alpha  failed: unavailable, connection refused; "
                              "the next attempt is #2\n"
                              "  #2  beta  success: accepted as 1700\n");
}

BOOST_AUTO_TEST_CASE(status_of_a_message_takes_its_id) {
  script = {asked("failed", row(1, "alpha", refused_for_good))};
  BOOST_TEST(run({"status", message_id}) == done);
  BOOST_TEST(out.str().find("failed: recipient_rejected; no further attempt") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(status_gives_machines_what_they_named) {
  script = {answered("GET", "/v1/transactions/2", "", 200, R"({"id":2,"message_id":"x"})")};
  BOOST_TEST(run({"status", "--json", "2"}) == done);
  BOOST_TEST(out.str() == "{\"id\":2,\"message_id\":\"x\"}\n");
}

BOOST_AUTO_TEST_CASE(status_of_what_is_not_there_is_1) {
  script = {answered(
      "GET", "/v1/transactions/9", "", 404,
      R"({"title":"Not found","status":404,"detail":"there is no transaction 9","code":"not_found"})")};
  BOOST_TEST(run({"status", "9"}) == failed);
  BOOST_TEST(err.str() ==
             "postrider: the server refused this (404 not_found): there is no transaction 9\n");
}

BOOST_AUTO_TEST_CASE(with_json_a_refusal_is_printed_as_it_came) {
  const std::string problem = R"({"status":403,"code":"insufficient_scope","detail":"no"})";
  const struct {
    std::vector<std::string> command;
    std::string method, target, body;
  } rows[]{{send_one, "POST", "/send/message", one_body},
           {{"status", "9"}, "GET", "/v1/transactions/9", ""},
           {{"status", message_id}, "GET", message_target, ""},
           {{"retry"}, "POST", "/v1/retry", "{}"},
           {{"explain", "9"}, "GET", "/v1/transactions/9/explain", ""},
           {{"cancel", message_id}, "POST", message_target + "/cancel", ""},
           {{"providers", "challenge", "signal", "--captcha", "c"},
            "POST",
            "/v1/providers/signal/challenge",
            R"({"captcha":"c"})"},
           {{"inspect"}, "GET", "/admin/inspect", ""}};
  for (const auto& row : rows) {
    out.str("");
    err.str("");
    script = {answered(row.method, row.target, row.body, 403, problem)};
    BOOST_TEST(run(and_also(row.command, {"--json"})) == failed, row.command.front());
    BOOST_TEST(out.str() == problem + "\n", row.command.front());
    BOOST_TEST(err.str() == "postrider: the server refused this (403 insufficient_scope): no\n");
  }
}

BOOST_AUTO_TEST_CASE(an_answer_that_is_not_postriders_is_told) {
  script = {answered("POST", "/v1/retry", "{}", 200, "<html>")};
  BOOST_TEST(run({"retry"}) == failed);
  BOOST_TEST(err.str() ==
             "postrider: the answer (status 200) is not from Postrider; check the URL\n");
}

BOOST_AUTO_TEST_CASE(the_server_is_found_by_option_variable_configuration_or_default) {
  const auto used = [this](std::vector<std::string> arguments) {
    script = {answered("POST", "/v1/retry", "{}", 200, "{}")};
    run(std::move(arguments));
    return connected.back().url;
  };
  write("a.toml", "[http]\nlisten = \"127.0.0.1:9\"\n");
  BOOST_TEST(used({"retry"}) == "http://127.0.0.1:8080");
  variables = {{"POSTRIDER_URL", "http://variable"}, {"POSTRIDER_KEY", "pr_secret"}};
  BOOST_TEST(used({"retry"}) == "http://variable");
  BOOST_TEST(used({"retry", "--config", "a.toml"}) == "http://127.0.0.1:9");
  BOOST_TEST(used({"retry", "--config", "a.toml", "--url", "http://option"}) == "http://option");
  BOOST_TEST(connected.back().key == "pr_secret");
  // Every address is none to call.
  variables["POSTRIDER_AUTH__REQUIRED"] = "true";
  write("b.toml", "[http]\nlisten = \"0.0.0.0:8443\"\n");
  BOOST_TEST(used({"retry", "--config", "b.toml"}) == "http://127.0.0.1:8443");
  write("c.toml", "[http]\nlisten = \"[::]:8080\"\n");
  BOOST_TEST(used({"retry", "--config", "c.toml"}) == "http://[::1]:8080");
  write("d.toml", "[http]\nlisten = \"192.0.2.1:8080\"\n");
  BOOST_TEST(used({"retry", "--config", "d.toml"}) == "http://192.0.2.1:8080");
}

BOOST_AUTO_TEST_CASE(a_captcha_is_answered) {
  script = {
      answered("POST", "/v1/providers/signal%20a/challenge", R"({"captcha":"signalcaptcha://x"})",
               200, R"({"name":"signal a","challenge":null})"),
      answered("POST", "/v1/providers/signal/challenge",
               R"({"captcha":"signalcaptcha://x","token":"2fd3"})", 422,
               R"({"status":422,"code":"invalid","detail":"provider \"signal\" refused the )"
               R"(captcha","errors":[{"pointer":"/captcha","code":"captcha_refused",)"
               R"("detail":"Captcha rejected"}]})")};
  BOOST_TEST(run({"providers", "challenge", "signal a", "--captcha", "signalcaptcha://x"}) == done);
  BOOST_TEST(out.str() == "signal a took the captcha\n");
  BOOST_TEST(run({"providers", "challenge", "signal", "--token", "2fd3", "--captcha",
                  "signalcaptcha://x"}) == failed);
  BOOST_TEST(err.str().find("Captcha rejected") != std::string::npos);
  BOOST_TEST(run({"providers", "challenge", "signal"}) == usage);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
