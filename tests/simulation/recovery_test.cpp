#include "tests/simulation/reroute_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

BOOST_FIXTURE_TEST_SUITE(recovery, reroute_fixture)

BOOST_AUTO_TEST_CASE(a_half_open_provider_gets_one_probe_from_what_waits_there) {
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 10;
  dies_after = 100ms;
  start();
  send_many(50);
  process->run_for(5s);
  const auto opened_with = calls["alpha"];
  BOOST_TEST(opened_with == 10);
  process->run_for(30s);
  BOOST_TEST(calls["alpha"] == opened_with + 1);
  process->run_for(30s);
  BOOST_TEST(calls["alpha"] == opened_with + 2);
  replies["alpha"] = success;
  process->run_for(32s);
  const auto done = attempts();
  BOOST_TEST(done.at(1) == 50);
  verify();
}

BOOST_AUTO_TEST_CASE(a_provider_that_came_back_gets_more_calls_step_by_step) {
  settings.providers.resize(1);
  settings.providers[0].max_in_flight = 40;
  dies_after = 100ms;
  start();
  send_many(300);
  process->run_for(1s);
  const auto dead_calls = calls["alpha"];
  BOOST_TEST(dead_calls == 40);
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 1s;
    return slow;
  };
  process->run_for(29'100ms);
  BOOST_TEST(calls["alpha"] == dead_calls + 1);
  process->run_for(1s);
  const auto allowed = [&] {
    const auto senders = inspect("senders");
    return senders.at("senders").at(0).at("allowed_in_flight").to_number<int>();
  };
  // The probe went well: 5 together, then 10, 20 and all 40, each for the second that a call takes.
  int called = dead_calls + 1;
  for (const int limit : {5, 10, 20, 40, 40}) {
    BOOST_TEST(allowed() == limit);
    called += limit;
    BOOST_TEST(calls["alpha"] == called);
    process->run_for(1s);
  }
  process->run_for(1min);
  BOOST_TEST(attempts().at(1) == 300);
  verify();
}

BOOST_AUTO_TEST_CASE(an_acceptance_is_recorded_through_any_number_of_restarts) {
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 20s;
    return slow;
  };
  start();
  const auto receipt = send("in flight");
  BOOST_REQUIRE(receipt);
  process->run_for(100ms);
  for (int i = 0; i < 8; ++i) {
    caf::anon_send_exit(process->pipeline()->scheduler, caf::exit_reason::unhandled_exception);
    process->run_for(1s);
    BOOST_REQUIRE(process->pipeline() != nullptr);
  }
  process->run_for(15s);
  BOOST_TEST(to_string(status(receipt->message).status) == "success");
  process->run_for(3h);
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(more_than_ten_restarts_in_a_minute_end_the_process_with_the_reason) {
  start();
  std::vector<std::string> reasons;
  process->environment().give_up = [&](const std::string& why) { reasons.push_back(why); };
  for (int i = 0; i < 11; ++i) {
    BOOST_TEST(reasons.empty());
    BOOST_REQUIRE(process->pipeline() != nullptr);
    caf::anon_send_exit(process->pipeline()->selector, caf::exit_reason::unhandled_exception);
    process->run_for(2s);
  }
  BOOST_REQUIRE(reasons.size() == 1);
  BOOST_TEST(reasons[0].find("provider_selector died") != std::string::npos);
  process->run_for(10min);
  BOOST_TEST(process->pipeline() == nullptr);
  BOOST_TEST(reasons.size() == 1);
}

BOOST_AUTO_TEST_CASE(a_node_that_cannot_say_where_it_runs_judges_others_by_their_lease_only) {
  settings.node.lease = 60s;
  const auto one = [&](std::int64_t pid) {
    auto made = std::make_unique<virtual_system>(
        settings, *ledger, clock, [](const auto&) { return refused(); }, 7, polls, false);
    // As where /proc shows processes only; to each machine the other one's process is not there.
    made->environment().process = {"", "pid:[4026531836]", pid, 1};
    made->environment().process_runs = [](const auto&) { return false; };
    return made;
  };
  process = one(1);
  auto other = one(2);
  for (int i = 0; i < 40; ++i)
    for (auto* each : {process.get(), other.get()})
      each->run_for(1s);
  for (auto* each : {process.get(), other.get()}) {
    BOOST_REQUIRE(each->pipeline() != nullptr);
    const auto answer =
        each->ask<actors::inspection>(each->pipeline()->supervisor, actors::inspect_atom_v);
    BOOST_REQUIRE(answer);
    BOOST_TEST(answer->content.at("restarts").to_number<int>() == 0);
  }
  other.reset();
}

BOOST_AUTO_TEST_CASE(a_server_that_only_reads_notices_that_its_database_is_away) {
  polls = {1h, 1h, 1h, 1h};
  start();
  process->run_for(5s);
  BOOST_TEST(process->gateway().ready().ready);
  process->faults().away = true;
  BOOST_TEST(process->run_until([&] { return !process->gateway().ready().ready; }, 2min));
  process->faults().away = false;
  BOOST_TEST(process->run_until([&] { return process->gateway().ready().ready; }, 2min));
}

BOOST_AUTO_TEST_CASE(a_stop_at_any_moment_of_the_start_leaves_no_pipeline_behind) {
  bool registered = false;
  for (int steps = 0; !registered; ++steps) {
    BOOST_REQUIRE_LT(steps, 1'000);
    process = std::make_unique<virtual_system>(
        settings, *ledger, clock, [](const auto&) { return refused(); }, 7, polls);
    for (int i = 0; i < steps; ++i)
      process->step();
    registered = process->flags().node_registered;
    process->ask<bool>(process->supervisor(), actors::leave_atom_v);
    process->settle();
    BOOST_TEST(process->pipeline() == nullptr, "after " << steps << " steps");
    process.reset();
  }
}

BOOST_AUTO_TEST_CASE(a_node_that_is_taken_over_at_any_moment_of_its_start_begins_again) {
  bool announced = false;
  for (int steps = 0; !announced; ++steps) {
    BOOST_REQUIRE_LT(steps, 1'000);
    process = std::make_unique<virtual_system>(
        settings, *ledger, clock, [](const auto&) { return refused(); }, 7, polls, false);
    for (int i = 0; i < steps; ++i)
      process->step();
    announced = process->flags().node_registered;
    {
      // Knows of nobody that its lease counts.
      virtual_system other(
          settings, *ledger, clock, [](const auto&) { return refused(); }, 7, polls, true);
      other.run_for(1s);
    }
    BOOST_TEST(process->run_until([&] { return process->gateway().ready().ready; }, 5min),
               "after " << steps << " steps");
    process.reset();
  }
}

BOOST_AUTO_TEST_CASE(a_lease_that_ran_out_in_an_outage_is_waited_for_without_haste) {
  settings.providers.resize(1);
  settings.node.lease = 60s;
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 1s;
    return slow;
  };
  start();
  send_many(50);
  process->run_for(500ms);
  process->faults().away = true;
  process->run_for(5min);
  process->faults().away = false;
  const auto before = process->faults().commits;
  process->run_for(20s);
  BOOST_TEST(process->faults().commits - before < 500);
  process->run_for(1min);
  BOOST_TEST(attempts().at(1) == 50);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
