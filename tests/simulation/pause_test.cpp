#include "tests/simulation/reroute_fixture.hpp"

#include <utility>

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

BOOST_FIXTURE_TEST_SUITE(pauses, reroute_fixture)

BOOST_AUTO_TEST_CASE(a_pause_that_is_longer_than_the_retry_delay_is_not_waited_for) {
  settings.messaging.retry_delay = 1min;
  replies["alpha"] = [](const std::string& body) {
    auto answer = throttled(body, 600);
    answer.after = 1s;
    return answer;
  };
  start();
  send_many(30);
  process->run_for(5s);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 28}, {2, 2}}));
  BOOST_TEST(calls["alpha"] == 2);
  // New ones go elsewhere too, until the pause is over.
  ids.clear();
  send_many(5);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 2);
  replies["alpha"] = success;
  process->run_for(10min);
  ids.clear();
  send_many(5);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 7);
  verify();
}

BOOST_AUTO_TEST_CASE(a_pause_that_is_put_off_ends_too) {
  settings.messaging.retry_delay = 1min;
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 2;
  int answered = 0;
  replies["alpha"] = [&](const std::string& body) {
    if (answered++ >= 2) return success(body);
    auto answer = throttled(body, answered == 1 ? 300 : 600);
    answer.after = 1s;
    return answer;
  };
  start();
  send_many(4);
  process->run_for(9min);
  BOOST_TEST(calls["alpha"] == 2);
  process->run_for(1h);
  BOOST_TEST(calls["alpha"] == 6);
  verify();
}

BOOST_AUTO_TEST_CASE(a_pause_of_no_time_at_all_is_a_second) {
  settings.providers.resize(1);
  auto& alpha = settings.providers[0];
  alpha.type = "sms";
  alpha.keys = {{"api", "kannel"},
                {"url", "http://alpha.test/cgi-bin/sendsms"},
                {"username", "someone"},
                {"password", "something"},
                {"from", "+15550001111"}};
  replies["alpha"] = [](const std::string&) {
    auto busy = http_reply(503, "Temporal failure, try again later.");
    busy.headers.emplace_back("retry-after", "0");
    return scripted_engine::answer{std::move(busy), 20ms};
  };
  start();
  send_many(1);
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] > 30);
  BOOST_TEST(calls["alpha"] <= 61);
  verify();
}

BOOST_AUTO_TEST_CASE(a_shorter_pause_is_waited_for) {
  settings.messaging.retry_delay = 1min;
  int throttled_calls = 0;
  replies["alpha"] = [&](const std::string& body) {
    return throttled_calls++ < 2 ? throttled(body, 20) : success(body);
  };
  start();
  send_many(10);
  process->run_for(40s);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 10}}));
  BOOST_TEST(calls["beta"] == 0);
  BOOST_TEST(calls["alpha"] == 12);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
