#include "tests/persistence/ledger_fixture.hpp"

#include <barrier>
#include <random>
#include <set>
#include <thread>

namespace postrider::test {

using std::chrono::hours;

struct idempotency_fixture : ledger_fixture {
  static hash bytes(std::uint8_t first, std::uint8_t last = 0) {
    hash h{};
    h.front() = first;
    h.back() = last;
    return h;
  }
  /// A message that is posted with a key; its body is `body`.
  accept_message keyed(hash key, std::uint8_t body = 1, api_key_id client = 0, int recipients = 1) {
    auto what = accept(recipients);
    what.once = idempotency_claim{client, key, bytes(body), now + hours(24)};
    return what;
  }
  std::optional<first_answer> answered(hash key, api_key_id client = 0) {
    return queries->find_first_answer(client, key, now).value();
  }
  bool stored(const accept_message& what) {
    return queries->find_message(what.message->id).value().has_value();
  }
  void expect_keys(std::int64_t count) {
    // A database in memory cannot be looked at from outside.
    if (!in_memory()) BOOST_TEST(number("SELECT COUNT(*) FROM idempotency_key") == count);
  }
};

BOOST_FIXTURE_TEST_SUITE(idempotency, idempotency_fixture)

BOOST_AUTO_TEST_CASE(the_second_post_with_a_key_gets_the_first_answer_and_stores_nothing) {
  const auto first = keyed(bytes(1), 7, 0, 2);
  const auto ids = apply({first}).at(0).ids;
  const auto second = keyed(bytes(1), 7, 0, 2);
  const auto result = apply({second}).at(0);
  BOOST_TEST(result.status == transition_status::conflict);
  BOOST_TEST(result.ids.empty());
  BOOST_REQUIRE(result.first);
  BOOST_TEST((result.first->message == first.message->id));
  BOOST_TEST((result.first->body == bytes(7)));
  const std::vector<answered_transaction> expected{
      {ids[0], provider, first.transactions[0].recipient},
      {ids[1], provider, first.transactions[1].recipient}};
  BOOST_TEST((result.first->transactions == expected));
  BOOST_TEST(stored(first));
  BOOST_TEST(!stored(second));
  BOOST_TEST(counts().pending == 2);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(the_first_answer_stays_as_it_was_when_the_transaction_moved_on) {
  const auto first = keyed(bytes(1));
  const auto id = apply({first}).at(0).ids.at(0);
  apply({reroute{id, provider, 9, "another address", false, node, ""}});
  apply({begin_delivery{id}});
  apply({accepted(id)});
  const auto again = apply({keyed(bytes(1))}).at(0).first;
  BOOST_REQUIRE(again);
  BOOST_TEST((again->transactions ==
              std::vector<answered_transaction>{{id, provider, first.transactions[0].recipient}}));
}

BOOST_AUTO_TEST_CASE(a_key_belongs_to_one_client) {
  BOOST_TEST(status_of(keyed(bytes(1), 1, 0)) == transition_status::applied);
  BOOST_TEST(status_of(keyed(bytes(1), 1, 5)) == transition_status::applied);
  BOOST_TEST(status_of(keyed(bytes(1, 1), 1, 5)) == transition_status::applied);
  BOOST_TEST(status_of(keyed(bytes(1), 1, 5)) == transition_status::conflict);
}

BOOST_AUTO_TEST_CASE(of_one_batch_the_first_post_with_a_key_wins) {
  const auto other = keyed(bytes(9));
  const auto first = keyed(bytes(2), 1), second = keyed(bytes(2), 2), third = keyed(bytes(2), 1);
  const auto results = apply({other, first, second, accept(), third});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST(results[2].status == transition_status::conflict);
  BOOST_TEST(results[3].status == transition_status::applied);
  BOOST_TEST(results[4].status == transition_status::conflict);
  BOOST_TEST((results[4].first->message == first.message->id));
  BOOST_TEST((results[4].first->body == bytes(1)));
  BOOST_TEST((results[4].first->transactions.at(0).id == results[1].ids.at(0)));
  expect_keys(2);
  BOOST_TEST(counts().pending == 3);
  check_invariants();
}

BOOST_AUTO_TEST_CASE(a_refused_message_leaves_its_key_to_the_next) {
  auto refused = keyed(bytes(1));
  auto m = std::make_shared<message>(*refused.message);
  m->text = "\xff";
  refused.message = m;
  const auto good = keyed(bytes(1));
  const auto results = apply({refused, good});
  BOOST_TEST(results[0].status == transition_status::refused);
  BOOST_TEST(results[1].status == transition_status::applied);
}

BOOST_AUTO_TEST_CASE(a_message_that_the_database_itself_refuses_leaves_its_key_to_the_next) {
  const auto there = accept();
  apply({there});
  // The id of a message that is there already: the statement fails, and only then it shows.
  auto refused = keyed(bytes(1));
  refused.message = there.message;
  const auto good = keyed(bytes(1));
  const auto results = apply({refused, good});
  BOOST_TEST(results[0].status == transition_status::refused);
  BOOST_TEST(results[1].status == transition_status::applied);
  BOOST_TEST((answered(bytes(1))->message == good.message->id));
}

BOOST_AUTO_TEST_CASE(a_key_is_free_again_when_it_has_expired) {
  apply({keyed(bytes(1))});
  now += hours(24) - microseconds(1);
  BOOST_TEST(status_of(keyed(bytes(1))) == transition_status::conflict);
  BOOST_TEST(answered(bytes(1)).has_value());
  now += microseconds(1);
  BOOST_TEST(!answered(bytes(1)));
  const auto again = keyed(bytes(1), 8), too = keyed(bytes(1), 8);
  const auto results = apply({again, too});
  BOOST_TEST(results[0].status == transition_status::applied);
  BOOST_TEST(results[1].status == transition_status::conflict);
  const auto answer = answered(bytes(1));
  BOOST_REQUIRE(answer);
  BOOST_TEST((answer->message == again.message->id));
  BOOST_TEST((answer->body == bytes(8)));
  BOOST_TEST(answer->transactions.at(0).id == results[0].ids.at(0));
  expect_keys(1);
}

BOOST_AUTO_TEST_CASE(a_key_outlives_a_restart) {
  const auto first = keyed(bytes(1));
  apply({first});
  if (in_memory()) return;
  reopen();
  const auto again = apply({keyed(bytes(1))}).at(0);
  BOOST_TEST(again.status == transition_status::conflict);
  BOOST_TEST((again.first->message == first.message->id));
}

BOOST_AUTO_TEST_CASE(a_lost_commit_answer_tells_what_became_of_the_key) {
  const auto first = keyed(bytes(1));
  bool lose = true;
  settings.fault = [&](std::string_view point) {
    if (point == "after_commit" && std::exchange(lose, false)) throw std::runtime_error("lost");
  };
  lose = false;
  reopen();
  lose = true;
  const auto result = apply({first}).at(0);
  BOOST_TEST(result.status == transition_status::applied);
  BOOST_TEST(!lose);
  BOOST_TEST((apply({keyed(bytes(1))}).at(0).first->message == first.message->id));
}

BOOST_AUTO_TEST_CASE(expired_keys_are_pruned_in_steps) {
  for (std::uint8_t i = 0; i < 5; ++i)
    apply({keyed(bytes(i))});
  now += hours(1);
  apply({keyed(bytes(100))});
  const auto step = [&](time_point until) {
    return apply({prune{prune::kind::idempotency, until, 2}}).at(0);
  };
  BOOST_TEST(step(now).count == 0);
  now += hours(23);
  auto result = step(now);
  BOOST_TEST(result.count == 2);
  BOOST_TEST(result.more);
  BOOST_TEST(step(now).count == 2);
  result = step(now);
  BOOST_TEST(result.count == 1);
  BOOST_TEST(!result.more);
  expect_keys(1);
  BOOST_TEST(answered(bytes(100)).has_value());
  BOOST_TEST(counts().pending == 6);
}

BOOST_AUTO_TEST_CASE(of_many_writers_one_stores_a_message_for_each_key) {
  // SQLite has one writer, and one process.
  if (!on_mysql()) return;
  constexpr int writers = 8, keys_each = 40;
  std::vector<std::unique_ptr<ledger>> all;
  for (int i = 0; i < writers; ++i)
    all.push_back(database().open_ledger());
  // Each writer posts the same keys, in an order of its own.
  std::vector<std::vector<transition>> posts(writers);
  for (int w = 0; w < writers; ++w) {
    for (int k = 0; k < keys_each; ++k)
      posts[w].push_back(keyed(bytes(static_cast<std::uint8_t>(k), 1)));
    std::shuffle(posts[w].begin(), posts[w].end(), std::mt19937(w));
  }
  std::barrier start(writers);
  std::vector<std::optional<batch_result>> results(writers);
  std::vector<std::thread> threads;
  for (int w = 0; w < writers; ++w)
    threads.emplace_back([&, w] {
      start.arrive_and_wait();
      if (auto applied = all[w]->apply({node, now, posts[w]})) results[w] = std::move(*applied);
    });
  for (auto& t : threads)
    t.join();
  std::map<hash, std::set<message_id>> answers;
  int stored_messages = 0;
  for (int w = 0; w < writers; ++w) {
    BOOST_REQUIRE(results[w]);
    for (int k = 0; k < keys_each; ++k) {
      const auto& post = std::get<accept_message>(posts[w][k]);
      const auto& result = results[w]->at(k);
      stored_messages += result.status == transition_status::applied;
      answers[post.once->key].insert(
          result.status == transition_status::applied ? post.message->id : result.first->message);
    }
  }
  BOOST_TEST(stored_messages == keys_each);
  BOOST_TEST(answers.size() == keys_each);
  for (const auto& [key, messages] : answers)
    BOOST_TEST(messages.size() == 1);
  BOOST_TEST(number("SELECT COUNT(*) FROM message") == keys_each);
  check_invariants();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
