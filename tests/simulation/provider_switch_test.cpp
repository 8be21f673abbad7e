#include "tests/simulation/reroute_fixture.hpp"

#include <algorithm>

namespace postrider::tests {
namespace {

struct switch_fixture : reroute_fixture {
  switch_fixture() {
    replies["alpha"] = success;
    replies["beta"] = success;
  }

  actors::result<actors::provider_info> turn(const std::string& name, bool on) {
    auto answer = std::make_shared<std::optional<actors::result<actors::provider_info>>>();
    process->gateway().switch_provider(name, on,
                                       [answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    return **answer;
  }
  actors::result<actors::provider_trial> attempt(const std::string& name,
                                                 const std::string& recipient) {
    auto answer = std::make_shared<std::optional<actors::result<actors::provider_trial>>>();
    process->gateway().try_provider(name, {recipient, {}, {}, {}},
                                    [answer](auto result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE(answer->has_value());
    return **answer;
  }
  std::string provider_of(const actors::result<actors::send_receipt>& sent) {
    return sent.value().transactions.at(0).provider;
  }
};

BOOST_FIXTURE_TEST_SUITE(provider_switch, switch_fixture)

BOOST_AUTO_TEST_CASE(takes_effect_with_the_answer_and_outlives_a_restart) {
  start();
  BOOST_TEST(provider_of(send("before")) == "alpha");
  const auto off = turn("alpha", false);
  BOOST_REQUIRE(off);
  BOOST_TEST(off->name == "alpha");
  BOOST_TEST(!off->active);
  BOOST_TEST(provider_of(send("without", "+15550000002")) == "beta");
  start();
  process->run_for(10s);
  BOOST_TEST(provider_of(send("still without", "+15550000003")) == "beta");
  BOOST_TEST(turn("alpha", true)->active);
  BOOST_TEST(provider_of(send("again", "+15550000004")) == "alpha");
  verify();
}

BOOST_AUTO_TEST_CASE(is_warned_of_when_no_provider_is_left) {
  const auto warned_of = [this](std::string_view what) {
    process->run_until([&] { return process->gateway().ready().ready; }, 60s);
    const auto state = process->gateway().ready();
    return state.ready && state.warnings.size() == 1 &&
           state.warnings[0].find(what) != std::string::npos;
  };
  start();
  BOOST_TEST(process->gateway().ready().warnings.empty());
  turn("alpha", false);
  BOOST_TEST(process->gateway().ready().warnings.empty());
  turn("beta", false);
  BOOST_TEST(warned_of("every provider is switched off"));
  turn("beta", true);
  BOOST_TEST(process->gateway().ready().warnings.empty());
  settings.providers.clear();
  start();
  BOOST_TEST(warned_of("no provider is configured"));
}

BOOST_AUTO_TEST_CASE(lets_what_waits_go_elsewhere) {
  settings.providers[0].max_in_flight = 1;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 10s;
    return slow;
  };
  start();
  send_many(5);
  BOOST_REQUIRE(turn("alpha", false));
  process->run_for(1min);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["beta"] == 4);
  BOOST_TEST(attempts().at(1) == 5);
  verify();
}

BOOST_AUTO_TEST_CASE(knows_its_providers) {
  start();
  const auto unknown = turn("delta", false);
  BOOST_REQUIRE(!unknown);
  BOOST_TEST((unknown.error().code == actors::service_errc::not_found));
  // The next one is not held up by it.
  BOOST_TEST(!turn("alpha", false)->active);
}

BOOST_AUTO_TEST_CASE(leaves_others_held_that_are_misconfigured) {
  replies["beta"] = misconfigured;
  start();
  BOOST_REQUIRE(turn("alpha", false));
  send_many(1);
  process->run_for(1min);
  BOOST_TEST(calls["beta"] == 1);
  BOOST_REQUIRE(turn("alpha", true));
  BOOST_REQUIRE(turn("alpha", false));
  send_many(1);
  process->run_for(1min);
  BOOST_TEST(calls["beta"] == 1);
}

BOOST_AUTO_TEST_CASE(changes_nothing_while_the_database_is_away) {
  start();
  process->faults().away = true;
  const auto refused = turn("alpha", false);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == actors::service_errc::unavailable));
  process->faults().away = false;
  process->run_for(10s);
  BOOST_TEST(provider_of(send("after")) == "alpha");
  BOOST_TEST(!turn("alpha", false)->active);
}

BOOST_AUTO_TEST_CASE(too_many_changes_at_once_are_told_when_to_come_again) {
  start();
  constexpr std::size_t asked = 20;
  std::vector<actors::result<actors::provider_info>> answers;
  for (std::size_t i = 0; i < asked; ++i)
    process->gateway().switch_provider("alpha", false,
                                       [&](auto result) { answers.push_back(std::move(result)); });
  process->run_until([&] { return answers.size() == asked; }, 60s);
  BOOST_REQUIRE(answers.size() == asked);
  std::size_t refused = 0;
  for (const auto& answer : answers) {
    if (answer) continue;
    BOOST_TEST((answer.error().code == actors::service_errc::overloaded));
    BOOST_TEST((answer.error().retry_after >= 1s));
    ++refused;
  }
  BOOST_TEST(refused > 0);
  BOOST_TEST(refused < asked);
}

BOOST_AUTO_TEST_CASE(a_trial_tells_the_outcome_and_leaves_nothing_behind) {
  start();
  const auto good = attempt("alpha", "+15550000001");
  BOOST_REQUIRE(good);
  BOOST_TEST(good->provider == "alpha");
  BOOST_TEST(good->address == "+15550000001");
  BOOST_TEST(good->outcome == "accepted");
  BOOST_TEST(!good->provider_ref.empty());
  replies["beta"] = [](const std::string&) { return refused(); };
  for (int i = 0; i < 5; ++i) {
    const auto bad = attempt("beta", "+15550000001");
    BOOST_REQUIRE(bad);
    BOOST_TEST(bad->outcome == "unavailable");
    BOOST_TEST(!bad->detail.empty());
  }
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["beta"] == 5);
  // Two failures of a delivery would have opened its circuit.
  replies["beta"] = success;
  BOOST_REQUIRE(turn("alpha", false));
  BOOST_TEST(provider_of(send("after")) == "beta");
  process->run_for(1s);
  BOOST_TEST(calls["beta"] == 6);
  verify();
}

BOOST_AUTO_TEST_CASE(a_trial_ends_before_who_asked_for_it_has_gone) {
  settings.node.lease = 200s;
  settings.providers[0].timeout = 120s;
  settings.providers[1].timeout = 10s;
  start();
  replies["alpha"] = [](const std::string&) {
    return scripted_engine::answer{
        transfer_failure(actors::transfer_error::timeout, actors::transfer_stage::request_written)};
  };
  const auto late = attempt("alpha", "+15550000001");
  BOOST_REQUIRE(late);
  BOOST_TEST(late->outcome == "unknown");
  BOOST_TEST((requests["alpha"].timeout == 25s));
  BOOST_REQUIRE(attempt("beta", "+15550000001"));
  BOOST_TEST((requests["beta"].timeout == 10s));
}

BOOST_AUTO_TEST_CASE(a_trial_needs_somebody_whom_the_provider_reaches) {
  start();
  for (const char* wrong : {"nobody", "ann@example.org"}) {
    const auto refused = attempt("alpha", wrong);
    BOOST_REQUIRE(!refused);
    BOOST_TEST((refused.error().code == actors::service_errc::invalid));
    BOOST_TEST(refused.error().problems.at(0).pointer == "/recipient");
  }
  BOOST_TEST((attempt("delta", "+15550000001").error().code == actors::service_errc::not_found));
  BOOST_TEST(calls.empty());
}

BOOST_AUTO_TEST_CASE(works_beside_a_provider_that_cannot_be_used) {
  settings.providers[1].keys.erase("url");
  start();
  BOOST_TEST(!turn("alpha", false).value().active);
  BOOST_TEST(turn("alpha", true).value().active);
  BOOST_TEST(provider_of(send("after")) == "alpha");
}

/// Two processes on one database: `process` and `other`.
struct two_nodes_fixture : switch_fixture {
  two_nodes_fixture() { polls.user_lists = 500ms; }

