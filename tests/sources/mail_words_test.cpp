#include "sources/mail_words.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::sources {

BOOST_AUTO_TEST_CASE(encoded_words_are_decoded) {
  for (const auto& [text, plain] :
       {std::pair("Backup", "Backup"), std::pair("=?UTF-8?B?w5xiZXI=?=", "Über"),
        std::pair("=?utf-8?q?=C3=9Cber_uns?=", "Über uns"),
        std::pair("a =?UTF-8?Q?b?= =?UTF-8?Q?c?= d", "a bc d"),
        std::pair("=?iso-8859-1?Q?x?=", "=?iso-8859-1?Q?x?="),
        std::pair("=?UTF-8?B?***?=", "=?UTF-8?B?***?="), std::pair("=?UTF-8?B?", "=?UTF-8?B?"),
        std::pair("1 =? 2", "1 =? 2")})
    BOOST_TEST(decoded_words(text) == plain, text);
}

}  // namespace postrider::sources
