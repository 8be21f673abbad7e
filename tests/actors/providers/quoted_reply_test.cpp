#include "actors/providers/quoted_reply.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(quoted_replies)

BOOST_AUTO_TEST_CASE(an_address_is_shown_whole_or_not_at_all) {
  const auto kept = [](std::string_view text, std::size_t most) {
    return std::string(text.substr(0, shown_size(text, most)));
  };
  const std::string_view mail = "mailbox of <ann.lee@example.org> is full";
  const std::string_view phone = "no such number: +1 (555) 123-4567, sorry";
  for (std::size_t most = 0; most <= mail.size(); ++most) {
    const auto shown = kept(mail, most);
    BOOST_TEST(shown.size() <= most);
    BOOST_TEST((shown.find("ann") == shown.npos || shown.find("example.org") != shown.npos), shown);
  }
  for (std::size_t most = 0; most <= phone.size(); ++most) {
    const auto shown = kept(phone, most);
    BOOST_TEST(
        (shown.find_first_of("0123456789") == shown.npos || shown.find("4567") != shown.npos),
        shown);
  }
  BOOST_TEST(kept(mail, 100) == mail);
  BOOST_TEST(kept(mail, 33) == "mailbox of <ann.lee@example.org> ");
  BOOST_TEST(kept(std::string(300, 'x'), 200).size() == 200U);
}

BOOST_AUTO_TEST_CASE(a_quoted_reply_costs_what_is_shown_of_it) {
  // Replaced one by one in all of it this would move gigabytes.
  const std::string page(16 << 20, 'a');
  BOOST_TEST(quoted_reply(page, {"aaaa"}).ends_with("***..."));
  BOOST_TEST(quoted_reply("say abcdef and abc", {"abc", "abcdef"}) == "say *** and ***");
}

BOOST_AUTO_TEST_CASE(a_quoted_reply_is_one_short_line_without_secrets) {
  BOOST_TEST(quoted_reply("Temporal failure,\r\ntry again\t\n") == "Temporal failure,  try again");
  BOOST_TEST(quoted_reply(std::string(200, 'x')) == std::string(200, 'x'));
  BOOST_TEST(quoted_reply(std::string(201, 'x')) == std::string(200, 'x') + "...");
  BOOST_TEST(quoted_reply(std::string(199, 'x') + "é") == std::string(199, 'x') + "...");
  BOOST_TEST(quoted_reply("s3cret or s3crets3cret", {"", "s3cret"}) == "*** or ******");
  // Cut after it was blanked, so that no part of it is left at the end.
  BOOST_TEST(quoted_reply(std::string(197, 'x') + "s3cret", {"s3cret"}) ==
             std::string(197, 'x') + "***");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
