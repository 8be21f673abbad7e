#include "actors/providers/sms/sms_segments.hpp"

#include "actors/providers/sms/sms_settings.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

/// Witness: 3GPP TS 23.038 (6.2.1) for the alphabet and its extension, 3GPP TS 23.040 (9.2.3.24.1)
/// for parts; Twilio's sms-segments-calculator 1.3.0 and Kannel 1.4.5, which count as here.
namespace postrider::actors {
namespace {

std::string times(std::size_t count, std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += text;
  return out;
}

void expect(const std::string& text, sms_alphabet alphabet, std::size_t units,
            std::size_t segments) {
  BOOST_TEST_CONTEXT(text) {
    const auto length = measure_sms(text);
    BOOST_TEST((length.alphabet == alphabet));
    BOOST_TEST(length.units == units);
    BOOST_TEST(length.segments == segments);
  }
}

constexpr auto gsm7 = sms_alphabet::gsm7;
constexpr auto ucs2 = sms_alphabet::ucs2;

BOOST_AUTO_TEST_SUITE(sms_segments)

/// As Twilio's sms-segments-calculator 1.3.0 and Kannel 1.4.5 count them.
BOOST_AUTO_TEST_CASE(texts_have_the_segments_that_gateways_count) {
  expect("", gsm7, 0, 1);
  expect("A", gsm7, 1, 1);
  expect(times(160, "A"), gsm7, 160, 1);
  expect(times(161, "A"), gsm7, 161, 2);
  expect(times(158, "A") + "€", gsm7, 160, 1);
  expect(times(159, "A") + "€", gsm7, 161, 2);
  expect(times(306, "A"), gsm7, 306, 2);
  expect(times(307, "A"), gsm7, 307, 3);
  expect(times(70, "Ж"), ucs2, 70, 1);
  expect(times(71, "Ж"), ucs2, 71, 2);
  expect(times(134, "Ж"), ucs2, 134, 2);
  expect(times(135, "Ж"), ucs2, 135, 3);
  expect(times(35, "🐴"), ucs2, 70, 1);
  expect(times(36, "🐴"), ucs2, 72, 2);
}

BOOST_AUTO_TEST_CASE(a_character_of_two_units_is_not_split_over_two_parts) {
  // 307 septets; without the rule the first part would end within the euro sign.
  expect(times(152, "A") + "€" + times(153, "A"), gsm7, 307, 3);
  expect(times(152, "A") + "€" + times(151, "A"), gsm7, 305, 2);
  expect(times(151, "A") + "€" + times(153, "A"), gsm7, 306, 2);
  expect(times(66, "Ж") + "🐴" + times(65, "Ж"), ucs2, 133, 2);
  expect(times(66, "Ж") + "🐴" + times(66, "Ж"), ucs2, 134, 3);
  expect(times(65, "Ж") + "🐴" + times(67, "Ж"), ucs2, 134, 2);
}

BOOST_AUTO_TEST_CASE(the_basic_alphabet_takes_a_septet_a_character) {
  const std::string basic =
      "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
      "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
  expect(basic, gsm7, 127, 1);
}

BOOST_AUTO_TEST_CASE(the_extension_table_takes_two) {
  for (const auto* text : {"\f", "^", "{", "}", "\\", "[", "~", "]", "|", "€"})
    expect(text, gsm7, 2, 1);
}

BOOST_AUTO_TEST_CASE(one_character_outside_of_both_makes_the_whole_text_utf_16) {
  for (const auto* text : {"ç", "`", "\t", "“", "”", "’", "á", "\x1b", "\x7f", "\xe2\x80\xa6"}) {
    expect(text, ucs2, 1, 1);
    expect(times(70, "A") + text, ucs2, 71, 2);
  }
  expect("🐴", ucs2, 2, 1);
  // Not UTF-8: what is shown in its place is not in the alphabet either.
  expect("\xff", ucs2, 1, 1);
}

/// A short text is not measured at all.
BOOST_AUTO_TEST_CASE(a_refusal_is_as_the_text_is_measured) {
  for (const std::string end : {"", "A", "{", "Ж", "🐴"})
    for (const std::string one : {"A", "{", "é", "Ж", "€", "🐴"})
      for (std::size_t count = 20; count < 330; ++count) {
        const auto text = times(count, one) + end;
        for (std::size_t most = 1; most < 5; ++most)
          BOOST_REQUIRE(sms_refusal(text, most).has_value() == (measure_sms(text).segments > most));
      }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
