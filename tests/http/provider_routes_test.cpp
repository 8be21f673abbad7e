#include "server_fixture.hpp"

using namespace postrider;
using namespace std::chrono_literals;

namespace {

std::string patch(std::string_view target, std::string_view json) {
  auto request = test::post(target, json);
  return request.replace(0, 4, "PATCH");
}

actors::service_error no_such_provider() {
  return {actors::service_errc::not_found, "there is no provider \"beta\"", {}, {}};
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(provider_routes, test::server_fixture)

BOOST_AUTO_TEST_CASE(switch_a_provider_off_and_on) {
  std::string seen;
  gateway.on_switch_provider = [&](auto name, bool on, auto done) {
    seen += name + (on ? " on; " : " off; ");
    if (name == "beta") return done(no_such_provider());
    actors::provider_info info;
    info.name = name;
    info.type = "signal";
    info.active = on;
    if (on) info.paused_until = actors::time_point(1'700'000'000s);
    done(info);
  };
  const auto off = ask(patch("/v1/providers/signal%2Dmain", R"({"active":false})"));
  BOOST_TEST(off.status == 200);
  BOOST_TEST(off.body.starts_with(
      R"({"name":"signal-main","type":"signal","priority":0,"active":false,"circuit":)"));
  BOOST_TEST(off.body.find(R"("challenge":null)") != std::string::npos);
  BOOST_TEST(off.body.find(R"("paused_until":null)") != std::string::npos);
  const auto on = ask(patch("/v1/providers/signal-main", R"({"active":true})"));
  BOOST_TEST(on.status == 200);
  BOOST_TEST(on.body.find(R"("paused_until":"2023-11-14T22:13:20.000Z")") != std::string::npos);
  BOOST_TEST(ask(patch("/v1/providers/beta", R"({"active":true})")).status == 404);
  BOOST_TEST(seen == "signal-main off; signal-main on; beta on; ");
}

BOOST_AUTO_TEST_CASE(change_nothing_else_of_a_provider) {
  for (const char* wrong : {R"({})", R"({"active":"no"})", R"({"active":null})",
                            R"({"active":true,"priority":1})", R"([true])"})
    BOOST_TEST(ask(patch("/v1/providers/alpha", wrong)).status == 422, wrong);
  const auto answer = ask("DELETE /v1/providers/alpha HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(answer.status == 405);
  BOOST_TEST(answer.field("allow") == "GET, HEAD, PATCH");
}

BOOST_AUTO_TEST_CASE(try_a_provider_with_one_message) {
  std::string seen;
  gateway.on_try_provider = [&](auto name, auto recipient, auto done) {
    seen += name + " " + recipient.text + recipient.email + "; ";
    if (name == "beta") return done(no_such_provider());
    done(actors::provider_trial{"alpha", "+15551234567", "unavailable", "connection refused", "",
                                1500us});
  };
  const auto answer =
      ask(test::post("/v1/providers/alpha/test", R"({"recipient":"+15551234567"})"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.body ==
             R"({"provider":"alpha","address":"+15551234567","outcome":"unavailable",)"
             R"("detail":"connection refused","provider_ref":null,"took_ms":1.5})");
  BOOST_TEST(ask(test::post("/v1/providers/beta/test", R"({"recipient":{"email":"a@b.example"}})"))
                 .status == 404);
  BOOST_TEST(seen == "alpha +15551234567; beta a@b.example; ");
  BOOST_TEST(ask(test::post("/v1/providers/alpha/test", R"({})")).status == 422);
  BOOST_TEST(ask(test::post("/v1/providers/alpha/test", R"({"recipient":{}})")).status == 422);
}

BOOST_AUTO_TEST_CASE(answer_a_captcha) {
  std::string seen;
  gateway.on_answer_challenge = [&](auto name, auto answer, auto done) {
    seen += name + " " + answer.captcha + " " + answer.token + "; ";
    if (name == "beta") return done(no_such_provider());
    actors::provider_info info;
    info.name = name;
    info.challenge = {"4ab7", actors::time_point(1'763'869'200'123ms)};
    done(info);
  };
  const auto answer = ask(test::post("/v1/providers/alpha/challenge",
                                     R"({"captcha":" signalcaptcha://x\n","token":"2fd3"})"));
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(
      answer.body.find(R"("challenge":{"token":"4ab7","since":"2025-11-23T03:40:00.123Z"})") !=
      std::string::npos);
  BOOST_TEST(ask(test::post("/v1/providers/beta/challenge", R"({"captcha":"c"})")).status == 404);
  BOOST_TEST(seen == "alpha signalcaptcha://x 2fd3; beta c ; ");
  for (const char* wrong :
       {R"({})", R"({"token":"2fd3"})", R"({"captcha":""})", R"({"captcha":"  "})",
        R"({"captcha":"a b"})", R"({"captcha":"ü"})", R"({"captcha":"a\u0000b"})",
        R"({"captcha":7})", R"({"captcha":"c","token":""})", R"({"captcha":"c","more":1})"})
    BOOST_TEST(ask(test::post("/v1/providers/alpha/challenge", wrong)).status == 422, wrong);
}

BOOST_AUTO_TEST_CASE(tell_which_kinds_of_providers_there_are) {
  gateway.types = {
      {"signal",
       "By Signal.",
       {{"url", "text", "", "Where it is.", true}, {"api", "text", "rpc", "Which one.", false}}},
      {"email", "By SMTP.", {}}};
  BOOST_TEST(
      ask(test::get("/v1/provider-types")).body ==
      R"({"data":[{"name":"signal","help":"By Signal.","keys":[)"
      R"({"name":"url","kind":"text","required":true,"default":null,"help":"Where it is."},)"
      R"({"name":"api","kind":"text","required":false,"default":"rpc","help":"Which one."}]},)"
      R"({"name":"email","help":"By SMTP.","keys":[]}]})");
}

BOOST_AUTO_TEST_SUITE_END()
