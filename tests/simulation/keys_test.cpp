#include "actors/rules/api_keys.hpp"
#include "tests/simulation/pipeline_fixture.hpp"

using namespace std::chrono_literals;
using namespace postrider;
using namespace postrider::tests;
using persistence::api_key;
using persistence::scope;
using persistence::time_point;

namespace {

struct keys_fixture : pipeline_fixture {
  template <class T, class Ask>
  actors::result<T> wait_for(Ask ask) {
    auto answer = std::make_shared<std::optional<actors::result<T>>>();
    ask([answer](actors::result<T> result) { *answer = std::move(result); });
    process->run_until([&] { return answer->has_value(); }, 60s);
    BOOST_REQUIRE_MESSAGE(answer->has_value(), "no answer within a minute");
    return **answer;
  }
  actors::result<actors::created_key> create(std::string name) {
    return wait_for<actors::created_key>([&](auto done) {
      process->gateway().create_key({.name = name, .scopes = {scope::send}}, done);
    });
  }
  std::vector<api_key> list() {
    return wait_for<std::vector<api_key>>([&](auto done) { process->gateway().keys(done); })
        .value();
  }
  actors::result<api_key> revoke(persistence::api_key_id id) {
    return wait_for<api_key>([&](auto done) { process->gateway().revoke_key(id, done); });
  }
  bool lets_in(const std::string& key) {
    const auto admitted = process->gateway().admit(key);
    BOOST_REQUIRE(admitted);
    return admitted->client != nullptr;
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(keys_, keys_fixture)

BOOST_AUTO_TEST_CASE(a_key_is_known_when_it_was_made_and_unknown_when_it_was_revoked) {
  start();
  const auto made = create("shop");
  BOOST_REQUIRE(made);
  BOOST_TEST(lets_in(made->secret));
  BOOST_TEST(list().size() == 1);
  const auto revoked = revoke(made->key.id);
  BOOST_REQUIRE(revoked);
  BOOST_TEST(revoked->revoked_at.has_value());
  BOOST_TEST(!lets_in(made->secret));
  const auto again = revoke(made->key.id);
  BOOST_REQUIRE(again);
  BOOST_TEST((again->revoked_at == revoked->revoked_at));
  BOOST_TEST((revoke(4711).error().code == actors::service_errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_name_is_taken_once_and_what_cannot_be_is_invalid) {
  start();
  BOOST_REQUIRE(create("shop"));
  BOOST_TEST((create("shop").error().code == actors::service_errc::conflict));
  BOOST_TEST((create("").error().code == actors::service_errc::invalid));
  BOOST_TEST(list().size() == 1);
}

BOOST_AUTO_TEST_CASE(keys_outlive_a_crash_and_a_server_is_ready_when_it_knows_them) {
  start();
  const auto made = create("shop");
  crash();
  start();
  BOOST_REQUIRE(process->run_until([&] { return process->gateway().ready().ready; }, 1s));
  BOOST_TEST(lets_in(made->secret));
}

BOOST_AUTO_TEST_CASE(a_key_that_another_node_changed_is_found_within_a_second) {
  polls.api_keys = 1s;
  start();
  const auto mine = create("mine");
  const auto other = ledger->open_ledger();
  const auto theirs = actors::make_api_key({.name = "theirs", .scopes = {scope::read}},
                                           clock.wall(), actors::random_key_bytes())
                          .value();
  BOOST_REQUIRE(other->apply(
      {0,
       clock.wall(),
       {persistence::create_api_key{theirs.key}, persistence::revoke_api_key{mine->key.id}}}));
  BOOST_TEST(lets_in(mine->secret));
  process->run_for(1100ms);
  BOOST_TEST(!lets_in(mine->secret));
  BOOST_TEST(lets_in(theirs.secret));
}

BOOST_AUTO_TEST_CASE(the_last_use_is_stored_once_a_minute_and_not_for_each_request) {
  start();
  const auto made = create("shop"), idle = create("idle");
  process->run_for(2min);
  const auto before = process->faults().commits;
  time_point used{};
  for (int i = 0; i < 1'000; ++i) {
    process->run_for(100ms);
    used = clock.wall();
    lets_in(made->secret);
  }
  process->run_for(2min);
  const auto writes = process->faults().commits - before;
  // Two minutes of use, and what others write in that time.
  process->run_for(220s);
  const auto at_rest = process->faults().commits - before - writes;
  BOOST_TEST(writes <= at_rest + 3);
  BOOST_TEST((list().at(0).last_used_at == used));
  BOOST_TEST(!list().at(1).last_used_at);
}

BOOST_AUTO_TEST_CASE(while_the_database_is_away_known_keys_let_in) {
  start();
  const auto made = create("shop");
  process->faults().away = true;
  process->run_for(10min);
  BOOST_TEST(lets_in(made->secret));
  BOOST_TEST((create("other").error().code == actors::service_errc::unavailable));
}

BOOST_AUTO_TEST_SUITE_END()
