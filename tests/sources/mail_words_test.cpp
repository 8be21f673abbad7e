#include "sources/mail_words.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider::sources {

BOOST_AUTO_TEST_CASE(encoded_words_are_decoded) {
  for (const auto& [text, plain] :
       {std::pair("Backup", "Backup"), std::pair("=?UTF-8?B?w5xiZXI=?=", "Über"),
        std::pair("=?utf-8?q?=C3=9Cber_uns?=", "Über uns"),
        std::pair("a =?UTF-8?Q?b?= =?UTF-8?Q?c?= d", "a bc d"),
        std::pair("=?iso-8859-1?Q?T=FCr?=", "Tür"), std::pair("=?gb2312?B?suLK1A==?=", "测试"),
        std::pair("=?UTF-8?X?***?=", "=?UTF-8?X?***?="), std::pair("=?UTF-8?B?", "=?UTF-8?B?"),
        std::pair("a\r\n =?UTF-8?Q?b?=\r\n\t=?UTF-8?Q?c?=", "a bc"), std::pair("T\xfcr", "Tür"),
        std::pair("100 % =? sure", "100 % =? sure"), std::pair("", ""),
        // Words of which the first has padding, and half a character.
        std::pair("=?utf-8?B?VGjDvA==?= =?utf-8?B?cmUgYg==?= =?UTF-8?B?YmI=?=", "Thüre bbb"),
        std::pair("=?utf-8?B?VMM=?= =?utf-8?B?vHI=?=", "Tür"),
        std::pair("=?utf-8?q?T=C3?= =?utf-8?q?=BCr?=", "Tür"),
        std::pair("=?utf-8?q?T=C3?= =?iso-8859-1?q?=FCr?=", "TÃür"),
        std::pair("=?utf-8*en?Q?a=3Db?=", "a=b"), std::pair("=?utf-8?Q?a=ZZ=4?=", "a=ZZ=4"),
        std::pair("(=?utf-8?Q?a?=)", "(a)"), std::pair("=?utf-8?Q?\?=", ""),
        std::pair("=?a b?Q?c?=", "=?a b?Q?c?="), std::pair("=?=?utf-8?Q?c?=", "=?c")})
    BOOST_TEST(decoded_words(text) == plain, text);
}

}  // namespace postrider::sources
