#include "base/signature.hpp"

#include "base/base64.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 2202 (3, test case 2) and RFC 4231 (4.3).
namespace postrider::actors {
namespace {

BOOST_AUTO_TEST_SUITE(signatures)

BOOST_AUTO_TEST_CASE(hmacs_are_those_of_rfc_2202_and_rfc_4231) {
  BOOST_TEST(base64_encoded(hmac_sha1("Jefe", "what do ya want for nothing?")) ==
             "7/zfauXrL6LSdBbV8YTfnCWafHk=");
  BOOST_TEST(base64_encoded(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
             "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=");
  BOOST_TEST(hmac_sha1("", "").size() == 20u);
  BOOST_TEST(hmac_sha256("", "").size() == 32u);
}

BOOST_AUTO_TEST_CASE(only_the_same_bytes_are_equal) {
  BOOST_TEST(equal_in_constant_time("", ""));
  BOOST_TEST(equal_in_constant_time("abc", "abc"));
  for (const auto* other : {"", "ab", "abd", "Abc", "abcd"})
    BOOST_TEST(!equal_in_constant_time("abc", other), other);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
