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
  BOOST_TEST(done.at(1) == 50 - opened_with - 2);
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
  BOOST_TEST(attempts().at(1) == 300 - dead_calls);
  verify();
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
