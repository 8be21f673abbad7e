#include "persistence/query/failure_list.hpp"

#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

struct failures_fixture : ledger_fixture {
  transaction_id lose(error_code error = error_code::unavailable) {
    now += std::chrono::seconds(1);
    const auto id = processing();
    apply({gave_up(id, error)});
    return id;
  }
  failure_groups groups(failure_query what = {}) { return queries->group_failures(what).value(); }
};

BOOST_FIXTURE_TEST_SUITE(failure_list, failures_fixture)

BOOST_AUTO_TEST_CASE(failures_are_grouped_by_provider_and_error) {
  BOOST_TEST(groups().groups.empty());
  // One that a retry follows, one that arrived and one that was cancelled are no failures.
  apply({retry(processing())});
  apply({accepted(processing())});
  apply({gave_up(processing(), error_code::cancelled)});
  BOOST_TEST(groups().groups.empty());
  const auto unknown = lose(error_code::outcome_unknown);
  const auto first = lose(), last = lose();
  const auto found = groups();
  BOOST_REQUIRE_EQUAL(found.groups.size(), 2u);
  const auto& largest = found.groups[0];
  BOOST_TEST(largest.provider == provider);
  BOOST_TEST(largest.error == error_code::unavailable);
  BOOST_TEST(largest.count == 2);
  BOOST_TEST((largest.first_at == find(first).transaction.completed_at));
  BOOST_TEST((largest.last_at == find(last).transaction.completed_at));
  BOOST_TEST(largest.last == last);
  BOOST_TEST((largest.message == find(last).transaction.message));
  BOOST_TEST(largest.last_error == find(last).transaction.error_message);
  BOOST_TEST(!largest.at_least);
  BOOST_TEST(found.groups[1].error == error_code::outcome_unknown);
  BOOST_TEST(found.groups[1].last == unknown);
  BOOST_TEST(found.complete);
  // With the one that is superseded.
  BOOST_TEST(found.seen == 4);
}

BOOST_AUTO_TEST_CASE(those_of_other_users_and_providers_and_older_ones_are_left_out) {
  const auto id = lose();
  const auto user = find(id).transaction.user;
  failure_query what;
  what.users = {user};
  what.providers = {provider};
  what.since = find(id).transaction.created_at;
  BOOST_TEST(groups(what).groups.size() == 1u);
  what.users = {user + 1, user + 2};
  BOOST_TEST(groups(what).groups.empty());
  what.users = {};
  what.providers = {provider + 1};
  BOOST_TEST(groups(what).groups.empty());
  what.providers = {};
  what.since += std::chrono::microseconds(1);
  BOOST_TEST(groups(what).groups.empty());
}

/// An error of which there are many leaves room for those of which there are few.
BOOST_AUTO_TEST_CASE(so_many_rows_are_looked_at_and_the_groups_say_so) {
  const auto rare = lose(error_code::undelivered);
  for (int i = 0; i < 20; ++i)
    lose(error_code::recipient_rejected);
  failure_query what;
  what.rows = 18;
  const auto found = groups(what);
  BOOST_TEST(!found.complete);
  BOOST_TEST(found.seen <= 18);
  BOOST_REQUIRE_EQUAL(found.groups.size(), 2u);
  BOOST_TEST(found.groups[0].count == 10);
  BOOST_TEST(found.groups[0].at_least);
  BOOST_TEST(found.groups[1].last == rare);
  BOOST_TEST(!found.groups[1].at_least);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
