#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::test {

using boost::test_tools::per_element;

struct list_fixture : ledger_fixture {
  using ids = std::vector<transaction_id>;

  transaction_page page(const transaction_list& what) {
    auto found = queries->list_transactions(what);
    if (!found) BOOST_FAIL(found.error().message);
    return *found;
  }

  /// Every page to the end.
  ids all(transaction_list what) {
    ids seen;
    for (int pages = 0; what.before != 0; ++pages) {
      BOOST_REQUIRE_LT(pages, 1000);
      const auto next = page(what);
      BOOST_REQUIRE_LE(next.rows.size(), static_cast<std::size_t>(what.limit));
      for (const auto& row : next.rows)
        seen.push_back(row.transaction.id);
      what.before = next.next_before;
    }
    return seen;
  }

  static list_filter with_status(transaction_status status) {
    list_filter filter;
    filter.status = status;
    return filter;
  }
  static list_filter with_recipient(std::string recipient) {
    list_filter filter;
    filter.recipient = std::move(recipient);
    return filter;
  }
  static list_filter of_providers(std::vector<provider_id> providers) {
    list_filter filter;
    filter.providers = std::move(providers);
    return filter;
  }
  static list_filter with_archived(bool archived) {
    list_filter filter;
    filter.archived = archived;
    return filter;
  }
  static list_filter archived_success_of(user_id user) {
    auto filter = with_status(transaction_status::success);
    filter.user = user;
    filter.archived = true;
    return filter;
  }

  ids all(list_filter filter, int limit = 3, int window = 4) {
    transaction_list what;
    what.filter = std::move(filter);
    what.limit = limit;
    what.window = window;
    return all(std::move(what));
  }

  transaction_id of(user_id user, provider_id through = provider) {
    auto what = accept();
    auto m = std::make_shared<message>(*what.message);
    m->user = what.transactions[0].user = user;
    what.transactions[0].provider = through;
    what.message = m;
    return apply({what}).at(0).ids.at(0);
  }

  transaction_id done(transaction_id id) {
    apply({begin_delivery{id}});
    apply({accepted(id)});
    return id;
  }
};

BOOST_FIXTURE_TEST_SUITE(listing, list_fixture)

BOOST_AUTO_TEST_CASE(shows_both_tables_newest_first_with_every_column) {
  const auto first = done(pending()), second = pending(), third = done(pending());
  const auto found = page({});
  BOOST_REQUIRE_EQUAL(found.rows.size(), 3);
  BOOST_TEST(found.next_before == 0);
  BOOST_TEST(found.rows[0].transaction.id == third);
  BOOST_TEST(found.rows[0].archived);
  BOOST_TEST(found.rows[1].transaction.id == second);
  BOOST_TEST(!found.rows[1].archived);
  BOOST_TEST(found.rows[2].transaction.id == first);
  const auto& row = found.rows[0].transaction;
  BOOST_TEST(row.provider_ref == "ref-" + std::to_string(third));
  BOOST_TEST(row.status == transaction_status::success);
  BOOST_TEST((row.completed_at == now));
  BOOST_TEST((row.message == find(third).transaction.message));
}

BOOST_AUTO_TEST_CASE(an_empty_ledger_has_one_empty_page) {
  BOOST_TEST(page({}).rows.empty());
  BOOST_TEST(page({}).next_before == 0);
  BOOST_TEST(all(with_status(transaction_status::failed)).empty());
  BOOST_TEST(all(list_filter{{.created_before = now}}).empty());
}

BOOST_AUTO_TEST_CASE(pages_go_on_where_the_last_one_ended) {
  ids expected;
  for (int i = 0; i < 10; ++i)
    expected.insert(expected.begin(), i % 2 == 0 ? pending() : done(pending()));
  BOOST_TEST(all(list_filter{}) == expected, per_element());
  const auto exactly = page({.limit = 10});
  BOOST_TEST(exactly.rows.size() == 10);
  BOOST_TEST(exactly.next_before == 0);
}

BOOST_AUTO_TEST_CASE(rows_that_move_to_history_between_pages_are_shown_once) {
  ids expected;
  for (int i = 0; i < 12; ++i)
    expected.insert(expected.begin(), pending());
  transaction_list what;
  what.limit = 2;
  ids seen;
  // Before each page two rows move: one that was shown, and one that is still to come.
  for (std::size_t shown = 0; what.before != 0; shown = seen.size()) {
    if (shown > 0) done(expected[shown - 1]);
    if (shown + 1 < expected.size()) done(expected[shown + 1]);
    const auto next = page(what);
    for (const auto& row : next.rows)
      seen.push_back(row.transaction.id);
    what.before = next.next_before;
  }
  BOOST_TEST(seen == expected, per_element());
}

BOOST_AUTO_TEST_CASE(rows_that_come_between_pages_do_not_shift_them) {
  ids expected;
  for (int i = 0; i < 4; ++i)
    expected.insert(expected.begin(), pending());
  const auto first = page({.limit = 2});
  pending();
  const auto second = page({.before = first.next_before, .limit = 2});
  BOOST_REQUIRE_EQUAL(second.rows.size(), 2);
  BOOST_TEST(second.rows[0].transaction.id == expected[2]);
  BOOST_TEST(second.rows[1].transaction.id == expected[3]);
}

