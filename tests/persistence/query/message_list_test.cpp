#include "persistence/query/message_list.hpp"

#include "persistence/message_search.hpp"
#include "persistence/message_terms.hpp"
#include "persistence/query/odb_queries.hpp"
#include "tests/persistence/ledger_fixture.hpp"

#include <algorithm>

namespace postrider::test {

using boost::test_tools::per_element;

struct message_list_fixture : ledger_fixture {
  using numbers = std::vector<int>;

  /// Message number `n`, a second after the one before.
  void add(int n, user_id user = 1, const std::string& reference = {},
           const std::string& metadata = {}, const std::string& address = "+15550100") {
    auto what = accept();
    auto m = std::make_shared<message>(*what.message);
    m->user = user;
    m->reference = reference;
    m->metadata = metadata;
    m->recipients = {{address, "", ""}};
    m->text = std::to_string(n);
    m->subject = m->text;
    m->created_at = now + seconds(n);
    m->id = first_message_id(m->created_at);
    m->id.bytes.back() = static_cast<std::uint8_t>(n);
    what.message = m;
    what.transactions.at(0).user = user;
    what.transactions.at(0).recipient = address;
    apply({what});
  }

  message_page page(const message_list& what) {
    auto found = queries->list_messages(what);
    if (!found) BOOST_FAIL(found.error().message);
    return *found;
  }

  /// All pages to the end.
  numbers all(const message_filter& filter, int limit = 2, int window = 3) {
    message_list what;
    what.filter = filter;
    what.limit = limit;
    what.window = window;
    numbers seen;
    for (int pages = 0;; ++pages) {
      BOOST_REQUIRE_LT(pages, 1000);
      const auto next = page(what);
      BOOST_REQUIRE_LE(next.rows.size(), static_cast<std::size_t>(limit));
      BOOST_REQUIRE_LE(next.seen, window);
      for (const auto& row : next.rows) {
        seen.push_back(std::stoi(row.message.subject));
        BOOST_TEST(row.transactions.size() == 1u);
        BOOST_TEST(row.message.text.empty());
      }
      if (!next.next_before) return seen;
      what.before = *next.next_before;
    }
  }
};

BOOST_FIXTURE_TEST_SUITE(message_lists, message_list_fixture)

BOOST_AUTO_TEST_CASE(messages_are_listed_newest_first_by_pages) {
  for (int n = 1; n <= 7; ++n)
    add(n);
  BOOST_TEST(all({}) == (numbers{7, 6, 5, 4, 3, 2, 1}), per_element());
  BOOST_TEST(all({}, 200, 2000) == (numbers{7, 6, 5, 4, 3, 2, 1}), per_element());
}

BOOST_AUTO_TEST_CASE(the_newest_page_has_a_next_one_only_when_there_is_more) {
  for (int n = 1; n <= 3; ++n)
    add(n);
  message_list what;
  what.limit = 3;
  const auto whole = page(what);
  BOOST_TEST(whole.rows.size() == 3u);
  // A full page does not look further.
  what.limit = 4;
  BOOST_TEST(!page(what).next_before.has_value());
  if (whole.next_before) {
    what.before = *whole.next_before;
    const auto behind = page(what);
    BOOST_TEST(behind.rows.empty());
    BOOST_TEST(!behind.next_before.has_value());
  }
}

BOOST_AUTO_TEST_CASE(messages_are_found_by_reference_metadata_and_recipient) {
  add(1, 1, "order 7", R"({"shop":"north","order":"7"})");
  add(2, 1, "order 8", R"({"shop":"north"})", "+15550101");
  add(3, 2, "order 7", R"({"shop":"south"})", "+15550101");
  add(4, 1, "", R"({"shop":"north","order":"7"})", "+15550102");
  BOOST_TEST(all({.reference = "order 7"}) == (numbers{3, 1}), per_element());
  BOOST_TEST(all({.reference = "order"}).empty());
  BOOST_TEST(all({.recipient = "+15550101"}) == (numbers{3, 2}), per_element());
  BOOST_TEST(all({.metadata = {{"shop", "north"}}}) == (numbers{4, 2, 1}), per_element());
  BOOST_TEST(all({.metadata = {{"shop", "north"}, {"order", "7"}}}) == (numbers{4, 1}),
             per_element());
  BOOST_TEST(all({.reference = "order 7", .metadata = {{"order", "7"}}}) == (numbers{1}),
             per_element());
  BOOST_TEST(all({.users = {2}, .recipient = "+15550101"}) == (numbers{3}), per_element());
}

BOOST_AUTO_TEST_CASE(a_term_that_two_words_share_is_no_find) {
  add(1, 1, "order 7");
  add(2, 1, "order 8");
  if (in_memory()) return;
  // As if the digests were the same.
  sql("UPDATE message_term SET term = 4 WHERE (term & 3) = 0");
  BOOST_TEST(all({.reference = "order 7"}).empty());
  sql("UPDATE message_term SET term = (SELECT term FROM (SELECT " +
      std::to_string(term_of(term_kind::reference, {}, "order 7")) +
      " AS term) AS one) WHERE term = 4");
  BOOST_TEST(all({.reference = "order 7"}) == (numbers{1}), per_element());
}

BOOST_AUTO_TEST_CASE(the_messages_of_some_users_are_merged_in_their_order) {
  for (int n = 1; n <= 30; ++n)
    add(n, n % 3 + 1);
  numbers of_1_and_3;
  for (int n = 30; n >= 1; --n)
    if (n % 3 != 1) of_1_and_3.push_back(n);
  BOOST_TEST(all({.users = {1, 3}}, 4, 1000) == of_1_and_3, per_element());
  BOOST_TEST(all({.users = {1, 3}}, 4, 5) == of_1_and_3, per_element());
  BOOST_TEST(all({.users = {4}}).empty());
}

BOOST_AUTO_TEST_CASE(the_times_are_from_the_first_on_and_before_the_second) {
  for (int n = 1; n <= 9; ++n)
    add(n);
  message_filter filter;
  filter.created_after = now + seconds(3);
  filter.created_before = now + seconds(6);
  BOOST_TEST(all(filter) == (numbers{5, 4, 3}), per_element());
}

BOOST_AUTO_TEST_CASE(a_page_ends_with_the_window_and_says_that_there_is_more) {
  for (int n = 1; n <= 9; ++n)
    add(n);
  message_list what;
  what.window = 4;
  what.filter.also = [](const found_message& m) { return m.message.subject == "1"; };
  const auto first = page(what);
  BOOST_TEST(first.rows.empty());
  BOOST_TEST(first.seen == 4);
  BOOST_REQUIRE(first.next_before.has_value());
  BOOST_TEST(all(what.filter) == (numbers{1}), per_element());
}

BOOST_AUTO_TEST_CASE(a_page_ends_when_it_read_many_transactions) {
  for (int n = 1; n <= 9; ++n)
    add(n);
  message_list what;
  what.transactions = 3;
  const auto first = page(what);
  BOOST_TEST(first.rows.size() == 3u);
  BOOST_TEST(first.next_before.has_value());
}

BOOST_AUTO_TEST_CASE(only_messages_of_test_keys_are_listed_for_them) {
  add(1);
  message_filter filter;
  filter.test_only = true;
  BOOST_TEST(all(filter).empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
