#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

using std::chrono::hours;

struct retention_fixture : ledger_fixture {
  transition_result step(prune::kind what, time_point completed_before, int limit = 100) {
    const auto result = apply({prune{what, completed_before, limit}}).at(0);
    BOOST_TEST(result.status == transition_status::applied);
    check_invariants();
    return result;
  }
  transition_result bodies(time_point before, int limit = 100) {
    return step(prune::kind::bodies, before, limit);
  }
  transition_result history(time_point before, int limit = 100) {
    return step(prune::kind::history, before, limit);
  }
  /// Steps until one says that nothing is left; answers what they counted together.
  std::int64_t all_history(time_point before, int limit) {
    std::int64_t count = 0;
    for (int steps = 0; steps < 1000; ++steps) {
      const auto result = history(before, limit);
      count += result.count;
      if (!result.more) return count;
    }
    BOOST_FAIL("retention does not end");
    return count;
  }

  transaction_id done() {
    const auto id = processing();
    apply({accepted(id)});
    return id;
  }
  message_id message_of(transaction_id id) { return find(id).transaction.message; }
  bool message_gone(const message_id& id) { return !queries->find_message(id).value(); }
  message stored(transaction_id id) {
    return queries->find_message(message_of(id)).value()->message;
  }

  /// A message with all that it can have, and a transaction of it that was accepted.
  transaction_id rich() {
    auto what = accept();
    auto m = std::make_shared<message>(*what.message);
    m->subject = "a subject";
    m->html = "<p>hello</p>";
    m->metadata = R"({"order":"1"})";
    m->requested_type = "signal";
    m->reference = "order 7";
    what.message = m;
    const auto id = apply({what}).at(0).ids.at(0);
    apply({begin_delivery{id}});
    apply({accepted(id)});
    return id;
  }
};

BOOST_FIXTURE_TEST_SUITE(retention, retention_fixture)

BOOST_AUTO_TEST_CASE(a_message_that_was_finished_long_enough_ago_is_deleted_with_all_it_has) {
  const auto old = done();
  const auto message = message_of(old);
  now += hours(1);
  const auto young = done();
  const auto result = history(now - minutes(1));
  BOOST_TEST(result.count == 1);
  BOOST_TEST(!result.more);
  BOOST_TEST(gone(old));
  BOOST_TEST(message_gone(message));
  BOOST_TEST(!gone(young));
  BOOST_TEST(counts().history == 1);
  BOOST_TEST(!message_gone(message_of(young)));
}

BOOST_AUTO_TEST_CASE(what_is_not_finished_keeps_its_message) {
  const auto waiting = pending();
  const auto both = apply({accept(2)}).at(0).ids;
  apply({begin_delivery{both[0]}});
  apply({accepted(both[0])});
  now += hours(1);
  BOOST_TEST(history(now).count == 0);
  BOOST_TEST(bodies(now).count == 0);
  BOOST_TEST(!gone(waiting));
  BOOST_TEST(!gone(both[0]));
  BOOST_TEST(stored(both[0]).text == "hello");
  // The walk has passed the first recipient; the second one brings the message back into it.
  apply({begin_delivery{both[1]}});
  apply({accepted(both[1])});
  now += hours(1);
  BOOST_TEST(bodies(now).count == 1);
  BOOST_TEST(stored(both[1]).text.empty());
  BOOST_TEST(history(now).count == 2);
  BOOST_TEST(gone(both[0]));
  BOOST_TEST(gone(both[1]));
}

BOOST_AUTO_TEST_CASE(a_chain_goes_as_a_whole) {
  const auto first = processing();
  const auto message = message_of(first);
  const auto second = apply({retry(first)}).at(0).ids.at(0);
  now += hours(1);
  BOOST_TEST(history(now).count == 0);
  apply({begin_delivery{second}});
  apply({accepted(second)});
  now += minutes(1);
  // Its end is too young still.
  BOOST_TEST(history(now - minutes(2)).count == 0);
  BOOST_TEST(!gone(first));
  BOOST_TEST(history(now).count == 2);
  BOOST_TEST(message_gone(message));
}

