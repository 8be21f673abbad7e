#include "sources/flowed_text.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>

namespace postrider::sources {

BOOST_AUTO_TEST_SUITE(flowed_text)

BOOST_AUTO_TEST_CASE(soft_line_ends_are_taken_out) {
  struct flow {
    std::string_view text;
    bool delete_space;
    std::string_view expected;
  };
  // RFC 3676: 4.1 flows, 4.2 delsp, 4.3 the signature's line, 4.4 stuffed spaces, 4.5 quotes.
  constexpr std::array<flow, 10> cases{{
      {"a \nb\nc\n", false, "a b\nc\n"},
      {"a \nb\n", true, "ab\n"},
      {" From here\n  two\n >no quote\n", false, "From here\n two\n>no quote\n"},
      {">a \n>b\n>>c \n>d\n", false, "> a b\n>> c \n> d\n"},
      {"a \n>b\n", false, "a \n> b\n"},
      {"a \n-- \nme\n", false, "a \n-- \nme\n"},
      {"a \n", false, "a "},
      {"\n\n", false, "\n\n"},
      {"", false, ""},
      {">\n> \n", false, ">\n>\n"},
  }};
  for (const auto& [text, delete_space, expected] : cases)
    BOOST_TEST(unflowed(text, delete_space) == expected);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::sources
