#include "persistence/message_terms.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace postrider::test {

using namespace persistence;

BOOST_AUTO_TEST_SUITE(message_terms)

BOOST_AUTO_TEST_CASE(a_term_is_stored_and_must_not_change) {
  // printf '0\0order 7' | sha256sum, the first 64 bits without the last two, and the kind.
  BOOST_TEST(term_of(term_kind::reference, {}, "order 7") ==
             static_cast<std::int64_t>(0x6b58e57f87e40948ULL));
  BOOST_TEST(term_of(term_kind::metadata, "order", "7") ==
             static_cast<std::int64_t>(0x1474889eee3a3f6dULL));
  BOOST_TEST(term_of(term_kind::recipient, {}, "+15550100") ==
             static_cast<std::int64_t>(0x5a517bba01eb8ae2ULL));
}

BOOST_AUTO_TEST_CASE(a_term_tells_its_kind_and_where_its_key_ends) {
  for (const auto kind : {term_kind::reference, term_kind::metadata, term_kind::recipient})
    BOOST_TEST((term_of(kind, {}, "same") & 3) == static_cast<std::int64_t>(kind));
  BOOST_TEST(term_of(term_kind::metadata, "ab", "c") != term_of(term_kind::metadata, "a", "bc"));
}

BOOST_AUTO_TEST_CASE(a_message_has_a_term_for_each_of_its_words_once) {
  message m;
  m.reference = "order 7";
  m.metadata = R"({"order":"7","shop":"north"})";
  m.recipients = {{"+15550100", "ann@example.org", ""}, {"+15550100", "", ""}};
  const std::string_view addresses[] = {"+15550100", "bob@example.org"};
  const auto terms = terms_of(m, addresses);
  std::vector<message_term> wanted{
      term_of(term_kind::reference, {}, "order 7"),
      term_of(term_kind::metadata, "order", "7"),
      term_of(term_kind::metadata, "shop", "north"),
      term_of(term_kind::recipient, {}, "+15550100"),
      term_of(term_kind::recipient, {}, "ann@example.org"),
      term_of(term_kind::recipient, {}, "bob@example.org"),
  };
  std::ranges::sort(wanted);
  BOOST_TEST(terms == wanted, boost::test_tools::per_element());
  BOOST_TEST(terms_of({}, {}).empty());
}

BOOST_AUTO_TEST_CASE(only_so_many_members_of_the_metadata_have_a_term) {
  message m;
  m.metadata = "{";
  for (int i = 0; i < 50; ++i)
    m.metadata += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":\"v\"";
  m.metadata += "}";
  BOOST_TEST(metadata_members(m.metadata).size() == 50u);
  BOOST_TEST(terms_of(m, {}).size() == max_metadata_terms);
}

BOOST_AUTO_TEST_CASE(metadata_that_is_no_object_of_strings_has_no_members) {
  for (const auto text : {"", "[]", "{\"a\":1}", "{", "null"})
    BOOST_TEST(metadata_members(text).empty(), text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::test