  std::unique_ptr<virtual_system> begin(const actors::delivery_settings& with) {
    return std::make_unique<virtual_system>(
        with, *ledger, clock, [this](const auto& request) { return script(request); }, ++seed,
        polls, false);
  }
  void start_both() {
    process = begin(settings);
    BOOST_REQUIRE(process->run_until([&] { return process->flags().node_registered.load(); }, 10s));
    start_other(settings);
  }
  void start_other(const actors::delivery_settings& with) {
    other = begin(with);
    BOOST_REQUIRE(other->run_until([&] { return other->flags().node_registered.load(); }, 10s));
    run_both(2s);
  }
  /// Lets time pass for both of them.
  void run_both(std::chrono::nanoseconds duration) {
    const auto end = clock.steady + duration;
    for (;;) {
      process->settle();
      other->settle();
      auto next = end;
      for (const auto* one : {process.get(), other.get()})
        if (const auto event = one->next_event()) next = std::min(next, *event);
      process->advance_to(next);
      other->advance_to(next);
      if (next == end) break;
    }
    process->settle();
    other->settle();
  }
  scripted_engine::answer script(const actors::transfer_request& request) {
    const auto name = request.url.substr(7, request.url.find('.') - 7);
    ++calls[name];
    return replies.at(name)(request.body);
  }
  static bool active_at(const virtual_system& node, const std::string& name) {
    const auto directory = node.pipeline()->directory->get();
    const auto at = std::ranges::find_if(directory->all,
                                         [&](const auto& one) { return one.second.name == name; });
    BOOST_REQUIRE(at != directory->all.end());
    return at->second.active();
  }
  /// The provider that a message to the other node would go to.
  std::string others_choice(const std::string& recipient) {
    std::swap(process, other);
    const auto name = provider_of(send("to the other", recipient));
    std::swap(process, other);
    return name;
  }

