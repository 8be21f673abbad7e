#define BOOST_TEST_MODULE galera
#include "persistence/sql/connector.hpp"
#include "tests/persistence/galera_fixture.hpp"

#include <odb/transaction.hxx>

#include <random>

// The fence on a Galera cluster: a batch of a node on one database server, and the take over of
// that node on another.
//   POSTRIDER_GALERA_ROUNDS   rounds of the case with several writers, 2 unless told otherwise
//   POSTRIDER_GALERA_SEED     the seed of its choices, 1 unless told otherwise
namespace postrider::test {
namespace {

int number_of(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value ? std::atoi(value) : otherwise;
}

/// Several threads that write as one node until they are fenced, each with a session of its own.
class node_at_work {
 public:
  node_at_work(galera_fixture& with, node_id node, int writers) : with_(with), node_(node) {
    for (int i = 0; i < writers; ++i)
      threads_.emplace_back([this](std::stop_token stop) { work(stop); });
  }

  /// The first batch is stored; on a busy machine it takes its time.
  bool has_begun() {
    const std::lock_guard lock(mutex_);
    return !acknowledged.empty() || !failures.empty();
  }
  int fenced() const { return fenced_; }
  void stop() { threads_.clear(); }

  // To be read after stop().
  std::vector<message_id> acknowledged;
  std::vector<transaction_id> finished;
  std::vector<std::string> failures;

 private:
  std::optional<batch_result> apply(ledger& by, std::vector<transition> transitions) {
    std::string met;
    for (int tries = 0; tries < 100; ++tries) {
      auto applied = by.apply({node_, with_.now, transitions});
      if (applied) return std::move(*applied);
      if (applied.error().code == ledger_errc::fenced) {
        ++fenced_;
        return std::nullopt;
      }
      met = applied.error().message;
      // A batch that met too many others is tried again, as a ledger_writer does.
      if (applied.error().code != ledger_errc::unavailable) break;
    }
    const std::lock_guard lock(mutex_);
    failures.push_back("a batch was not applied: " + met);
    return std::nullopt;
  }

  void work(const std::stop_token& stop) {
    const auto by = with_.open(1);
    while (!stop.stop_requested()) {
      accept_message own, free;
      {
        const std::lock_guard lock(mutex_);
        own = with_.accept(1, node_), free = with_.accept(1, 0);
      }
      const auto stored = apply(*by, {own, free});
      if (!stored) return;
      {
        const std::lock_guard lock(mutex_);
        acknowledged.insert(acknowledged.end(), {own.message->id, free.message->id});
      }
      const auto id = stored->at(0).ids.at(0);
      if (!apply(*by, {begin_delivery{id}, claim{provider_lane, 1}})) return;
      const auto done = apply(*by, {galera_fixture::accepted(id)});
      if (!done) return;
      const std::lock_guard lock(mutex_);
      if (done->at(0).status == transition_status::applied) finished.push_back(id);
    }
  }

