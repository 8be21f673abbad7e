#include "tests/simulation/reroute_fixture.hpp"

#include <algorithm>

/// A provider that asks for a captcha: it is shown, and a person answers it.
namespace postrider::tests {
namespace {

using answered = std::optional<actors::result<actors::provider_info>>;

struct challenge_fixture : reroute_fixture {
  challenge_fixture() {
    replies["alpha"] = [this](const std::string& body) {
      if (body.find("submitRateLimitChallenge") == body.npos) return asks_captcha(body);
      submitted.push_back(body);
      return scripted_engine::answer{http_reply(200, verdict), 20ms};
    };
    replies["beta"] = success;
  }

  scripted_engine::answer asks_captcha(const std::string& body) const {
    auto reply = signal_failure(body, "RATE_LIMIT_FAILURE", limit_seconds);
    const std::string seconds = R"("retryAfterSeconds")";
    reply.body.insert(reply.body.find(seconds), R"("token":"2fd3",)");
    return {std::move(reply), 20ms};
  }

  actors::result<actors::provider_info> answer(const std::string& name,
                                               actors::challenge_input given) {
    auto told = std::make_shared<answered>();
    process->gateway().answer_challenge(name, std::move(given),
                                        [told](auto result) { *told = std::move(result); });
    process->run_until([&] { return told->has_value(); }, 60s);
    BOOST_REQUIRE(told->has_value());
    return **told;
  }

  std::optional<actors::challenge_info> challenge_of(const std::string& name) {
    auto all =
        std::make_shared<std::optional<actors::result<std::vector<actors::provider_info>>>>();
    process->gateway().providers([all](auto result) { *all = std::move(result); });
    process->run_until([&] { return all->has_value(); }, 60s);
    BOOST_REQUIRE(all->has_value());
    const auto found = std::ranges::find(***all, name, &actors::provider_info::name);
    BOOST_REQUIRE(found != (*all)->value().end());
    return found->challenge;
  }

  /// Messages by their status.
  std::map<std::string, int> statuses() {
    std::map<std::string, int> counts;
    for (const auto& id : ids)
      ++counts[std::string(to_string(status(id).status))];
    return counts;
  }

