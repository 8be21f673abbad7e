#include "tests/simulation/reroute_fixture.hpp"

#include <algorithm>

namespace postrider::tests {
namespace {

using actors::reload_report;
using names = std::vector<std::string>;

struct reload_fixture : reroute_fixture {
  actors::result<reload_report> reload() {
    auto answer = std::make_shared<std::optional<actors::result<reload_report>>>();
    process->reload(settings.providers, [answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    return **answer;
  }
  actors::provider_settings another(const std::string& name, int priority) const {
    auto provider = settings.providers[0];
    provider.name = name;
    provider.priority = priority;
    provider.keys["url"] = "http://" + name + ".test";
    return provider;
  }
  void remove(const std::string& name) {
    std::erase_if(settings.providers, [&](const auto& one) { return one.name == name; });
  }
  std::optional<actors::provider_info> provider(const std::string& name) {
    auto answer =
        std::make_shared<std::optional<actors::result<std::vector<actors::provider_info>>>>();
    process->gateway().providers([answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    const auto& list = answer->value().value();
    const auto at = std::ranges::find(list, name, &actors::provider_info::name);
    return at == list.end() ? std::nullopt : std::optional(*at);
  }
  std::string provider_of(const actors::result<actors::send_receipt>& sent) {
    return sent.value().transactions.at(0).provider;
  }
  int restarts() { return inspect("supervisor").at("supervisor").at("restarts").to_number<int>(); }
};

BOOST_FIXTURE_TEST_SUITE(reload_, reload_fixture)

BOOST_AUTO_TEST_CASE(a_provider_that_is_added_is_used_from_then_on) {
  replies["alpha"] = success;
  replies["delta"] = success;
  start();
  BOOST_TEST(provider_of(send("before")) == "alpha");
  settings.providers.push_back(another("delta", 0));
  const auto report = reload();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->added == names{"delta"});
  BOOST_TEST(report->changed.empty());
  BOOST_TEST(report->removed.empty());
  BOOST_TEST(provider_of(send("after")) == "delta");
  process->run_for(1s);
  BOOST_TEST(calls["delta"] == 1);
  BOOST_TEST(restarts() == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(what_is_in_flight_ends_as_it_began_when_its_provider_changes) {
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 5s;
    return slow;
  };
  settings.providers[0].max_in_flight = 1;
  start();
  send_many(3);
  process->run_for(1s);
  settings.providers[0].keys["url"] = "http://gamma.test";
  const auto report = reload();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->changed == names{"alpha"});
  BOOST_TEST(calls["gamma"] == 0);
  process->run_for(10s);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["gamma"] == 2);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 3}}));
  BOOST_TEST(restarts() == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(a_failure_with_the_old_settings_says_nothing_of_the_new_ones) {
  replies["alpha"] = [](const std::string& body) {
    return scripted_engine::answer{misconfigured(body).result, 5s};
  };
  start();
  send_many(2);
  process->run_for(1s);
  settings.providers[0].keys["url"] = "http://gamma.test";
  BOOST_REQUIRE(reload());
  process->run_for(10s);
  BOOST_TEST(provider("alpha")->circuit.state == "closed");
  BOOST_TEST(provider_of(send("after", "+15550000002")) == "alpha");
  process->run_for(1s);
  BOOST_TEST(calls["gamma"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_provider_that_has_gone_goes_to_another_one) {
  settings.limits.sender_window = 8;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 3s;
    return slow;
  };
  start();
  send_many(40);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 2);
  remove("alpha");
  const auto report = reload();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->removed == names{"alpha"});
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(calls["beta"] == 38);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 40}}));
  BOOST_TEST(!provider("alpha")->active);
  BOOST_TEST(restarts() == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(what_has_no_other_provider_waits_until_it_is_back) {
  remove("beta");
  settings.providers[0].max_in_flight = 1;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 3s;
    return slow;
  };
  start();
  send_many(5);
  const auto alpha = settings.providers[0];
  settings.providers.clear();
  BOOST_REQUIRE(reload());
  process->run_for(10min);
  BOOST_TEST(calls["alpha"] == 1);
  settings.providers.push_back(alpha);
  const auto report = reload();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->added == names{"alpha"});
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 5);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 5}}));
  verify();
}

BOOST_AUTO_TEST_CASE(what_waits_for_a_provider_that_was_gone_at_the_start_goes_to_another_one) {
  process.reset();
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 1min;
    return slow;
  };
  start();
  send_many(10);
  process->run_for(1s);
  crash();
  remove("alpha");
  start();
  // Two may have been sent: they are tried again after the retry delay, and marked.
  process->run_for(3h);
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST(calls["beta"] == 10);
  BOOST_TEST(attempts()[1] == 8);
  verify();
}

BOOST_AUTO_TEST_CASE(a_provider_that_was_gone_at_the_start_is_fed_when_it_comes_back) {
  remove("beta");
  const auto alpha = settings.providers[0];
  start();
  crash();
  settings.providers.clear();
  start();
  process->run_for(10min);
  settings.providers = {alpha};
  replies["alpha"] = success;
  BOOST_REQUIRE(reload());
  settings.limits.sender_window = 2;
  send_many(20);
  process->run_for(10min);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 20}}));
  verify();
}

BOOST_AUTO_TEST_CASE(a_retry_whose_only_provider_has_gone_waits_until_it_is_back) {
  remove("beta");
  dies_after = 20ms;
  settings.messaging.retry_delay = 1min;
  const auto alpha = settings.providers[0];
  start();
  send_many(3);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] >= 2);
  settings.providers.clear();
  BOOST_REQUIRE(reload());
  process->run_for(24h);
  settings.providers = {alpha};
  replies["alpha"] = success;
  BOOST_REQUIRE(reload());
  process->run_for(1h);
  BOOST_TEST(attempts()[0] == 0);
  verify();
}

