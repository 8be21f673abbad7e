#include "tests/persistence/audit_fixture.hpp"

namespace postrider::test {

BOOST_FIXTURE_TEST_SUITE(audit, audit_fixture)

BOOST_AUTO_TEST_CASE(an_entry_is_stored_as_it_is) {
  auto e = entry("key:operator");
  e.key = 3;
  e.target = "mail";
  e.detail = R"({"enabled":false})";
  e.client = "2001:db8::1";
  note(e);
  auto found = list().rows.at(0);
  BOOST_TEST(found.id > 0);
  BOOST_TEST((found.at == now));
  found.id = 0;
  found.at = {};
  BOOST_TEST((found == e));
}

BOOST_AUTO_TEST_CASE(texts_that_are_too_long_or_no_text_do_not_lose_the_entry) {
  auto e = entry(std::string(1000, 'w'), std::string(1000, 'a'));
  e.target = std::string(1000, 't') + "\xff";
  e.client = std::string("\xff\x00x", 3);
  e.detail = "{\"a\":\"" + std::string(2000, 'd') + "\"}";
  note(e);
  const auto found = list().rows.at(0);
  BOOST_TEST(found.who.size() == max_audit_who_bytes);
  BOOST_TEST(found.action.size() == max_audit_action_bytes);
  BOOST_TEST(found.target.size() == max_audit_target_bytes);
  // Half an object would be none.
  BOOST_TEST(found.detail.empty());
}

BOOST_AUTO_TEST_CASE(old_entries_are_deleted_step_by_step) {
  for (int i = 0; i < 5; ++i)
    note(entry("key:" + std::to_string(i)));
  const auto until = now - std::chrono::seconds(1);
  auto pruned = apply({prune{prune::kind::audit, until, 3}}).at(0);
  BOOST_TEST(pruned.count == 3);
  BOOST_TEST(pruned.more);
  pruned = apply({prune{prune::kind::audit, until, 3}}).at(0);
  BOOST_TEST(pruned.count == 1);
  BOOST_TEST(!pruned.more);
  BOOST_TEST((who_in(list()) == std::vector<std::string>{"key:4"}));
  BOOST_TEST(apply({prune{prune::kind::audit, {}, 3}}).at(0).count == 0);
}

BOOST_AUTO_TEST_CASE(the_oldest_of_too_many_are_deleted_whatever_their_age) {
  if (in_memory()) return;
  note(entry("key:first"));
  note(entry("key:second"));
  const auto first = list().rows.at(1).id;
  // As if there had been so many between.
  sql("INSERT INTO audit_log (id, created_at, who, api_key_id, action, target, detail, client,"
      " result) VALUES (" +
      std::to_string(first + max_audit_rows) + ", 1, 'key:last', 0, '', '', '', '', 0)");
  const auto pruned = apply({prune{prune::kind::audit, {}, 100}}).at(0);
  BOOST_TEST(pruned.count == 1);
  BOOST_TEST((who_in(list()) == std::vector<std::string>{"key:last", "key:second"}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
