#include "address_rows.hpp"

namespace postrider::actors {
namespace {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(email_addresses)

BOOST_AUTO_TEST_CASE(email_addresses_keep_their_local_part_and_lose_capitals_in_the_domain) {
  const std::string local64(64, 'a');
  const std::string label63(63, 'b');
  const auto domain255 = label63 + '.' + label63 + '.' + label63 + '.' + label63;
  check(
      {
          {"bob@example.com", "bob@example.com"},
          {"Bob.Smith+tag@EXAMPLE.Com", "Bob.Smith+tag@example.com"},
          {"!#$%&'*+-/=?^_`{|}~@x.y", "!#$%&'*+-/=?^_`{|}~@x.y"},
          {"bob@localhost", "bob@localhost"},
          {"b\xc3\xb6"
           "b@example.com",
           "b\xc3\xb6"
           "b@example.com"},
          {"bob@b\xc3\xbc"
           "cher.example",
           "bob@xn--bcher-kva.example"},
          {"bob@B\xc3\x9c"
           "CHER.Example",
           "bob@xn--bcher-kva.example"},
          // With the dots beside the letter.
          {"bob@bu\xcc\x88"
           "cher.example",
           "bob@xn--bcher-kva.example"},
          {"bob@xn--bcher-kva.example", "bob@xn--bcher-kva.example"},
          {"bob@fa\xc3\x9f.example", "bob@xn--fa-hia.example"},
          {"Bob <bob@Example.com>", "bob@example.com"},
          {"\"Smith, Bob\" <bob@example.com>", "bob@example.com"},
          {"b\xc3\xb6"
           "b@example.com <bob@example.com>",
           "bob@example.com"},
          {"<bob@example.com>", "bob@example.com"},
          {local64 + "@x.y", local64 + "@x.y"},
          {"bob@" + domain255, "bob@" + domain255},
      },
      normalise_email, "bad_email_address");
}

BOOST_AUTO_TEST_CASE(wrong_email_addresses_are_refused) {
  const std::string label63(63, 'b');
  check(
      {
          {"", ""},
          {"@", ""},
          {"bob", ""},
          {"bob@", ""},
          {"@example.com", ""},
          {".bob@example.com", ""},
          {"bob.@example.com", ""},
          {"bo..b@example.com", ""},
          {"a@b@example.com", ""},
          {"bob@example..com", ""},
          {"bob@.example.com", ""},
          {"bob@example.com.", ""},
          {"bob@-example.com", ""},
          {"bob@example-.com", ""},
          {"bob@exa_mple.com", ""},
          {"bob@" + label63 + "b.com", ""},
          {"bob@" + label63 + '.' + label63 + '.' + label63 + '.' + label63 + ".x", ""},
          {std::string(65, 'a') + "@x.y", ""},
          {"Bob <bob@example.com", ""},
          {"Bob <bob@example.com> (work)", ""},
          {"Bob <bob@example.com>, Eve <eve@example.com>", ""},
          {"Bob <<bob@example.com>>", ""},
          {"Bob <>", ""},
          {"Bob < bob@example.com >", ""},
          {"bob@\xe2\x98\xba\xff.example", ""},
          {"bob@b\xc3\xbc..example", ""},
          {"bob@b\xc3\xbc\0.example"s, ""},
          {"bob,eve@example.com", ""},
          {"bob@example.com,eve@example.com", ""},
          {"bob(comment)@example.com", ""},
          {"\"bob\"@example.com", ""},
          {"bob@[127.0.0.1]", ""},
      },
      normalise_email, "bad_email_address");
}

BOOST_AUTO_TEST_CASE(email_addresses_that_would_reach_a_header_or_a_command_are_refused) {
  check(
      {
          {"bob@example.com\r\nBcc: eve@example.com", ""},
          {"bob@example.com\nRCPT TO:<eve@example.com>", ""},
          {"bob\r\n@example.com", ""},
          {"bob@exam\rple.com", ""},
          {"bob@example.com\0"s, ""},
          {"bob\0@example.com"s, ""},
          {"bob@example.com ", ""},
          {"bob smith@example.com", ""},
          {"bob\t@example.com", ""},
          {"bob\x7f@example.com", ""},
          {"bob@example.com> SIZE=1", ""},
          {"Bob\r\nBcc: eve@example.com <bob@example.com>", ""},
          {"Bob\n <bob@example.com>", ""},
      },
      normalise_email, "bad_email_address");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
