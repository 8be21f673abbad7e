#include "sources/mail_encodings.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <utility>

namespace postrider::sources {

BOOST_AUTO_TEST_SUITE(mail_encodings)

BOOST_AUTO_TEST_CASE(base64_is_decoded_as_far_as_it_can_be) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> cases{
      {{"", ""},
       {"TQ==", "M"},
       {"TWE=", "Ma"},
       {"TWFu", "Man"},
       {"TWF\r\nu", "Man"},
       {"TWFuTQ", "ManM"},
       {"TWFuTWE", "ManMa"},
       {"TW*F-u", "Man"},
       {"TWE=TWE=\nTQ==", "MaMaM"},
       {"T", ""},
       {"====", ""},
       {"+/+/", "\xfb\xff\xbf"}}};
  for (const auto& [text, bytes] : cases)
    BOOST_TEST(decoded_base64(text) == bytes, text);
}

BOOST_AUTO_TEST_CASE(q_is_decoded_where_it_is_an_escape) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> cases{{{"a_b", "a b"},
                                                                                {"a=20b", "a b"},
                                                                                {"=c3=BC", "ü"},
                                                                                {"=", "="},
                                                                                {"=4", "=4"},
                                                                                {"=4=41", "=4A"},
                                                                                {"=GG", "=GG"}}};
  for (const auto& [text, bytes] : cases)
    BOOST_TEST(decoded_q(text) == bytes, text);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