BOOST_AUTO_TEST_CASE(steps_are_small_and_each_goes_on_where_the_last_one_ended) {
  for (int i = 0; i < 25; ++i)
    done();
  now += hours(1);
  const auto first = history(now, 10);
  BOOST_TEST(first.count == 10);
  BOOST_TEST(first.more);
  BOOST_TEST(counts().history == 15);
  BOOST_TEST(all_history(now, 10) == 15);
  BOOST_TEST(counts().history == 0);
}

BOOST_AUTO_TEST_CASE(messages_that_must_stay_do_not_stop_the_walk) {
  std::vector<transaction_id> kept;
  for (int i = 0; i < 12; ++i) {
    kept.push_back(processing());
    apply({retry(kept.back())});
  }
  const auto old = done();
  now += hours(1);
  BOOST_TEST(all_history(now, 5) == 1);
  BOOST_TEST(gone(old));
  for (const auto id : kept)
    BOOST_TEST(!gone(id));
}

BOOST_AUTO_TEST_CASE(the_body_goes_and_everything_else_stays) {
  const auto id = rich();
  const auto before = stored(id);
  const auto terms = [&](const std::string& where) {
    return number("SELECT COUNT(*) FROM message_term WHERE " + where);
  };
  // Its reference, its recipient and a member of its metadata.
  if (!in_memory()) BOOST_TEST(terms("term <> 0") == 3);
  now += hours(1);
  const auto result = bodies(now);
  BOOST_TEST(result.count == 1);
  const auto after = stored(id);
  if (!in_memory()) BOOST_TEST(terms("term <> 0") == 2);
  if (!in_memory()) BOOST_TEST(terms("(term & 3) = 1") == 0);
  BOOST_TEST(after.text.empty());
  BOOST_TEST(after.subject.empty());
  BOOST_TEST(after.html.empty());
  BOOST_TEST(after.metadata.empty());
  BOOST_TEST((after.body_removed_at == now));
  BOOST_TEST(!before.body_removed_at.has_value());
  BOOST_TEST((after.recipients == before.recipients));
  BOOST_TEST(after.requested_type == "signal");
  BOOST_TEST((after.created_at == before.created_at));
  BOOST_TEST(find(id).transaction.provider_ref == "ref-" + std::to_string(id));
  BOOST_TEST(bodies(now).count == 0);
  now += hours(1);
  BOOST_TEST(history(now).count == 1);
  BOOST_TEST(gone(id));
}

