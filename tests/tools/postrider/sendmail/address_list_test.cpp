#include "tools/postrider/sendmail/address_list.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::cli::tests {
namespace {

std::string addresses_in(const std::string& text) {
  const auto found = read_address_list(text, "host");
  if (!found) return "! " + found.error().sentence().substr(0, 40);
  std::string shown;
  for (const auto& one : *found)
    shown += (shown.empty() ? "" : " | ") + one;
  return shown;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address_lists)

BOOST_AUTO_TEST_CASE(names_comments_groups_and_routes_are_left_out) {
  struct {
    const char *text, *expected;
  } const rows[]{
      {"", ""},
      {"root", "root@host"},
      {"ann@example.org", "ann@example.org"},
      {" ann@example.org , bob@example.org ", "ann@example.org | bob@example.org"},
      {"ann@example.org,,bob@example.org,", "ann@example.org | bob@example.org"},
      {"Ann <ann@example.org>, bob@example.org", "ann@example.org | bob@example.org"},
      {"Ann Bee <ann@example.org>", "ann@example.org"},
      {"\"Bee, Ann\" <ann@example.org>", "ann@example.org"},
      {"\"Ann \\\"x\\\" <no@example.org>\" <ann@example.org>", "ann@example.org"},
      {"=?UTF-8?Q?J=C3=B6rg?= <joerg@example.org>", "joerg@example.org"},
      {"ann@example.org (Ann, the (very) first)", "ann@example.org"},
      {"(a \\) b)ann@example.org", "ann@example.org"},
      {"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>", "pete@silly.test"},
      // RFC 5322, A.1.3 and A.6.
      {"A Group:Ed Jones <joe@where.test>,joe@where.test,John <jdoe@one.test>;",
       "joe@where.test | joe@where.test | jdoe@one.test"},
      {"Undisclosed recipients:;", ""},
      {"Undisclosed recipients:(nobody(that I know))  ;, ann@example.org", "ann@example.org"},
      {"<@node.test,@other.test:mary@example.net>, , jdoe@test  . example",
       "mary@example.net | jdoe@test.example"},
      {"\"quoted local\"@example.org", "\"quoted local\"@example.org"},
      {"ann@[192.0.2.1]", "ann@[192.0.2.1]"},
      {"j\xc3\xb6rg@b\xc3\xbc"
       "cher.example",
       "j\xc3\xb6rg@b\xc3\xbc"
       "cher.example"},
      {"ann+tag@example.org", "ann+tag@example.org"},
      {"ann@example.org; bob@example.org", "ann@example.org | bob@example.org"},
  };
  for (const auto& row : rows)
    BOOST_TEST(addresses_in(row.text) == row.expected, row.text << ": " << addresses_in(row.text));
}

BOOST_AUTO_TEST_CASE(other_texts_are_refused) {
  const char* const rows[]{
      "two words",   "ann@",          "@example.org", "a@b@c",          "ann..x@b",
      "<ann@b",      "Ann <ann@b> x", "Ann <>",       "<ann@b> <c@d>",  "(no end",
      "\"no end",    "[1.2.3.4]",     "ann@\"x\"",    "group: a@b: c;", ": a@b;",
      "Ann <a b@c>", "ann@b\x01",     "<@a.test>",    "a.@b",
  };
  for (const auto* row : rows)
    BOOST_TEST(addresses_in(row).starts_with("! "), row << ": " << addresses_in(row));
  BOOST_TEST(!read_address_list(std::string(250, 'a') + "@b.test", "host"));
}

BOOST_AUTO_TEST_CASE(a_list_of_any_length_is_read_in_one_pass) {
  const std::string commas = "<" + std::string(2'000'000, ',');
  BOOST_TEST(!read_address_list(commas, "host"));
  const std::string comments(2'000'000, '(');
  BOOST_TEST(!read_address_list(comments, "host"));
  std::string many;
  for (int i = 0; i < 100'000; ++i)
    many += "a@b,";
  BOOST_TEST(read_address_list(many, "host")->size() == 100'000U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli::tests
