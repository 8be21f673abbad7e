#include "base/digest.hpp"
#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;

namespace {

struct idempotency_fixture : pipeline_fixture {
  using answer = std::shared_ptr<std::optional<actors::result<actors::send_receipt>>>;

  static actors::send_request request(std::string_view key, std::string text = "hello",
                                      std::int64_t client = 0) {
    actors::send_request made;
    made.user = 1;
    made.once = actors::once_only{client, sha256(key), sha256(text)};
    made.text = std::move(text);
    made.recipients.emplace();
    made.recipients->push_back({"+15550000001", {}, {}, {}});
    return made;
  }
  /// Posts without waiting.
  answer post(actors::send_request what) {
    auto got = std::make_shared<std::optional<actors::result<actors::send_receipt>>>();
    process->gateway().send(std::move(what), "test",
                            [got](auto result) { *got = std::move(result); });
    return got;
  }
  int all_calls() { return calls["alpha"] + calls["beta"] + calls["gamma"]; }
  static bool same(const actors::send_receipt& a, const actors::send_receipt& b) {
    if (a.message != b.message || a.transactions.size() != b.transactions.size()) return false;
    for (std::size_t i = 0; i < a.transactions.size(); ++i) {
      const auto &x = a.transactions[i], &y = b.transactions[i];
      if (std::tie(x.id, x.recipient, x.provider, x.provider_type) !=
          std::tie(y.id, y.recipient, y.provider, y.provider_type))
        return false;
    }
    return true;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(idempotency, idempotency_fixture)

BOOST_AUTO_TEST_CASE(the_same_request_again_gets_the_first_answer_and_sends_nothing) {
  start();
  const auto first = send(request("k"));
  BOOST_REQUIRE(first);
  BOOST_TEST(!first->replayed);
  process->run_for(5s);
  BOOST_TEST(all_calls() == 1);
  const auto again = send(request("k"));
  BOOST_REQUIRE(again);
  BOOST_TEST(again->replayed);
  BOOST_TEST(same(*first, *again));
  process->run_for(5s);
  BOOST_TEST(all_calls() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(another_body_is_a_mismatch_and_another_key_or_client_another_message) {
  start();
  const auto first = send(request("k"));
  BOOST_REQUIRE(first);
  const auto other = send(request("k", "another text"));
  BOOST_REQUIRE(!other);
  BOOST_TEST((other.error().code == actors::service_errc::key_mismatch));
  const auto second = send(request("k2"));
  const auto third = send(request("k", "hello", 9));
  BOOST_REQUIRE(second && third);
  BOOST_TEST(!second->replayed);
  BOOST_TEST(!third->replayed);
  process->run_for(5s);
  BOOST_TEST(all_calls() == 3);
  verify();
}

BOOST_AUTO_TEST_CASE(of_64_at_once_one_is_stored_and_the_others_are_told_to_come_again) {
  start();
  std::vector<answer> answers;
  for (int i = 0; i < 64; ++i)
    answers.push_back(post(request("k")));
  process->run_for(5s);
  int stored = 0, told = 0;
  for (const auto& each : answers) {
    BOOST_REQUIRE(each->has_value());
    const auto& result = **each;
    stored += result.has_value();
    if (!result) {
      BOOST_TEST((result.error().code == actors::service_errc::in_progress));
      told += result.error().retry_after == 1s;
    }
  }
  BOOST_TEST(stored == 1);
  BOOST_TEST(told == 63);
  BOOST_TEST(all_calls() == 1);
  BOOST_TEST(send(request("k"))->replayed);
  verify();
}

BOOST_AUTO_TEST_CASE(an_answer_outlives_crashes_and_what_changed_since) {
  start();
  auto what = request("k");
  what.ttl = 60s;
  const auto first = send(what);
  BOOST_REQUIRE(first);
  process->run_for(5s);
  crash();
  // It would find no provider any more, and then it would have expired.
  settings.providers.clear();
  start();
  auto again = send(what);
  BOOST_REQUIRE(again);
  BOOST_TEST(again->replayed);
  BOOST_TEST(same(*first, *again));
  what.ttl.reset();
  what.expires_at = clock.wall() - 1s;
  again = send(what);
  BOOST_REQUIRE(again);
  BOOST_TEST(again->replayed);
  what.once->body = sha256("another");
  BOOST_TEST((send(what).error().code == actors::service_errc::key_mismatch));
  BOOST_TEST(all_calls() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(a_refusal_is_not_remembered) {
  start();
  auto bad = request("k");
  bad.recipients->front().text = "nobody@nowhere";
  const auto refused = send(bad);
  BOOST_REQUIRE(!refused);
  const auto good = send(request("k", "another body"));
  BOOST_REQUIRE(good);
  BOOST_TEST(!good->replayed);
  verify();
}

BOOST_AUTO_TEST_CASE(a_commit_whose_answer_was_lost_holds_its_key) {
  start();
  bool lose = true;
  process->faults().lose_answer = [&] { return std::exchange(lose, false); };
  const auto first = post(request("k"));
  process->run_for(30s);
  BOOST_REQUIRE(first->has_value());
  process->faults().lose_answer = nullptr;
  const auto again = send(request("k"));
  BOOST_REQUIRE(again);
  BOOST_TEST(again->replayed);
  if (**first) BOOST_TEST(same(***first, *again));
  process->run_for(30s);
  BOOST_TEST(all_calls() == 1);
  verify();
}

BOOST_AUTO_TEST_CASE(a_day_later_the_key_is_free_and_its_row_is_gone) {
  start();
  const auto first = send(request("k"));
  BOOST_REQUIRE(first);
  process->run_for(23h);
  BOOST_TEST(send(request("k"))->replayed);
  process->run_for(1h);
  const auto next = send(request("k"));
  BOOST_REQUIRE(next);
  BOOST_TEST(!next->replayed);
  BOOST_TEST((next->message != first->message));
  process->run_for(25h);
  const auto queries = ledger->open_queries();
  const persistence::time_point any{};
  BOOST_TEST(!queries->find_first_answer(0, sha256("k"), any)->has_value());
  verify();
}

BOOST_AUTO_TEST_SUITE_END()
