#include "smtp/mail_path.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using postrider::smtp::take_path;

BOOST_AUTO_TEST_SUITE(mail_paths)

BOOST_AUTO_TEST_CASE(an_address_with_angle_brackets_or_without) {
  struct row {
    std::string given, local, domain, rest, shown;
  };
  const row rows[]{
      {"<a@b.example>", "a", "b.example", "", "a@b.example"},
      {"<a@b> SIZE=1", "a", "b", " SIZE=1", "a@b"},
      {"<>", "", "", "", ""},
      {"<root>", "root", "", "", "root"},
      {"a@b.example", "a", "b.example", "", "a@b.example"},
      {"a@b SIZE=1", "a", "b", " SIZE=1", "a@b"},
      {"root", "root", "", "", "root"},
      {"\"two words\"@b x", "two words", "b", " x", "\"two words\"@b"},
      {"<user+7@x>", "user+7", "x", "", "user+7@x"},
      {"<@one.example,@two.example:a@b>", "a", "b", "", "a@b"},
      {"<\"two words\"@b>", "two words", "b", "", "\"two words\"@b"},
      {"<\"plain\"@b>", "plain", "b", "", "plain@b"},
      {"<\"a\\\"b\"@c>", "a\"b", "c", "", "\"a\\\"b\"@c"},
      {"<\"a>b\"@c>", "a>b", "c", "", "\"a>b\"@c"},
      {"<a@[192.0.2.1]>", "a", "[192.0.2.1]", "", "a@[192.0.2.1]"},
      {"<a@[IPv6:2001:db8::1]>", "a", "[IPv6:2001:db8::1]", "", "a@[IPv6:2001:db8::1]"},
      {"<\xc3\xbc@\xc3\xa4.example>", "\xc3\xbc", "\xc3\xa4.example", "",
       "\xc3\xbc@\xc3\xa4.example"},
  };
  for (const auto& row : rows) {
    std::string_view text = row.given;
    const auto path = take_path(text);
    BOOST_TEST_REQUIRE(path.has_value(), row.given);
    BOOST_TEST(path->local == row.local);
    BOOST_TEST(path->domain == row.domain);
    BOOST_TEST(text == row.rest);
    BOOST_TEST(path->text() == row.shown);
  }
}

BOOST_AUTO_TEST_CASE(text_that_is_no_address) {
  for (const auto& wrong : {std::string("a@"),
                            std::string("@b"),
                            std::string("a@b>"),
                            std::string("a@b<c@d>"),
                            std::string("@one.example:a@b"),
                            std::string(""),
                            std::string(" a@b"),
                            std::string(65, 'a') + "@b",
                            std::string("<a@b"),
                            std::string("<a b@c>"),
                            std::string("<a@>"),
                            std::string("<@b>"),
                            std::string("<.a@b>"),
                            std::string("<a..b@c>"),
                            std::string("<a.@b>"),
                            std::string("<a@b..c>"),
                            std::string("<a@.b>"),
                            std::string("<a@b c>"),
                            std::string("<\"a@b>"),
                            std::string("<\"a\\"),
                            std::string("<\"a\"b@c>"),
                            std::string("<a@[>"),
                            std::string("<a@b>c").substr(0, 4),
                            std::string("<@one.example>"),
                            std::string("<@:a@b>"),
                            std::string("<@a,:b@c>"),
                            std::string("<@a:@b:c@d>"),
                            std::string("<a\x01@b>"),
                            std::string("<\"a\x01\"@b>"),
                            std::string("<\xff@b>"),
                            "<" + std::string(65, 'a') + "@b>",
                            "<a@" + std::string(256, 'b') + ">",
                            "<@" + std::string(250, 'r') + ":a@b.example>",
                            std::string("<\"\"@b>")}) {
    std::string_view text = wrong;
    BOOST_TEST(!take_path(text).has_value(), wrong);
  }
}

BOOST_AUTO_TEST_SUITE_END()
