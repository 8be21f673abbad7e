#include "sources/mail_charset.hpp"

#include "base/utf8.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace postrider::sources {

BOOST_AUTO_TEST_SUITE(mail_charset)

BOOST_AUTO_TEST_CASE(bytes_of_any_charset_become_utf8) {
  struct labelled {
    std::string_view bytes, charset, text;
  };
  constexpr std::array<labelled, 19> cases{{
      {"Gr\xc3\xbc\xc3\x9f", "utf-8", "Grüß"},
      {"Gr\xc3\xbc\xc3\x9f", "UTF8", "Grüß"},
      {"Gr\xfc\xdf", "iso-8859-1", "Grüß"},
      {"5 \x80", "iso-8859-1", "5 €"},
      {"5 \xa4", "iso-8859-15", "5 €"},
      {"\xcf\xf0\xe8", "windows-1251", "При"},
      {"\xf0\xd2\xc9", "koi8-r", "При"},
      {"\x1b$B%F%9%H\x1b(B.", "iso-2022-jp", "テスト."},
      {"\x83\x65\x83\x58", "shift_jis", "テス"},
      {"\xb2\xe2\xca\xd4", "gb2312", "测试"},
      {"\x95\x32\x82\x36", "gb18030", "𠀀"},
      {"\xb4\xfa\xb8\xd5", "big5", "測試"},
      // Labels that are wrong.
      {"Gr\xfc\xdf", "utf-8", "Grüß"},
      {"Gr\xc3\xbc\xc3\x9f", "us-ascii", "Grüß"},
      {"Gr\xc3\xbc\xc3\x9f", "iso-8859-1", "Grüß"},
      {"Gr\xfc\xdf", "us-ascii", "Grüß"},
      {"Gr\xc3\xbc", "x-no-such-charset", "Grü"},
      {"Gr\xfc", "", "Grü"},
      {"", "utf-8", ""},
  }};
  for (const auto& [bytes, charset, text] : cases)
    BOOST_TEST(utf8_from(bytes, charset) == text, charset);
}

BOOST_AUTO_TEST_CASE(broken_bytes_are_marked) {
  BOOST_TEST(utf8_from("ab\xc3\xbc\xc3\xa4\xc3", "utf-8") == "abüä\ufffd");
  BOOST_TEST(utf8_from("a\x81z", "shift_jis").starts_with("a"));
  BOOST_TEST(utf8_from("a\xb2", "gb18030") == "a\ufffd");
  std::string all;
  for (int i = 255; i >= 0; --i)
    all += static_cast<char>(i);
  for (const auto* charset :
       {"utf-8", "utf-7", "utf-16", "utf-32", "iso-2022-jp", "iso-2022-kr", "euc-jp", "gb18030",
        "big5", "hz-gb-2312", "windows-1252", "", "\n", "//TRANSLIT", "utf-8//IGNORE"}) {
    BOOST_TEST(is_utf8(utf8_from(all, charset)), charset);
    BOOST_TEST(utf8_from(all, charset).size() <= 3 * 4 * all.size());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
