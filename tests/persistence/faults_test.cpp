#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>

namespace postrider::test {

/// Breaks the connection at named points, as often as the case says.
struct fault_fixture : ledger_fixture {
  fault_fixture() {
    settings.fault = [this](std::string_view point) {
      for (auto& [name, times] : breaks)
        if (name == point && times > 0) {
          --times;
          throw std::runtime_error("broken by the test");
        }
      if (on_point) on_point(point);
    };
    reopen();
  }
  std::vector<std::pair<std::string, int>> breaks;
  std::function<void(std::string_view)> on_point;
};

BOOST_FIXTURE_TEST_SUITE(faults, fault_fixture)

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_was_lost_is_found_to_be_committed) {
  const auto what = accept();
  breaks = {{"after_commit", 1}};
  const auto result = apply({what}).at(0);
  BOOST_TEST((find(result.ids.at(0)).transaction.message == what.message->id));
  BOOST_TEST(counts().pending == 1);
}

BOOST_AUTO_TEST_CASE(a_commit_that_never_arrived_is_found_to_be_undone) {
  const auto what = accept();
  breaks = {{"before_commit", 1}};
  const auto applied = writer->apply(batch({what}));
  BOOST_REQUIRE(applied.has_error());
  BOOST_TEST(applied.error().code == ledger_errc::unavailable);
  BOOST_TEST(!queries->find_message(what.message->id).value());
  BOOST_TEST(apply({what}).at(0).status == transition_status::applied);
  BOOST_TEST(counts().pending == 1);
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_the_result_stays_unknown) {
  const auto what = accept();
  breaks = {{"after_commit", 1}, {"before_resolve", 2}};
  BOOST_TEST(writer->apply(batch({what})).error().code == ledger_errc::unknown_result);
  BOOST_TEST(writer->apply(batch({accept()})).error().code == ledger_errc::unknown_result);
  BOOST_TEST(writer->resolve().error().code == ledger_errc::unknown_result);
  const auto resolved = writer->resolve();
  BOOST_REQUIRE(resolved.has_value());
  BOOST_TEST(find(resolved->at(0).ids.at(0)).transaction.status == transaction_status::pending);
  BOOST_TEST(writer->resolve().has_error());
  BOOST_TEST(status_of(begin_delivery{resolved->at(0).ids.at(0)}) == transition_status::applied);
}

BOOST_AUTO_TEST_CASE(a_lost_commit_is_not_confused_with_the_one_before) {
  apply({accept()});
  breaks = {{"before_commit", 1}, {"before_resolve", 1}};
  BOOST_TEST(writer->apply(batch({accept()})).error().code == ledger_errc::unknown_result);
  BOOST_TEST(writer->resolve().error().code == ledger_errc::unavailable);
  BOOST_TEST(counts().pending == 1);
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_idle_too_long_is_made_again) {
  apply({accept()});
  kill_connections();
  breaks = {{"before_batch", 1}};
  apply({accept()});
  BOOST_TEST(counts().pending == 2);
}

BOOST_AUTO_TEST_CASE(without_a_database_nothing_is_changed_and_an_operator_is_told) {
  breaks = {{"before_batch", 2}};
  const auto applied = writer->apply(batch({accept()}));
  BOOST_TEST(applied.error().code == ledger_errc::unavailable);
  BOOST_TEST(applied.error().message.find("check") != std::string::npos);
  BOOST_TEST(apply({accept()}).at(0).status == transition_status::applied);
}

BOOST_AUTO_TEST_CASE(a_connection_killed_before_its_commit_changes_nothing) {
  if (!on_mysql()) return;
  const auto what = accept();
  on_point = [this](std::string_view point) {
    if (point == "before_commit") on_point = nullptr, kill_connections();
  };
  BOOST_TEST(writer->apply(batch({what})).error().code == ledger_errc::unavailable);
  BOOST_TEST(!queries->find_message(what.message->id).value());
  BOOST_TEST(apply({what}).at(0).status == transition_status::applied);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(readers_survive_a_lost_connection) {
  const auto id = pending();
  BOOST_TEST(!gone(id));
  kill_connections();
  BOOST_TEST(!gone(id));
}

BOOST_AUTO_TEST_CASE(after_a_restart_nothing_is_lost_and_ids_go_on) {
  if (in_memory()) return;
  const auto id = processing();
  reopen();
  BOOST_TEST(find(id).transaction.status == transaction_status::processing);
  BOOST_TEST(pending() > id);
  BOOST_TEST(counts().processing == 1);
}

BOOST_AUTO_TEST_CASE(two_ledgers_of_one_database_never_give_the_same_id) {
  auto second = database().open_ledger();
  std::vector<transaction_id> ids;
  for (int i = 0; i < 3; ++i)
    for (auto* one : {writer.get(), second.get()}) {
      const auto applied = one->apply(batch({accept(700)})).value();
      ids.insert(ids.end(), applied.at(0).ids.begin(), applied.at(0).ids.end());
    }
  std::ranges::sort(ids);
  BOOST_TEST(ids.size() == 4200);
  BOOST_TEST((std::ranges::adjacent_find(ids) == ids.end()));
}

BOOST_AUTO_TEST_CASE(a_second_process_is_kept_away_from_the_file) {
  if (on_mysql() || in_memory()) return;
  const auto second = open_database(settings);
  BOOST_REQUIRE(second.has_error());
  BOOST_TEST(second.error().code == ledger_errc::in_use);
  BOOST_TEST(second.error().message.find(".db") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_database_tells_whether_others_can_have_it_open) {
  BOOST_TEST(database().exclusive() == !on_mysql());
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_named) {
  database_settings nowhere;
  nowhere.url = "mysql://root@localhost/x?socket=/nonexistent.sock";
  const auto opened = open_database(nowhere);
  BOOST_REQUIRE(opened.has_error());
  BOOST_TEST(opened.error().code == ledger_errc::unavailable);
  BOOST_TEST(opened.error().message.find("/nonexistent.sock") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
