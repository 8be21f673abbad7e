#include "tests/persistence/audit_fixture.hpp"

namespace postrider::test {

using names = std::vector<std::string>;

BOOST_FIXTURE_TEST_SUITE(audit_list, audit_fixture)

BOOST_AUTO_TEST_CASE(pages_go_from_the_newest_to_the_oldest) {
  for (int i = 0; i < 5; ++i)
    note(entry("key:" + std::to_string(i)));
  audit_query what;
  what.limit = 2;
  auto page = list(what);
  BOOST_TEST((who_in(page) == names{"key:4", "key:3"}));
  what.before = page.next_before;
  page = list(what);
  BOOST_TEST((who_in(page) == names{"key:2", "key:1"}));
  what.before = page.next_before;
  page = list(what);
  BOOST_TEST((who_in(page) == names{"key:0"}));
  BOOST_TEST(page.next_before == 0);
  what.before = 1'000'000;
  what.limit = 5;
  BOOST_TEST(list(what).next_before == 0);
}

BOOST_AUTO_TEST_CASE(they_are_found_by_who_action_and_time) {
  for (int i = 0; i < 6; ++i) {
    now += minutes(5);
    note(entry(i % 2 == 0 ? "key:even" : "key:odd", i < 3 ? "POST /a" : "POST /b"));
  }
  audit_query what;
  what.who = "key:even";
  BOOST_TEST(list(what).rows.size() == 3u);
  what.action = "POST /b";
  BOOST_TEST((who_in(list(what)) == names{"key:even"}));
  what.who.clear();
  BOOST_TEST((who_in(list(what)) == names{"key:odd", "key:even", "key:odd"}));
  what.action.clear();
  what.since = now - minutes(6);
  BOOST_TEST((who_in(list(what)) == names{"key:odd", "key:even"}));
  what.since = now + minutes(1);
  BOOST_TEST(list(what).rows.empty());
}

BOOST_AUTO_TEST_CASE(a_page_looks_at_so_many_entries_only_and_says_where_to_go_on) {
  for (int i = 0; i < 6; ++i)
    note(entry("key:same", i == 0 ? "POST /rare" : "POST /often"));
  audit_query what;
  what.who = "key:same";
  what.action = "POST /rare";
  what.window = 4;
  const auto page = list(what);
  BOOST_TEST(page.rows.empty());
  BOOST_TEST(page.next_before > 0);
  what.before = page.next_before;
  BOOST_TEST(list(what).rows.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