BOOST_AUTO_TEST_CASE(what_providers_said_goes_with_the_body_and_the_code_stays) {
  const auto refused = [](transaction_id id) {
    auto end = gave_up(id);
    end.result.error_message = "451 no room for ann@example.org";
    return end;
  };
  const auto first = processing(), young = processing();
  auto failed_over = retry(first);
  failed_over.result.error_message = "450 later";
  const auto second = apply({failed_over}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  apply({refused(second)});
  // An outcome that comes too late for its row is kept with the same words.
  apply({refused(second)});
  const auto words = [this](transaction_id id) {
    const auto row = find(id).transaction;
    return row.error_message + "|" + row.attempts.at(0).last.answer;
  };
  const auto late_words = [this] {
    return in_memory() ? "" : sql("SELECT error_message FROM late_outcome").at(0).at(0);
  };
  BOOST_TEST(words(first).find("450 later") != std::string::npos);
  BOOST_TEST(words(second).find("no room") != std::string::npos);
  BOOST_TEST((in_memory() || late_words().find("no room") != std::string::npos));
  const auto updated = find(second).transaction.updated_at;
  const auto limit = now;
  now += hours(1);
  apply({refused(young)});
  BOOST_TEST(bodies(limit).count == 1);
  BOOST_TEST(words(young).find("no room") != std::string::npos);
  for (const auto id : {first, second}) {
    BOOST_TEST(words(id) == "|");
    BOOST_CHECK(find(id).transaction.error == error_code::unavailable);
    BOOST_CHECK(find(id).transaction.status == transaction_status::failed);
  }
  BOOST_CHECK(find(second).transaction.updated_at == updated);
  BOOST_CHECK(find(second).transaction.attempts.at(0).last.outcome == error_code::unavailable);
  BOOST_TEST(late_words() == "");
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_attempt_that_came_back_from_history_keeps_its_message) {
  const auto id = rich();
  auto what = accept();
  what.transactions[0].fallback_on_undelivered = true;
  const auto other = apply({what}).at(0).ids.at(0);
  apply({begin_delivery{other}});
  apply({accepted(other)});
  record_receipt undelivered;
  undelivered.id = other;
  undelivered.kind = receipt::undelivered;
  BOOST_TEST(status_of(undelivered) == transition_status::applied);
  now += hours(1);
  BOOST_TEST(bodies(now).count == 1);
  BOOST_TEST(history(now).count == 1);
  BOOST_TEST(gone(id));
  BOOST_TEST(find(other).transaction.status == transaction_status::failed);
  BOOST_TEST(stored(other).text == "hello");
}

BOOST_AUTO_TEST_CASE(what_has_no_body_is_not_sent_again) {
  auto what = accept();
  what.transactions[0].fallback_on_undelivered = true;
  const auto taken = apply({what}).at(0).ids.at(0);
  const auto ended = processing();
  apply({begin_delivery{taken}});
  apply({accepted(taken), gave_up(ended)});
  now += hours(1);
  BOOST_TEST(bodies(now).count == 2);
  record_receipt undelivered;
  undelivered.id = taken;
  undelivered.kind = receipt::undelivered;
  const auto noted = apply({undelivered}).at(0);
  BOOST_TEST(noted.status == transition_status::applied);
  BOOST_TEST(noted.count == 0);
  BOOST_TEST(find(taken).transaction.status == transaction_status::success);
  BOOST_TEST((find(taken).transaction.receipt == receipt::undelivered));
  auto first = find(ended).transaction;
  first.error = error_code::none;
  first.completed_at.reset();
  BOOST_TEST(status_of(start_chain{ended, first}) == transition_status::conflict);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(late_outcomes_go_with_their_transactions_or_of_age) {
  const auto id = done();
  apply({accepted(id), accepted(4711)});
  BOOST_TEST(counts().late_outcomes == 2);
  now += hours(1);
  apply({accepted(4712)});
  history(now - minutes(1));
  BOOST_TEST(gone(id));
  BOOST_TEST(counts().late_outcomes == 1);
  history(now);
  BOOST_TEST(counts().late_outcomes == 0);
}

BOOST_AUTO_TEST_CASE(an_acceptance_that_waits_for_a_call_is_kept) {
  const auto first = processing();
  const auto second = apply({retry(first, error_code::outcome_unknown)}).at(0).ids.at(0);
  apply({begin_delivery{second}});
  apply({accepted(first)});
  BOOST_TEST(counts().late_outcomes == 1);
  now += hours(1);
  BOOST_TEST(history(now).count == 0);
  BOOST_TEST(counts().late_outcomes == 1);
  apply({gave_up(second)});
  BOOST_TEST(find(first).transaction.status == transaction_status::success);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(two_nodes_share_the_walk) {
  for (int i = 0; i < 20; ++i)
    done();
  now += hours(1);
  const auto here = node, there = new_node();
  for (int i = 0; i < 2; ++i)
    for (auto who : {here, there})
      BOOST_TEST(apply_as(who, {prune{prune::kind::history, now, 5}}).at(0).count == 5);
  BOOST_TEST(counts().history == 0);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(an_outcome_of_what_was_deleted_is_kept_as_late) {
  const auto id = done();
  now += hours(1);
  history(now);
  BOOST_TEST(status_of(accepted(id)) == transition_status::conflict);
  BOOST_TEST(counts().late_outcomes == 1);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