  galera_fixture& with_;
  const node_id node_;
  std::mutex mutex_;
  std::atomic<int> fenced_{0};
  std::vector<std::jthread> threads_;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(galera, galera_fixture)

BOOST_AUTO_TEST_CASE(a_batch_held_before_its_commit_is_fenced_by_a_take_over_elsewhere) {
  for (const auto what : kinds) {
    BOOST_TEST_CONTEXT(name_of(what)) {
      const auto dead = new_node();
      auto writer_of_dead = open(1);
      const auto batch = prepare(what, dead);
      BOOST_REQUIRE(writer_of_dead->apply({dead, now, {}}).has_value());
      sync_all();
      gate before_commit("before_commit");
      in_flight flight(*this, std::move(writer_of_dead), batch, &before_commit);
      BOOST_REQUIRE(before_commit.reached());
      on_point = nullptr;
      const auto taken = take_over_on(2, dead);
      BOOST_TEST(taken.has_value(), (taken ? "" : taken.error().message));
      sync(1);
      before_commit.open();
      BOOST_REQUIRE(flight.outcome().has_error());
      BOOST_TEST(flight.outcome().error().code == ledger_errc::fenced);
      expect_no_rows_of(dead);
    }
  }
}

/// The batch reads that its node lives, because its server lags behind, and its commit comes after
/// the take over's.
BOOST_AUTO_TEST_CASE(a_batch_on_a_server_that_lags_behind_is_fenced_by_a_take_over_elsewhere) {
  for (const bool has_session : {true, false})
    for (const auto what : kinds) {
      BOOST_TEST_CONTEXT(name_of(what) << (has_session ? "" : ", the first of its session")) {
        const auto dead = new_node();
        auto writer_of_dead = open(1);
        const auto batch = prepare(what, dead);
        if (has_session) BOOST_REQUIRE(writer_of_dead->apply({dead, now, {}}).has_value());
        sync_all();
        lag_behind(1);
        const auto taken = take_over_on(2, dead);
        BOOST_TEST(taken.has_value(), (taken ? "" : taken.error().message));
        {
          in_flight flight(*this, std::move(writer_of_dead), batch, nullptr);
          BOOST_TEST(commit_waits_on(1));
          catch_up(1);
          BOOST_TEST(flight.outcome().has_error());
          if (!flight.outcome())
            BOOST_TEST(flight.outcome().error().code == ledger_errc::fenced,
                       flight.outcome().error().message);
        }
        expect_no_rows_of(dead);
      }
    }
}

/// The batch is committed first, but the take over does not see it.
BOOST_AUTO_TEST_CASE(a_take_over_on_a_server_that_lags_behind_misses_no_batch) {
  for (const bool has_session : {true, false})
    for (const auto what : kinds) {
      BOOST_TEST_CONTEXT(name_of(what) << (has_session ? "" : ", the first of its session")) {
        const auto dead = new_node();
        auto writer_of_dead = open(1);
        const auto batch = prepare(what, dead);
        if (has_session) BOOST_REQUIRE(writer_of_dead->apply({dead, now, {}}).has_value());
        auto taking = open(2);
        BOOST_REQUIRE(taking->apply({live, now, {}}).has_value());
        sync_all();
        lag_behind(2);
        const auto applied = writer_of_dead->apply(batch);
        BOOST_TEST(applied.has_value(), (applied ? "" : applied.error().message));
        {
          in_flight flight(*this, std::move(taking),
                           {live, now, {take_over{dead, std::nullopt, now}}}, nullptr);
          BOOST_TEST(commit_waits_on(2));
          catch_up(2);
          BOOST_TEST(flight.outcome().has_value(),
                     (flight.outcome() ? "" : flight.outcome().error().message));
        }
        BOOST_TEST(writer_of_dead->apply(batch).error().code == ledger_errc::fenced);
        expect_no_rows_of(dead);
      }
    }
}

/// A transaction that ends in its middle without an error to its connection, as a server of MariaDB
/// 10.11 may end one that another server's commit has met.
BOOST_AUTO_TEST_CASE(the_rest_of_a_transaction_that_the_server_gave_up_is_not_committed) {
  auto there = settings;
  there.url = url_of(1);
  const auto servers_connector =
      make_mysql_connector(parse_database_url(there.url).value(), there).value();
  servers_connector->probe();
  const auto session = servers_connector->connect(patience::as_set);
  const auto rows = [&] { return consoles.at(1).number("SELECT COUNT(*) FROM lag"); };
  for (const bool given_up : {true, false}) {
    {
      auto transaction = session->begin(sql_session::access::write);
      session->execute("INSERT INTO lag VALUES (100)", {});
      if (given_up) session->execute("ROLLBACK", {});
      session->execute("INSERT INTO lag VALUES (101)", {});
      BOOST_TEST(rows() == 0);
      if (given_up)
        BOOST_CHECK_EXCEPTION(session->commit(*transaction), database_failure,
                              [](const database_failure& failure) {
                                return failure.kind() == failure_kind::transient;
                              });
      else session->commit(*transaction);
    }
    BOOST_TEST(rows() == (given_up ? 0 : 2));
  }
  // A statement outside a transaction is committed by itself again.
  session->execute("DELETE FROM lag", {});
  BOOST_TEST(rows() == 0);
}

BOOST_AUTO_TEST_CASE(several_writers_at_work_are_fenced_together_and_nothing_is_lost) {
  constexpr int writers = 3;
  std::minstd_rand random(static_cast<unsigned>(number_of("POSTRIDER_GALERA_SEED", 1)));
  const int rounds = number_of("POSTRIDER_GALERA_ROUNDS", 2);
  for (int round = 0; round < rounds; ++round) {
    const auto dead = new_node();
    sync_all();
    node_at_work working(*this, dead, writers);
    BOOST_REQUIRE(eventually([&] { return working.has_begun(); }));
    std::this_thread::sleep_for(milliseconds(random() % 400));
    const int elsewhere = 2 + static_cast<int>(random() % 2),
              behind = 1 + static_cast<int>(random() % 3);
    const bool one_lags = random() % 2;
    if (one_lags) lag_behind(behind);
    std::optional<result<batch_result>> taken;
    std::jthread taking([&](std::stop_token stop) {
      do {
        taken = take_over_on(elsewhere, dead);
      } while (!*taken && taken->error().code == ledger_errc::unavailable &&
               !stop.stop_requested());
    });
    if (one_lags) {
      std::this_thread::sleep_for(milliseconds(200));
      catch_up(behind);
    }
    taking.join();
    BOOST_TEST(taken->has_value(), (*taken ? "" : taken->error().message));
    BOOST_TEST(eventually([&] { return working.fenced() == writers; }));
    working.stop();
    for (const auto& failure : working.failures)
      BOOST_ERROR(failure);
    expect_no_rows_of(dead);
    BOOST_TEST_MESSAGE("round " << round << ": " << working.acknowledged.size() << " accepted, "
                                << working.finished.size() << " finished");
    BOOST_TEST(working.acknowledged.size() > 0);
    for (const auto& id : working.acknowledged)
      BOOST_TEST(queries->find_message(id).value().has_value());
    for (const auto id : working.finished)
      BOOST_TEST(find(id).archived);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
