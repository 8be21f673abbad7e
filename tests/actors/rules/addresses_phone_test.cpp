#include "address_rows.hpp"

namespace postrider::actors {
namespace {

using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(phone_numbers)

BOOST_AUTO_TEST_CASE(phone_numbers_are_taken_in_international_form_only) {
  check(
      {
          {"+15551234567", "+15551234567"},
          {"+1 (555) 123-45.67", "+15551234567"},
          {" +1 555 1234567 ", "+15551234567"},
          {"+1234567", "+1234567"},
          {"+123456789012345", "+123456789012345"},
          {"+1" + std::string(600, ' ') + "5551234567", "+15551234567"},
          {"", ""},
          {"+", ""},
          {"++15551234567", ""},
          {"15551234567", ""},
          {"0015551234567", "+15551234567"},
          {"00 1 (555) 123-4567", "+15551234567"},
          {"(00)15551234567", "+15551234567"},
          {"00123456789012345", "+123456789012345"},
          {"001234567890123456", ""},
          {"00", ""},
          {"0005551234567", ""},
          {"+0015551234567", ""},
          {"00+15551234567", ""},
          {"00123456", ""},
          {"+05551234567", ""},
          {"+123456", ""},
          {"+1234567890123456", ""},
          {std::string(100'000, '1'), ""},
          {"+1555123456a", ""},
          {"tel:+15551234567", ""},
          {"+1555 1234567;ext=1", ""},
          {"5551234+567", ""},
          {"+1555123\xd9\xa4\xd9\xa5\xd9\xa6\xd9\xa7", ""},
      },
      normalise_phone, "bad_phone_number");
}

/// Witness: Google's libphonenumber (google-libphonenumber 3.2.47), whose examples for Italy, the
/// Vatican, San Marino, Ivory Coast, Benin, Gabon and Congo keep the 0 behind the country code, and
/// for no other country, services that are not reached from abroad left out.
BOOST_AUTO_TEST_CASE(a_zero_in_parentheses_is_refused_with_the_number_that_is_right) {
  const struct {
    std::string given, right;
  } rows[]{{"+44 (0)20 7946 0958", "+442079460958"},
           {"0044(0)20 7946 0958", "+442079460958"},
           {"+49 (0) 30 901820", "+4930901820"},
           {"+41(0)446681800", "+41446681800"},
           {"+44 ( 0 ) 20 7946 0958", "+442079460958"},
           {"+44 (020) 7946 0958", "+442079460958"},
           {"0044 ( 020) 7946 0958", "+442079460958"},
           {"+49 (030) 901820", "+4930901820"},
           {"+353 (01) 234 5678", "+35312345678"},
           // Numbers in Italy keep their 0.
           {"+39 (0)6 698 12345", "+390669812345"},
           {"+378 (0) 549 886377", "+3780549886377"},
           {"+225 (0)1 23456789", "+2250123456789"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.given) {
      const auto result = normalise_phone(row.given);
      BOOST_TEST_REQUIRE(result.has_error());
      BOOST_TEST(result.error().code == "bad_phone_number");
      BOOST_TEST(result.error().detail ==
                 "'" + row.given +
                     "' has a 0 in parentheses, which is dialled inside the country only; write "
                     "the number as it is dialled from abroad: " +
                     row.right);
    }
  }
  // A number that would not be right without it either.
  for (const auto& text :
       {"(0)20 7946 0958"s, "+44 (0)(0)20 7946 0958"s, "(0)"s, "+44 (0)20 7946 095x"s,
        "+44 (0020) 7946 0958"s, "(020) 7946 0958"s, "+44 (0"s, "+44 ("s, repeated("(0)", 10'000)})
    BOOST_TEST(normalise_phone(text).error().detail.ends_with("such as +15551234567"), text);
  // A 0 that belongs to the number.
  const struct {
    std::string given, right;
  } kept[]{{"+39 (06) 698 12345", "+390669812345"},  {"0039 (02) 1234 5678", "+390212345678"},
           {"+378 (0549) 886377", "+3780549886377"}, {"+225 (01) 23456789", "+2250123456789"},
           {"+229 (01) 95123456", "+2290195123456"}, {"+241 (06) 031234", "+24106031234"},
           {"+242 (06) 1234567", "+242061234567"},   {"+1 555 (012) 3456", "+15550123456"},
           {"+1 (555) (012) 3456", "+15550123456"},  {"(00)44 20 79460958", "+442079460958"}};
  for (const auto& row : kept) {
    const auto result = normalise_phone(row.given);
    BOOST_TEST_REQUIRE(result.has_value(), row.given);
    BOOST_TEST(*result == row.right);
  }
}

BOOST_AUTO_TEST_CASE(phone_numbers_with_control_characters_are_refused) {
  check(
      {
          {"+15551234567\r\n", ""},
          {"+1555\n1234567", ""},
          {"\r+15551234567", ""},
          {"+15551234567\0"s, ""},
          {"+1555\0001234567"s, ""},
          {"+1555\t1234567", ""},
          {"+1555\x7f"
           "1234567",
           ""},
      },
      normalise_phone, "bad_phone_number");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
