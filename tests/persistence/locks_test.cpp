#include "tests/persistence/ledger_fixture.hpp"

#include <thread>

namespace postrider::test {

/// Somebody else, on a connection of his own, who holds a lock for longer than a statement may
/// take.
struct lock_fixture : ledger_fixture {
  lock_fixture() {
    settings.statement_timeout = patience;
    reopen();
  }
  ~lock_fixture() {
    if (!in_memory()) unlock();
  }

  void lock(const std::string& how) { sql(how); }
  void lock() { lock(on_mysql() ? "FLUSH TABLES WITH READ LOCK" : "BEGIN IMMEDIATE"); }
  void unlock() {
    for (const char* end : {"ROLLBACK", "UNLOCK TABLES"}) {
      try {
        sql(end);
      } catch (const std::runtime_error&) {
        // It was locked in another way.
      }
    }
  }

  template <class Work>
  milliseconds time_of(Work work) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
  }
  /// It waited once for all, not once for each try. A busy machine may take longer, but not each of
  /// three times.
  template <class Work>
  void check_waits_once(Work work, milliseconds longest = 2 * patience) {
    auto took = time_of(work);
    for (int i = 0; i < 2 && took >= longest; ++i)
      took = time_of(work);
    BOOST_TEST(took.count() < longest.count());
  }
  void check_refused_in_time(const std::vector<transition>& transitions) {
    check_waits_once([&] {
      ledger_errc code{};
      const auto took = time_of([&] { code = writer->apply(batch(transitions)).error().code; });
      BOOST_TEST(code == ledger_errc::locked);
      BOOST_TEST(took.count() >= patience.count() * 3 / 4);
    });
  }

  static constexpr milliseconds patience{1'000};
};

BOOST_FIXTURE_TEST_SUITE(locks, lock_fixture)

BOOST_AUTO_TEST_CASE(a_lock_of_somebody_else_is_waited_for_once_and_nothing_is_changed) {
  if (in_memory()) return;
  apply({accept()});
  std::vector<std::string> ways{"BEGIN IMMEDIATE", "BEGIN EXCLUSIVE"};
  if (on_mysql())
    ways = {"FLUSH TABLES WITH READ LOCK", "LOCK TABLES message_transaction READ",
            "LOCK TABLES message WRITE", "LOCK TABLES batch_marker WRITE"};
  for (const auto& how : ways) {
    BOOST_TEST_CONTEXT(how) {
      const auto what = accept();
      lock(how);
      check_refused_in_time({what});
      unlock();
      BOOST_TEST(!queries->find_message(what.message->id).value());
      BOOST_TEST((apply({what}).at(0).status == transition_status::applied));
    }
  }
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_lock_on_a_row_is_waited_for_once) {
  if (!on_mysql()) return;
  const auto id = processing();
  sql("BEGIN");
  lock("SELECT id FROM message_transaction WHERE id = " + std::to_string(id) + " FOR UPDATE");
  check_refused_in_time({accepted(id)});
  // Other rows are nobody's.
  apply({accept()});
  BOOST_TEST(writer->rehearse(batch({accepted(id)})).error().code == ledger_errc::locked);
  unlock();
  BOOST_TEST(!writer->rehearse(batch({accepted(id)})).has_error());
  BOOST_TEST(status_of(accepted(id)) == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_lock_that_ends_in_time_is_waited_for) {
  if (in_memory()) return;
  apply({accept()});
  lock();
  std::thread holder([this] {
    std::this_thread::sleep_for(patience / 4);
    unlock();
  });
  std::vector<transition> second{accept()};
  const auto took = time_of([&] { BOOST_TEST(!writer->apply(batch(second)).has_error()); });
  holder.join();
  BOOST_TEST(took.count() >= patience.count() / 8);
  BOOST_TEST(counts().pending == 2);
}

BOOST_AUTO_TEST_CASE(a_rehearsal_changes_nothing) {
  const auto what = accept();
  BOOST_TEST(!writer->rehearse(batch({what})).has_error());
  BOOST_TEST(!queries->find_message(what.message->id).value());
  BOOST_TEST(counts().pending == 0);
  if (in_memory()) return;
  lock();
  BOOST_TEST(writer->rehearse(batch({what})).error().code == ledger_errc::locked);
  unlock();
  apply({what});
  BOOST_TEST(counts().pending == 1);
}

BOOST_AUTO_TEST_CASE(nodes_wait_for_a_lock_once_too) {
  if (in_memory()) return;
  lock();
  check_waits_once([&] {
    BOOST_TEST(writer->renew_lease(node, seconds(30)).error().code == ledger_errc::locked);
  });
  unlock();
  BOOST_TEST(!writer->renew_lease(node, seconds(30)).has_error());
}

BOOST_AUTO_TEST_CASE(readers_go_on_beside_a_lock_on_sqlite_and_wait_once_on_mysql) {
  if (in_memory()) return;
  const auto what = accept();
  apply({what});
  lock(on_mysql() ? "LOCK TABLES message WRITE" : "BEGIN EXCLUSIVE");
  check_waits_once(
      [&] {
        const auto found = queries->find_message(what.message->id);
        BOOST_TEST(found.has_error() == on_mysql());
        if (found.has_error()) BOOST_TEST(found.error().code == ledger_errc::locked);
      },
      on_mysql() ? 2 * patience : patience / 2);
}

BOOST_AUTO_TEST_CASE(a_commit_that_cannot_be_made_in_time_is_known_to_be_undone) {
  if (!on_mysql()) return;
  bool holds = false;
  settings.fault = [&](std::string_view point) {
    if (point == "before_commit" && holds) lock("FLUSH TABLES WITH READ LOCK");
  };
  reopen();
  apply({accept()});
  const auto what = accept();
  holds = true;
  const auto applied = writer->apply(batch({what}));
  holds = false;
  BOOST_REQUIRE(applied.has_error());
  // MySQL does not say whether a commit that waited for too long is undone, so it is looked up.
  const bool unknown = applied.error().code == ledger_errc::unknown_result;
  if (!unknown) BOOST_TEST(applied.error().code == ledger_errc::locked, applied.error().message);
  unlock();
  if (unknown) BOOST_TEST(writer->resolve().error().code == ledger_errc::unavailable);
  BOOST_TEST(!queries->find_message(what.message->id).value());
  BOOST_TEST(status_of(what) == transition_status::applied);
  BOOST_TEST(counts().pending == 2);
}

BOOST_AUTO_TEST_CASE(a_commit_that_its_caller_withdraws_changes_nothing) {
  auto withdrawn = batch({accept(), accept()});
  int asked = 0;
  withdrawn.may_commit = [&] { return ++asked > 1; };
  BOOST_TEST(writer->apply(withdrawn).error().code == ledger_errc::withdrawn);
  BOOST_TEST(counts().pending == 0);
  BOOST_TEST(!writer->apply(withdrawn).has_error());
  BOOST_TEST(counts().pending == 2);
  BOOST_TEST(asked == 2);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
