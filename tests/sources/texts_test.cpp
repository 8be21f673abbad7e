#include "sources/texts.hpp"

#include "base/cut_text.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::sources {

BOOST_AUTO_TEST_SUITE(texts)

BOOST_AUTO_TEST_CASE(a_text_is_clean_utf8) {
  BOOST_TEST(clean_text("  a\r\nb\x01\tc\n ") == "a\nb \tc");
  BOOST_TEST(clean_text("\xff"
                        "a") ==
             "\xef\xbf\xbd"
             "a");
  BOOST_TEST(clean_text("\x01 \x02").empty());
  BOOST_TEST(clean_text("\x1b[1;31mred\x1b[0m, \x1b[?25lnot\x1b[K \x1b[31") == "red, not  [31");
  BOOST_TEST(clean_text("a\xc2\x85\x7f"
                        "b\xc2\xa0") == "a  b\xc2\xa0");
  BOOST_TEST(clean_line("a\n\n b", 10) == "a b");
  BOOST_TEST(clean_line("äöüäöü", 5) == "äö...");
}

BOOST_AUTO_TEST_CASE(a_long_text_is_cut_between_characters_with_a_count) {
  BOOST_TEST(fitted("äöü", 3) == "äöü");
  std::string text;
  for (int i = 0; i < 200; ++i)
    text += "ä";
  const auto cut = fitted(text, 100);
  BOOST_TEST(characters(cut) <= 100U);
  const auto kept = characters(cut.substr(0, cut.find('\n')));
  BOOST_TEST(cut.ends_with("\n(cut: " + std::to_string(200 - kept) + " more characters)"));
}

BOOST_AUTO_TEST_CASE(attachments_are_named) {
  BOOST_TEST(attachment_note("a.pdf", "application/pdf", 12) ==
             "Attachment: a.pdf (application/pdf, 12 bytes)");
  BOOST_TEST(attachment_note("", "", std::nullopt) == "Attachment: without a name");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
