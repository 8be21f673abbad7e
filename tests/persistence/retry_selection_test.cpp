#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>

namespace postrider::test {

struct selection_fixture : ledger_fixture {
  transaction_id ended(user_id user = 1, error_code error = error_code::unavailable,
                       provider_id by = provider) {
    auto what = accept();
    what.transactions[0].user = user;
    what.transactions[0].provider = by;
    const auto id = apply({what}).at(0).ids.at(0);
    apply({begin_delivery{id}});
    apply({gave_up(id, error)});
    return id;
  }
  /// The whole walk in steps of `step` rows.
  std::vector<transaction_id> walk(const retry_selection& wanted, int step = 2) {
    std::vector<transaction_id> found;
    std::optional<retry_cursor> at = retry_cursor{};
    for (int steps = 0; at && steps < 100; ++steps) {
      const auto page = queries->select_retries(wanted, *at, step).value();
      for (const auto& d : page.rows) {
        BOOST_REQUIRE(d.message);
        found.push_back(d.transaction.id);
      }
      at = page.next;
    }
    BOOST_TEST(!at);
    std::ranges::sort(found);
    return found;
  }
  using ids = std::vector<transaction_id>;
};

BOOST_FIXTURE_TEST_SUITE(retry_selections, selection_fixture)

BOOST_AUTO_TEST_CASE(a_cursor_is_read_as_it_was_written) {
  const retry_cursor cursor{4, 1'700'000'000'000'000, 17, 1'700'000'000'000'001};
  BOOST_TEST((parse_retry_cursor(to_string(cursor)) == cursor));
  for (const auto* wrong :
       {"", "1", "1.2", "1.2.3", "1.2.3.4.5", "1.2.x.4", "-1.2.3.4", "55.1.1.4", "1..3.4"})
    BOOST_TEST(!parse_retry_cursor(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_CASE(waiting_retries_are_walked_and_history_only_when_asked_for) {
  ids waiting, past;
  for (int i = 0; i < 5; ++i)
    waiting.push_back(failed());
  for (int i = 0; i < 5; ++i)
    past.push_back(ended());
  pending(), processing();
  retry_selection wanted;
  BOOST_TEST((walk(wanted) == waiting));
  wanted.include_final = true;
  auto both = waiting;
  both.insert(both.end(), past.begin(), past.end());
  BOOST_TEST((walk(wanted) == both));
  BOOST_TEST((walk(wanted, 100) == both));
}

BOOST_AUTO_TEST_CASE(every_filter_holds_on_both_tables) {
  const auto rejected = ended(1, error_code::recipient_rejected);
  const auto of_user = ended(2), by_other = ended(1, error_code::unavailable, 9);
  const auto start = now;
  now += minutes(10);
  const auto late = ended(), waiting = failed();
  retry_selection wanted;
  wanted.include_final = true;
  auto by = wanted;
  by.error = error_code::recipient_rejected;
  BOOST_TEST((walk(by) == ids{rejected}));
  by = wanted, by.user = 2;
  BOOST_TEST((walk(by) == ids{of_user}));
  by = wanted, by.provider = 9;
  BOOST_TEST((walk(by) == ids{by_other}));
  by = wanted, by.created_after = start + minutes(1);
  BOOST_TEST((walk(by) == ids{late, waiting}));
  by = wanted, by.created_before = start + minutes(1);
  BOOST_TEST((walk(by) == ids{rejected, of_user, by_other}));
  by.user = 1, by.error = error_code::unavailable;
  BOOST_TEST((walk(by) == ids{by_other}));
}

BOOST_AUTO_TEST_CASE(only_the_end_of_the_newest_chain_is_selected) {
  const auto id = processing();
  const auto next = apply({retry(id)}).at(0).ids.at(0);
  apply({begin_delivery{next}});
  apply({gave_up(next)});
  retry_selection wanted;
  wanted.include_final = true;
  BOOST_TEST((walk(wanted) == ids{next}));
  auto first = find(next).transaction;
  const auto again = apply({start_chain{next, first}}).at(0).ids.at(0);
  BOOST_TEST(walk(wanted).empty());
  wanted.ids = {next};
  const auto page = queries->select_retries(wanted, {}, 10).value();
  BOOST_TEST((page.outdated == ids{next}));
  claim_ids(provider_lane);
  apply({begin_delivery{again}});
  apply({gave_up(again)});
  wanted.ids.clear();
  BOOST_TEST((walk(wanted) == ids{again}));
}

BOOST_AUTO_TEST_CASE(named_rows_are_found_in_any_state) {
  const auto waiting = failed(), past = ended(), fresh = pending();
  retry_selection wanted;
  wanted.ids = {waiting, past, fresh, 4711};
  auto page = queries->select_retries(wanted, {}, 10).value();
  BOOST_TEST(page.rows.size() == 3);
  BOOST_TEST(!page.next.has_value());
  wanted.ids.clear();
  wanted.message = find(past).transaction.message;
  page = queries->select_retries(wanted, {}, 10).value();
  BOOST_REQUIRE_EQUAL(page.rows.size(), 1);
  BOOST_TEST(page.rows[0].transaction.id == past);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
