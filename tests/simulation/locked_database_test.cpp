#include "base/log.hpp"
#include "tests/simulation/pipeline_fixture.hpp"

#include <algorithm>
#include <set>

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

/// Somebody else holds a lock that every change needs, but not an empty batch.
struct locked_fixture : pipeline_fixture {
  using answer = std::shared_ptr<std::optional<actors::result<actors::send_receipt>>>;

  locked_fixture() {
    set_log_sink([this](auto level, std::string_view component, std::string_view text, auto) {
      BOOST_TEST_MESSAGE(component << ": " << text);
      if (component == "ledger_writer" && level >= log_level::info) lines.emplace_back(level, text);
    });
    settings.providers.resize(1);
    start();
    process->run_for(1s);
    process->faults().locked = [this](const persistence::ledger_batch& batch) {
      return locked && !batch.transitions.empty();
    };
    process->faults().on_commit = [this](const persistence::ledger_batch& batch, const auto&) {
      for (const auto& transition : batch.transitions)
        if (const auto* accepted = std::get_if<persistence::accept_message>(&transition))
          stored.insert(accepted->message->text);
    };
  }

  answer post(const std::string& text) {
    auto answered = std::make_shared<answer::element_type>();
    actors::send_request request;
    request.user = 1;
    request.text = text;
    request.recipients.emplace();
    request.recipients->push_back({"+15550000001", {}, {}, {}});
    process->gateway().send(std::move(request), "test",
                            [answered](auto result) { *answered = std::move(result); });
    return answered;
  }
  bool ready() const { return process->gateway().ready().ready; }
  /// At the next batch, while its writer hears nothing.
  void at_next_batch(std::function<void()> what) {
    process->faults().before_commit = [&hook = process->faults().before_commit,
                                       what = std::move(what)]() mutable {
      // The assignment ends this function, and what it holds.
      const auto now = std::move(what);
      hook = nullptr;
      now();
    };
  }
  void pass(std::chrono::nanoseconds time) {
    const auto end = clock.steady + time;
    for (auto next = process->next_event(); next && *next <= end; next = process->next_event()) {
      process->advance_to(*next);
      process->settle();
    }
    process->advance_to(end);
    process->settle();
  }
  static void check_refused(const answer& answered) {
    BOOST_REQUIRE(answered->has_value());
    BOOST_REQUIRE((*answered)->has_error());
    BOOST_TEST(((*answered)->error().code == actors::service_errc::unavailable));
    BOOST_TEST((*answered)->error().retry_after.count() > 0);
  }

