#include "base/hex.hpp"

#include <boost/test/unit_test.hpp>

namespace postrider {
namespace {

BOOST_AUTO_TEST_SUITE(hex)

BOOST_AUTO_TEST_CASE(only_hexadecimal_digits_are_hex) {
  int digits = 0;
  for (int c = 0; c < 256; ++c)
    digits += is_hex_digit(static_cast<char>(c)) ? 1 : 0;
  BOOST_TEST(digits == 22);
  BOOST_TEST(is_hex("0123456789abcdefABCDEF"));
  BOOST_TEST(is_hex(""));
  for (const auto* bad : {"g", "0x1", "1 ", "-1", "é"})
    BOOST_TEST(!is_hex(bad), bad);
}

BOOST_AUTO_TEST_CASE(a_byte_has_two_digits) {
  std::string upper, lower;
  for (const char byte : {'\0', '\x0a', '\x7f', '\x80', '\xff'}) {
    append_hex(upper, byte);
    append_hex(lower, byte, lower_hex);
  }
  BOOST_TEST(upper == "000A7F80FF");
  BOOST_TEST(lower == "000a7f80ff");
}

BOOST_AUTO_TEST_CASE(a_number_has_sixteen_digits) {
  BOOST_TEST(hexadecimal(0) == "0000000000000000");
  BOOST_TEST(hexadecimal(0x0123456789abcdef) == "0123456789abcdef");
  BOOST_TEST(hexadecimal(~std::uint64_t{0}) == "ffffffffffffffff");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider
