#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

/// Two mail servers, "alpha" and "beta", at smtp://alpha.test and smtp://beta.test.
struct suspicion_fixture : pipeline_fixture {
  static actors::provider_settings mail_provider(const std::string& name, int priority) {
    actors::provider_settings mail;
    mail.name = name;
    mail.type = "email";
    mail.priority = priority;
    mail.timeout = 30s;
    mail.keys = {{"url", "smtp://" + name + ".test"}, {"from", "robot@example.net"}};
    return mail;
  }
  static scripted_engine::answer answered(actors::smtp_command to, int code, std::string text) {
    actors::transfer_result result;
    result.stage = actors::transfer_stage::reply_complete;
    result.status = code;
    result.replies = {{to, code, std::move(text)}};
    return {std::move(result), 20ms};
  }
  static scripted_engine::answer taken(const std::string&) {
    return answered(actors::smtp_command::message, 250, "2.0.0 Ok: queued as 4W7abc");
  }
  /// In the words of a server that has blocked the account, with the id of each session.
  scripted_engine::answer blocked() {
    const auto id = std::to_string(++sessions);
    return answered(actors::smtp_command::message, 554,
                    "5.7.1 [" + id + "] Your account is blocked");
  }

  void begin(std::vector<actors::provider_settings> providers) {
    settings.providers = std::move(providers);
    settings.messaging.default_provider_type = "email";
    replies["alpha"] = [this](const auto&) { return broken ? blocked() : taken({}); };
    replies["beta"] = taken;
    start();
  }
  persistence::message_id post(int number) {
    const auto receipt =
        send("message " + std::to_string(number), "user" + std::to_string(number) + "@example.org");
    BOOST_REQUIRE(receipt);
    return receipt->message;
  }
  std::string state(const persistence::message_id& id) {
    return std::string(to_string(status(id).status));
  }

  bool broken = true;
  int sessions = 0;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(suspicion, suspicion_fixture)

BOOST_AUTO_TEST_CASE(
    messages_wait_for_a_provider_that_rejects_all_of_them_and_end_when_it_is_mended) {
  begin({mail_provider("alpha", 1)});
  std::vector<persistence::message_id> sent;
  for (int i = 0; i < 20; ++i) {
    sent.push_back(post(i));
    process->run_for(100ms);
  }
  process->run_for(10s);
  for (int i = 0; i < 4; ++i)
    BOOST_TEST(state(sent[static_cast<std::size_t>(i)]) == "failed");
  for (int i = 4; i < 20; ++i)
    BOOST_TEST(state(sent[static_cast<std::size_t>(i)]) == "pending");
  // Four, the fifth, and a probe after 1, 2 and 4 seconds.
  BOOST_TEST(calls["alpha"] <= 9);
  broken = false;
  process->run_for(10min);
  for (int i = 4; i < 20; ++i)
    BOOST_TEST(state(sent[static_cast<std::size_t>(i)]) == "success");
  verify();
}

BOOST_AUTO_TEST_CASE(they_go_to_the_next_provider_at_once_where_there_is_one) {
  begin({mail_provider("alpha", 1), mail_provider("beta", 2)});
  std::vector<persistence::message_id> sent;
  for (int i = 0; i < 20; ++i) {
    sent.push_back(post(i));
    process->run_for(100ms);
  }
  process->run_for(10s);
  for (const auto& id : sent)
    BOOST_TEST(state(id) == "success");
  BOOST_TEST(calls["alpha"] <= 9);
  verify();
}

/// However many, and with codes or without: what it may cost is a second now and then.
BOOST_AUTO_TEST_CASE(many_dead_addresses_do_not_keep_a_healthy_provider_away) {
  for (const auto* text : {"5.1.1 user unknown", "no such user"}) {
    BOOST_TEST_CONTEXT(text) {
      begin({mail_provider("alpha", 1)});
      int number = 0;
      // Every seventh lives.
      replies["alpha"] = [&number, text](const auto&) {
        return ++number % 7 == 0 ? taken({}) : answered(actors::smtp_command::rcpt, 550, text);
      };
      const auto begun = clock.wall();
      std::vector<persistence::message_id> sent;
      for (int i = 0; i < 70; ++i)
        sent.push_back(post(i));
      const auto ended = [&] {
        return std::ranges::all_of(sent, [&](const auto& id) {
          const auto now = state(id);
          return now == "success" || now == "failed";
        });
      };
      while (!ended() && clock.wall() - begun < 1h)
        process->run_for(10s);
      BOOST_TEST(ended());
      // At the end it is called as ever.
      replies["alpha"] = taken;
      const auto last = post(999);
      process->run_for(35s);
      BOOST_TEST(state(last) == "success");
      verify();
    }
  }
}

BOOST_AUTO_TEST_CASE(exact_codes_never_suspend_it) {
  begin({mail_provider("alpha", 1)});
  replies["alpha"] = [](const auto&) {
    return answered(actors::smtp_command::rcpt, 550, "5.1.1 user unknown");
  };
  std::vector<persistence::message_id> sent;
  for (int i = 0; i < 30; ++i) {
    sent.push_back(post(i));
    process->run_for(100ms);
  }
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 30);
  for (const auto& id : sent)
    BOOST_TEST(state(id) == "failed");
  verify();
}

BOOST_AUTO_TEST_CASE(reading_the_configuration_again_ends_a_suspicion) {
  begin({mail_provider("alpha", 1)});
  for (int i = 0; i < 20; ++i) {
    post(i);
    process->run_for(100ms);
  }
  // The next probe is 16 s after the last one at least.
  process->run_for(20s);
  const int before = calls["alpha"];
  process->run_for(2s);
  BOOST_TEST(calls["alpha"] == before);
  broken = false;
  bool answered = false;
  process->reload(settings.providers, [&](const auto& report) { answered = report.has_value(); });
  process->run_for(2s);
  BOOST_TEST(answered);
  BOOST_TEST(calls["alpha"] > before);
  verify();
}

/// A code that Twilio added for an account's trouble, for instance with regulations.
BOOST_AUTO_TEST_CASE(an_unknown_code_for_one_recipient_after_the_other_is_the_providers) {
  for (const auto& [code, suspected] : {std::pair("21211", false), std::pair("99999", true)}) {
    BOOST_TEST_CONTEXT(code) {
      auto twilio = mail_provider("alpha", 1);
      twilio.type = "sms";
      twilio.keys = twilio_keys();
      settings.providers = {twilio};
      settings.messaging.default_provider_type = "sms";
      start();
      calls.clear();
      replies["alpha"] = [code](const auto&) {
        return scripted_engine::answer{
            http_reply(400, R"({"code":)" + std::string(code) +
                                R"(,"message":"Not allowed","status":400})"),
            20ms};
      };
      std::vector<persistence::message_id> sent;
      for (int i = 0; i < 12; ++i) {
        const auto receipt = send("message", "+1555000000" + std::to_string(i % 10) + "1");
        BOOST_REQUIRE(receipt);
        sent.push_back(receipt->message);
        process->run_for(100ms);
      }
      BOOST_TEST(state(sent[3]) == "failed");
      BOOST_TEST(state(sent[11]) == (suspected ? "pending" : "failed"));
      // Five, and probes after 1 and 2 seconds.
      BOOST_TEST((suspected ? calls["alpha"] <= 7 : calls["alpha"] == 12));
    }
  }
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