  bool locked = false;
  std::set<std::string> stored;
  std::vector<std::pair<log_level, std::string>> lines;
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(locked_database, locked_fixture)

BOOST_AUTO_TEST_CASE(posts_are_refused_and_not_stored_later_and_an_operator_is_told_once) {
  locked = true;
  const auto refused = post("one");
  process->settle();
  check_refused(refused);
  BOOST_TEST((*refused)->error().detail.find("lock") != std::string::npos);
  const auto state = process->gateway().ready();
  BOOST_TEST(!state.ready);
  BOOST_TEST((state.database == actors::database_state::locked));
  BOOST_REQUIRE(state.reasons.size() == 1);
  BOOST_TEST(state.reasons[0].find("locked") != std::string::npos);
  for (int second = 0; second < 60; ++second) {
    process->run_for(1s);
    BOOST_TEST(!ready());
    const auto during = post("during");
    process->settle();
    check_refused(during);
  }
  BOOST_REQUIRE(lines.size() == 1);
  BOOST_TEST((lines[0].first == log_level::warning));
  BOOST_TEST(lines[0].second.find("locked") != std::string::npos);
  locked = false;
  process->run_for(3s);
  BOOST_TEST(ready());
  BOOST_REQUIRE(lines.size() == 2);
  BOOST_TEST((lines[1].first == log_level::info));
  BOOST_TEST(stored.empty());
  BOOST_TEST(send("two").has_value());
  process->run_for(5s);
  BOOST_TEST(stored == std::set<std::string>{"two"}, boost::test_tools::per_element());
  BOOST_TEST(calls["alpha"] == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(what_is_under_way_waits_and_is_sent_once) {
  replies["alpha"] = [](const std::string& body) {
    auto slow = success(body);
    slow.after = 5s;
    return slow;
  };
  const auto first = send("before");
  BOOST_REQUIRE(first);
  process->run_for(1s);
  BOOST_TEST(calls["alpha"] == 1);
  locked = true;
  process->run_for(1min);
  BOOST_TEST(!ready());
  BOOST_TEST(to_string(status(first->message).status) == "processing");
  locked = false;
  process->run_for(10s);
  BOOST_TEST(ready());
  BOOST_TEST(to_string(status(first->message).status) == "success");
  BOOST_TEST(calls["alpha"] == 1);
  BOOST_TEST(lines.size() == 2);
  verify();
}

BOOST_AUTO_TEST_CASE(a_post_whose_time_is_up_before_its_commit_is_refused_and_not_stored) {
  answer late;
  at_next_batch([&] {
    pass(9s);
    BOOST_TEST(!late->has_value());
    pass(2s);
    check_refused(late);
  });
  late = post("late");
  process->run_for(1min);
  check_refused(late);
  BOOST_TEST(stored.empty());
  // It was no lock, only slow.
  BOOST_TEST(ready());
  BOOST_TEST(send("next").has_value());
  verify();
}

BOOST_AUTO_TEST_CASE(of_posts_that_wait_behind_a_slow_batch_only_the_late_ones_are_refused) {
  answer early, late;
  at_next_batch([&] {
    early = post("early");
    process->settle();
    pass(6s);
    late = post("late");
    process->settle();
    pass(1s);
    at_next_batch([&] { pass(4s); });
  });
  BOOST_TEST(send("first").has_value());
  process->run_for(1s);
  check_refused(early);
  BOOST_REQUIRE(late->has_value());
  BOOST_TEST((*late)->has_value());
  process->run_for(1min);
  BOOST_TEST(stored == (std::set<std::string>{"first", "late"}), boost::test_tools::per_element());
  BOOST_TEST(calls["alpha"] == 2);
  // Their places are free again.
  const auto senders = process->ask<actors::inspection>(
      process->pipeline()->inspector, actors::inspect_atom_v, std::string("senders"));
  BOOST_REQUIRE(senders);
  const auto& window = senders->content.at("senders").at(0).at("window").as_object();
  BOOST_TEST(window.at("room") == window.at("size"));
  verify();
}

BOOST_AUTO_TEST_CASE(a_post_that_is_being_committed_is_answered_by_what_became_of_it) {
  answer slow;
  bool first = true;
  process->faults().on_commit = [&](const auto&, const auto&) {
    if (!std::exchange(first, false)) return;
    pass(20s);
    BOOST_TEST(!slow->has_value());
  };
  slow = post("slow");
  process->run_for(1s);
  BOOST_REQUIRE(slow->has_value());
  BOOST_TEST((*slow)->has_value());
  verify();
}

BOOST_AUTO_TEST_CASE(a_lock_that_one_writer_meets_leaves_the_others_to_take_messages) {
  settings.ledger_writers = 2;
  start();
  process->run_for(1s);
  BOOST_TEST(ready());
  // On the row of a delivery that has ended.
  process->faults().locked = [this](const persistence::ledger_batch& batch) {
    return locked && std::ranges::any_of(batch.transitions, [](const auto& transition) {
             return std::holds_alternative<persistence::finish>(transition);
           });
  };
  locked = true;
  const auto first = send("first");
  BOOST_REQUIRE(first);
  process->run_for(5s);
  BOOST_TEST(to_string(status(first->message).status) == "processing");
  const auto state = process->gateway().ready();
  BOOST_TEST(state.ready);
  BOOST_REQUIRE(state.warnings.size() == 1);
  BOOST_TEST(state.warnings[0].find("1 of 2") != std::string::npos);
  for (int i = 0; i < 10; ++i)
    BOOST_TEST(send("another").has_value());
  locked = false;
  process->run_for(10s);
  BOOST_TEST(process->gateway().ready().warnings.empty());
  BOOST_TEST(to_string(status(first->message).status) == "success");
  BOOST_TEST(calls["alpha"] == 11);
  BOOST_TEST(lines.size() == 2);
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