  std::unique_ptr<virtual_system> other;
  /// Each makes ids of its own.
  std::uint64_t seed = 7;
};

BOOST_FIXTURE_TEST_CASE(is_seen_by_other_nodes_within_a_second, two_nodes_fixture) {
  start_both();
  BOOST_TEST(others_choice("+15550000001") == "alpha");
  BOOST_REQUIRE(turn("alpha", false));
  BOOST_TEST(active_at(*other, "alpha"));
  run_both(1s);
  BOOST_TEST(!active_at(*other, "alpha"));
  BOOST_TEST(others_choice("+15550000002") == "beta");
  BOOST_REQUIRE(turn("alpha", true));
  run_both(1s);
  BOOST_TEST(others_choice("+15550000003") == "alpha");
  verify();
}

BOOST_FIXTURE_TEST_CASE(sends_elsewhere_what_waits_at_other_nodes, two_nodes_fixture) {
  settings.providers[0].max_in_flight = 1;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 10s;
    return slow;
  };
  start_both();
  std::swap(process, other);
  send_many(5);
  std::swap(process, other);
  BOOST_REQUIRE(turn("alpha", false));
  run_both(1min);
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(calls["beta"] == 4);
  verify();
}

BOOST_FIXTURE_TEST_CASE(is_seen_after_the_database_was_away_and_after_a_restart_of_the_pipeline,
                        two_nodes_fixture) {
  start_both();
  other->faults().away = true;
  BOOST_REQUIRE(turn("alpha", false));
  run_both(5s);
  BOOST_TEST(active_at(*other, "alpha"));
  other->faults().away = false;
  run_both(1s);
  BOOST_TEST(!active_at(*other, "alpha"));
  caf::anon_send_exit(other->pipeline()->selector, caf::exit_reason::unhandled_exception);
  run_both(5s);
  BOOST_REQUIRE(turn("alpha", true));
  run_both(1s);
  BOOST_TEST(active_at(*other, "alpha"));
}

BOOST_FIXTURE_TEST_CASE(of_another_node_outlasts_none_of_ones_own, two_nodes_fixture) {
  start_both();
  for (int i = 0; i < 3; ++i) {
    BOOST_REQUIRE(turn("alpha", false));
    std::swap(process, other);
    BOOST_REQUIRE(turn("alpha", true));
    std::swap(process, other);
    run_both(1s);
    BOOST_TEST(active_at(*process, "alpha"));
    BOOST_TEST(active_at(*other, "alpha"));
  }
}

BOOST_FIXTURE_TEST_CASE(is_shared_and_the_configuration_is_not, two_nodes_fixture) {
  start_both();
  // The other one's file has neither alpha any more nor the old priorities.
  other.reset();
  auto changed = settings;
  changed.providers.erase(changed.providers.begin());
  changed.providers.push_back(changed.providers.front());
  changed.providers.back().name = "gamma";
  changed.providers.back().keys["url"] = "http://gamma.test";
  changed.providers.front().priority = 9;
  start_other(changed);
  BOOST_TEST(active_at(*process, "alpha"));
  BOOST_TEST(!active_at(*other, "alpha"));
  // Known by its name; not for sending.
  BOOST_TEST(!active_at(*process, "gamma"));
  BOOST_TEST(provider_of(send("one", "+15550000001")) == "alpha");
  BOOST_TEST(others_choice("+15550000002") == "gamma");
  BOOST_REQUIRE(turn("alpha", false));
  BOOST_REQUIRE(turn("beta", false));
  run_both(1s);
  BOOST_REQUIRE(turn("beta", true));
  run_both(1s);
  BOOST_TEST(provider_of(send("two", "+15550000003")) == "beta");
  BOOST_TEST(active_at(*other, "beta"));
  BOOST_TEST(others_choice("+15550000004") == "gamma");
}

BOOST_FIXTURE_TEST_CASE(nobody_reads_providers_that_did_not_change, two_nodes_fixture) {
  start_both();
  const auto before = other->pipeline()->directory->get();
  const auto mine = process->pipeline()->directory->get();
  BOOST_REQUIRE(turn("alpha", true));
  run_both(10s);
  BOOST_TEST(other->pipeline()->directory->get() == before);
  BOOST_TEST(process->pipeline()->directory->get()->version == mine->version);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