  int limit_seconds = 3'600;
  std::vector<std::string> submitted;
  std::string verdict = R"({"jsonrpc":"2.0","result":{},"id":"challenge"})";
};

BOOST_FIXTURE_TEST_SUITE(challenges, challenge_fixture)

BOOST_AUTO_TEST_CASE(is_shown_and_answered_with_the_last_token) {
  start();
  BOOST_TEST(!challenge_of("alpha"));
  BOOST_REQUIRE(send("captcha"));
  process->run_for(10s);
  const auto shown = challenge_of("alpha");
  BOOST_REQUIRE(shown);
  BOOST_TEST(shown->token == "2fd3");
  BOOST_TEST((shown->since > persistence::time_point()));
  const auto told = answer("alpha", {"signalcaptcha://x", ""});
  BOOST_REQUIRE(told);
  BOOST_TEST(told->name == "alpha");
  BOOST_TEST(!told->challenge);
  BOOST_REQUIRE(submitted.size() == 1u);
  BOOST_TEST(submitted[0].find(R"("challenge":"2fd3")") != std::string::npos);
  BOOST_TEST(submitted[0].find(R"("captcha":"signalcaptcha://x")") != std::string::npos);
  // Nothing more is to be answered.
  const auto again = answer("alpha", {"signalcaptcha://x", ""});
  BOOST_REQUIRE(!again);
  BOOST_TEST((again.error().code == actors::service_errc::conflict));
  verify();
}

BOOST_AUTO_TEST_CASE(ends_by_itself_when_the_limit_does) {
  start();
  BOOST_REQUIRE(send("captcha"));
  process->run_for(10s);
  BOOST_TEST(challenge_of("alpha").has_value());
  replies["alpha"] = success;
  process->run_for(1h);
  BOOST_TEST(!challenge_of("alpha"));
}

/// Signal names a day, and lifts the limit when the captcha is solved. More messages wait for it
/// than one answer of a retry by hand is about.
BOOST_AUTO_TEST_CASE(what_waited_for_it_goes_when_it_is_solved) {
  constexpr int count = 1'100;
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 50;
  limit_seconds = 86'400;
  start();
  send_many(count);
  process->run_for(5min);
  BOOST_TEST(calls["alpha"] == count);
  // A person who only repeats it does not hurry the time that Signal named.
  process->gateway().retry({}, [](const auto&) {});
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == count);
  BOOST_TEST(statuses()["success"] == 0);
  bool solved = false;
  replies["alpha"] = [&](const std::string& body) {
    if (body.find("submitRateLimitChallenge") == body.npos)
      return solved ? success(body) : asks_captcha(body);
    solved = true;
    return scripted_engine::answer{http_reply(200, verdict), 20ms};
  };
  BOOST_REQUIRE(answer("alpha", {"signalcaptcha://x", ""}));
  process->run_for(1min);
  BOOST_TEST(statuses()["success"] == count);
  BOOST_TEST(calls["alpha"] == 2 * count + 1);
  for (const auto& id : {ids.front(), ids.back()}) {
    const auto chain = status(id).recipients.at(0).transactions;
    BOOST_REQUIRE(chain.size() == 1u);
    BOOST_TEST(chain[0].transaction.retries_used == 0);
    BOOST_TEST(!chain[0].transaction.possible_duplicate);
  }
  verify();
}

BOOST_AUTO_TEST_CASE(a_captcha_that_was_refused_lifts_nothing) {
  settings.providers.resize(1);
  limit_seconds = 86'400;
  verdict = R"({"error":{"code":-6,"message":"Captcha rejected, it may be outdated"}})";
  start();
  send_many(1);
  process->run_for(5min);
  BOOST_REQUIRE(!answer("alpha", {"signalcaptcha://x", ""}));
  process->run_for(1h);
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(submitted.size() == 1u);
  BOOST_TEST(statuses()["success"] == 0);
}

BOOST_AUTO_TEST_CASE(a_refused_answer_is_told_in_the_providers_words_and_stays_open) {
  start();
  BOOST_REQUIRE(send("captcha"));
  process->run_for(10s);
  verdict = R"({"error":{"code":-6,"message":"Captcha rejected, it may be outdated"}})";
  const auto told = answer("alpha", {"signalcaptcha://x", ""});
  BOOST_REQUIRE(!told);
  BOOST_TEST((told.error().code == actors::service_errc::invalid));
  BOOST_REQUIRE(told.error().problems.size() == 1u);
  BOOST_TEST(told.error().problems[0].pointer == "/captcha");
  BOOST_TEST(told.error().problems[0].detail == "Captcha rejected, it may be outdated");
  BOOST_TEST(challenge_of("alpha").has_value());
  verdict = "<html>";
  const auto lost = answer("alpha", {"signalcaptcha://x", ""});
  BOOST_REQUIRE(!lost);
  BOOST_TEST((lost.error().code == actors::service_errc::timeout));
  BOOST_TEST(challenge_of("alpha").has_value());
}

BOOST_AUTO_TEST_CASE(a_token_of_another_server_can_be_named) {
  start();
  BOOST_REQUIRE(answer("alpha", {"signalcaptcha://x", "4ab7"}));
  BOOST_REQUIRE(submitted.size() == 1u);
  BOOST_TEST(submitted[0].find(R"("challenge":"4ab7")") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_provider_without_challenges_says_what_to_do) {
  settings.providers[1].type = "sms";
  settings.providers[1].keys = {{"api", "kannel"},
                                {"url", "http://beta.test"},
                                {"username", "someone"},
                                {"password", "something"},
                                {"from", "+15550001111"}};
  start();
  const auto told = answer("beta", {"signalcaptcha://x", "4ab7"});
  BOOST_REQUIRE(!told);
  BOOST_TEST((told.error().code == actors::service_errc::invalid));
  BOOST_TEST(
      told.error().detail ==
      "provider \"beta\" is of type sms, which asks for no captchas; name a Signal provider");
  const auto nobody = answer("delta", {"signalcaptcha://x", ""});
  BOOST_REQUIRE(!nobody);
  BOOST_TEST((nobody.error().code == actors::service_errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
