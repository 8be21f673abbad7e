#include "tests/simulation/pipeline_fixture.hpp"
#include "tests/support/database_fixture.hpp"

#include <algorithm>

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

/// Two processes on one database, one of which gets no time any more once it has a node.
struct frozen_node_fixture : pipeline_fixture {
  frozen_node_fixture() {
    // No tick of the keeper falls together with the end of the lease.
    polls.nodes = 70s;
    frozen = begin(7);
    process = begin(8);
  }

  std::unique_ptr<virtual_system> begin(std::uint64_t seed) {
    auto begun = std::make_unique<virtual_system>(
        settings, *ledger, clock,
        [this](const auto& request) {
          ++calls["alpha"];
          return success(request.body);
        },
        seed, polls, false);
    BOOST_REQUIRE(begun->run_until([&] { return begun->flags().node_registered.load(); }, 10s));
    return begun;
  }
  persistence::node node_of_frozen() {
    const auto nodes = ledger->open_queries()->nodes().value();
    return *std::ranges::min_element(nodes, {}, &persistence::node::id);
  }

  std::unique_ptr<virtual_system> frozen;
};

/// One process on a file, which the test changes past it.
struct changed_file_fixture : pipeline_fixture {
  changed_file_fixture() {
    file.settings.clock = [this] { return clock.wall(); };
    ledger = persistence::open_database(file.settings).value();
    BOOST_REQUIRE(ledger->migrate());
    polls.owners = 60s;
  }
  ~changed_file_fixture() {
    process.reset();
    ledger.reset();
  }

  test::database_fixture file;
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(rows_that_a_dead_node_owns_are_freed_within_a_minute,
                        changed_file_fixture) {
  replies["alpha"] = replies["beta"] = replies["gamma"] = [](const auto&) { return refused(); };
  start();
  const auto sent = send("left behind").value();
  process->run_for(5s);
  BOOST_REQUIRE(file.number("SELECT COUNT(*) FROM message_transaction WHERE owner = 0") == 1);
  // No node is taken over for it: 4711 is not there.
  file.sql("UPDATE message_transaction SET owner = 4711");
  replies["alpha"] = replies["beta"] = replies["gamma"] = success;
  process->run_for(50s);
  BOOST_TEST(file.number("SELECT COUNT(*) FROM message_transaction WHERE owner = 4711") == 1);
  process->run_for(10s);
  BOOST_TEST(file.number("SELECT COUNT(*) FROM message_transaction WHERE owner = 4711") == 0);
  process->run_for(30min);
  BOOST_TEST(to_string(status(sent.message).status) == "success");
  verify();
}

BOOST_FIXTURE_TEST_SUITE(takeover, frozen_node_fixture)

BOOST_AUTO_TEST_CASE(a_silent_node_is_taken_over_at_the_end_of_its_lease_and_not_before) {
  const auto left = node_of_frozen().lease_left;
  BOOST_REQUIRE(left > 230s);
  process->run_for(left - 1s);
  BOOST_TEST(node_of_frozen().alive);
  process->run_for(2s);
  BOOST_TEST(!node_of_frozen().alive);
  verify();
}

BOOST_AUTO_TEST_CASE(a_takeover_that_meets_a_lock_keeps_no_message_waiting) {
  process->faults().locked = [](const persistence::ledger_batch& batch) {
    return std::ranges::any_of(batch.transitions, [](const auto& transition) {
      return std::holds_alternative<persistence::take_over>(transition);
    });
  };
  process->run_for(settings.node.lease + 10s);
  BOOST_TEST(node_of_frozen().alive);
  BOOST_TEST(process->gateway().ready().ready);
  BOOST_TEST(process->gateway().ready().warnings.empty());
  BOOST_TEST(send("meanwhile").has_value());
  process->faults().locked = nullptr;
  process->run_for(polls.nodes);
  BOOST_TEST(!node_of_frozen().alive);
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(a_node_starts_although_another_cannot_be_taken_over_yet) {
  process->run_for(settings.node.lease - 20s);
  process.reset();
  clock.steady += 30s;
  auto third = std::make_unique<virtual_system>(
      settings, *ledger, clock, [](const auto& request) { return success(request.body); }, 9, polls,
      false);
  third->faults().locked = [](const persistence::ledger_batch& batch) {
    return std::ranges::any_of(batch.transitions, [](const auto& transition) {
      return std::holds_alternative<persistence::take_over>(transition);
    });
  };
  BOOST_TEST(third->run_until([&] { return third->flags().node_registered.load(); }, 10s));
}

BOOST_AUTO_TEST_SUITE_END()