BOOST_AUTO_TEST_CASE(filters_let_through_what_they_name) {
  const auto mine = of(1), yours = done(of(2)), other = done(of(1, 8));
  const auto broken = failed(error_code::misconfigured);
  BOOST_TEST(all(list_filter{{.user = 1}}) == (ids{broken, other, mine}), per_element());
  BOOST_TEST(all(list_filter{{.user = 2}}) == ids{yours}, per_element());
  BOOST_TEST(all(list_filter{{.user = 3}}).empty());
  BOOST_TEST(all(with_status(transaction_status::success)) == (ids{other, yours}), per_element());
  BOOST_TEST(all(list_filter{{.error = error_code::misconfigured}}) == ids{broken}, per_element());
  BOOST_TEST(all(with_recipient("+15550001000")).size() == 4);
  BOOST_TEST(all(with_recipient("+15550001001")).empty());
  BOOST_TEST(all(of_providers({8})) == ids{other}, per_element());
  BOOST_TEST(all(of_providers({8, 9, 7})).size() == 4);
  BOOST_TEST(all(with_archived(true)) == (ids{other, yours}), per_element());
  BOOST_TEST(all(with_archived(false)) == (ids{broken, mine}), per_element());
  BOOST_TEST(all(archived_success_of(1)) == ids{other}, per_element());
}

BOOST_AUTO_TEST_CASE(times_are_from_the_first_one_on_and_before_the_second_one) {
  const auto start = now;
  ids made;
  for (int i = 0; i < 5; ++i, now += minutes(1))
    made.push_back(i % 2 == 0 ? done(pending()) : pending());
  BOOST_TEST(all(list_filter{{.created_after = start + minutes(1),
                              .created_before = start + minutes(3)}}) == (ids{made[2], made[1]}),
             per_element());
  BOOST_TEST(all(list_filter{{.created_after = start + minutes(4)}}) == ids{made[4]},
             per_element());
  BOOST_TEST(all(list_filter{{.created_before = start}}).empty());
}

BOOST_AUTO_TEST_CASE(a_page_with_a_selective_filter_looks_at_one_window) {
  const auto rare = of(1, 8);
  for (int i = 0; i < 20; ++i)
    pending();
  transaction_list what;
  what.filter.providers = {8};
  what.window = 5;
  int pages = 0;
  ids seen;
  for (; what.before != 0; ++pages) {
    const auto next = page(what);
    for (const auto& row : next.rows)
      seen.push_back(row.transaction.id);
    what.before = next.next_before;
  }
  BOOST_TEST(seen == ids{rare}, per_element());
  // Twenty-one rows in windows of five: the short pages say that there is more.
  BOOST_TEST(pages == 5);
}

BOOST_AUTO_TEST_CASE(a_page_is_read_step_by_step_until_it_is_full_or_its_time_is_over) {
  ids rare;
  for (int i = 0; i < 12; ++i) {
    rare.insert(rare.begin(), i % 2 ? of(1, 8) : done(of(1, 8)));
    for (int j = 0; j < 4; ++j)
      j % 2 ? pending() : done(pending());
  }
  transaction_list what;
  what.filter.providers = {8};
  what.limit = 20;
  what.step = 3;
  what.time = minutes(1);
  const auto whole = page(what);
  BOOST_TEST(whole.rows.size() == rare.size());
  BOOST_TEST(whole.next_before == 0);

  what.limit = 5;
  const auto full = page(what);
  BOOST_TEST(full.rows.size() == 5U);
  BOOST_TEST(full.next_before == rare[4]);
  BOOST_TEST(all(what) == rare, per_element());

  what.time = milliseconds(0);
  const auto hurried = page(what);
  BOOST_TEST(hurried.rows.size() < 2U);
  BOOST_TEST(hurried.next_before > rare[1]);
  BOOST_TEST(all(what) == rare, per_element());
}

BOOST_AUTO_TEST_CASE(a_list_of_a_short_time_ends_with_it_however_long_history_is) {
  const auto start = now;
  for (int i = 0; i < 30; ++i, now += minutes(30))
    done(pending());
  ids expected;
  for (int i = 0; i < 3; ++i)
    expected.insert(expected.begin(), done(pending()));
  const auto end = now + minutes(1);
  for (int i = 0; i < 30; ++i) {
    now += minutes(30);
    done(pending());
  }
  transaction_list what;
  what.window = 6;
  what.filter.created_after = end - minutes(2);
  what.filter.created_before = end;
  const auto first = page(what);
  BOOST_TEST(
      first.rows.size() +
          page({what.filter, first.next_before ? first.next_before : 1, 50, 6}).rows.size() ==
      3);
  int pages = 0;
  for (auto next = what; next.before != 0 && pages < 100; ++pages)
    next.before = page(next).next_before;
  BOOST_TEST(pages <= 3);
  BOOST_TEST(all(what) == expected, per_element());
  // Nothing is lost with wide bounds either.
  BOOST_TEST(all(list_filter{{.created_after = start, .created_before = now}}).size() == 62);
}

/// Ids are in the order of creation, but for a bounded time: what the bounds of a list rest on.
BOOST_AUTO_TEST_CASE(what_is_left_of_an_old_block_of_ids_is_not_used) {
  const auto first = pending();
  now += minutes(9);
  BOOST_TEST(pending() == first + 1);
  now += minutes(2);
  const auto later = pending();
  BOOST_TEST(later >= first + 1000);
  now -= minutes(1);
  BOOST_TEST(pending() == later + 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