BOOST_AUTO_TEST_CASE(nothing_is_sent_through_a_provider_that_the_configuration_switches_off) {
  settings.providers[0].active = false;
  start();
  BOOST_TEST(provider_of(send("before")) == "beta");
  BOOST_TEST(!provider("alpha")->active);
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 3s;
    return slow;
  };
  settings.providers[0].active = true;
  BOOST_REQUIRE(reload());
  send_many(20);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 2);
  settings.providers[0].active = false;
  const auto report = reload();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->changed == names{"alpha"});
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 2);
  BOOST_TEST((attempts() == std::map<std::size_t, int>{{1, 20}}));
  verify();
}

BOOST_AUTO_TEST_CASE(a_pause_that_the_old_account_was_asked_for_does_not_bind_the_new_one) {
  replies["alpha"] = [](const std::string& body) { return throttled(body, 3600); };
  settings.messaging.retry_delay = 1min;
  start();
  send_many(1);
  process->run_for(1s);
  BOOST_TEST(provider_of(send("meanwhile", "+15550000002")) == "beta");
  settings.providers[0].keys["account"] = "+15550002222";
  replies["alpha"] = success;
  BOOST_REQUIRE(reload());
  BOOST_TEST(provider_of(send("after", "+15550000003")) == "alpha");
  verify();
}

BOOST_AUTO_TEST_CASE(a_held_provider_begins_anew_when_the_configuration_is_read_again) {
  replies["alpha"] = misconfigured;
  settings.providers[0].max_in_flight = 1;
  start();
  send_many(10);
  process->run_for(4min);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["beta"] == 10);
  BOOST_TEST(provider("alpha")->circuit.held);
  const auto state = process->gateway().ready();
  BOOST_TEST(state.ready);
  BOOST_REQUIRE(state.warnings.size() == 1);
  BOOST_TEST(state.warnings[0].starts_with("alpha is held"));
  BOOST_TEST(state.warnings[0].find("SIGHUP") != std::string::npos);
  // The same as before: who asks for it may have mended the other side.
  const auto report = reload();
  BOOST_REQUIRE(report);
  BOOST_TEST(report->changed.empty());
  send_many(2);
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 2);
  replies["alpha"] = success;
  BOOST_REQUIRE(reload());
  send_many(2);
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 4);
  BOOST_TEST(!provider("alpha")->circuit.held);
  BOOST_TEST(process->gateway().ready().warnings.empty());
  verify();
}

BOOST_AUTO_TEST_CASE(an_open_circuit_and_a_pause_outlive_a_reload_that_does_not_concern_them) {
  dies_after = 20ms;
  settings.providers[0].circuit = {1, 1h};
  start();
  send_many(1);
  process->run_for(1s);
  settings.providers.push_back(another("delta", 9));
  replies["delta"] = success;
  BOOST_REQUIRE(reload());
  BOOST_TEST(provider("alpha")->circuit.state == "open");
  BOOST_TEST(provider_of(send("after", "+15550000002")) == "beta");
  verify();
}

BOOST_AUTO_TEST_CASE(a_provider_that_was_switched_off_stays_off) {
  replies["alpha"] = success;
  start();
  const auto id = ledger->open_queries()->providers().value().all.at(0).id;
  persistence::ledger_batch batch;
  batch.now = clock.wall();
  batch.transitions.emplace_back(persistence::set_provider_enabled{id, false});
  BOOST_REQUIRE(ledger->open_ledger()->apply(batch));
  settings.providers[0].priority = 0;
  BOOST_REQUIRE(reload());
  BOOST_TEST(provider_of(send("after")) == "beta");
  BOOST_TEST(!provider("alpha")->active);
}

BOOST_AUTO_TEST_CASE(a_change_that_cannot_be_is_refused_as_a_whole) {
  replies["alpha"] = success;
  start();
  const auto before = settings.providers;
  settings.providers[0].type = "webhook";
  settings.providers[0].keys = {{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
  settings.providers.push_back(another("delta", 0));
  const auto other_type = reload();
  BOOST_REQUIRE(!other_type);
  BOOST_TEST(other_type.error().detail.find("another name") != std::string::npos);
  settings.providers = before;
  settings.providers[0].timeout = 24h;
  const auto too_slow = reload();
  BOOST_REQUIRE(!too_slow);
  BOOST_TEST(too_slow.error().detail.find("lease") != std::string::npos);
  BOOST_TEST(provider_of(send("after")) == "alpha");
  BOOST_TEST(!provider("delta"));
}

BOOST_AUTO_TEST_CASE(a_reload_waits_for_the_database_and_outlives_a_restart_of_the_pipeline) {
  replies["alpha"] = success;
  replies["delta"] = success;
  start();
  process->faults().away = true;
  settings.providers.push_back(another("delta", 0));
  bool done = false;
  process->reload(settings.providers, [&done](const auto& result) { done = result.has_value(); });
  process->run_for(10s);
  BOOST_TEST(!done);
  caf::anon_send_exit(process->pipeline()->scheduler, caf::exit_reason::unhandled_exception);
  process->run_for(1s);
  process->faults().away = false;
  process->run_until([&] { return done; }, 5min);
  BOOST_TEST(done);
  BOOST_TEST(provider_of(send("after")) == "delta");
  // The next start of the pipeline has it as well.
  caf::anon_send_exit(process->pipeline()->scheduler, caf::exit_reason::unhandled_exception);
  process->run_for(10s);
  BOOST_TEST(provider_of(send("later", "+15550000002")) == "delta");
  verify();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
