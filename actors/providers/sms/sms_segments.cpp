#include "actors/providers/sms/sms_segments.hpp"

#include "base/utf8.hpp"

#include <algorithm>
#include <string>

namespace postrider::actors {
namespace {

/// The basic table by code, without the escape to the extension table at 0x1b.
constexpr std::u32string_view basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static_assert(basic.size() == 127);

/// Each takes the escape and a septet.
constexpr std::u32string_view extension = U"\f^{}\\[~]|€";

struct part_sizes {
  std::size_t alone;
  std::size_t one_of_several;
};

std::size_t septets(char32_t c) {
  if (basic.find(c) != std::u32string_view::npos) return 1;
  return extension.find(c) != std::u32string_view::npos ? 2 : 0;
}

std::size_t utf16_units(char32_t c) { return c < 0x10000 ? 1 : 2; }

sms_length measure(const std::u32string& text, sms_alphabet alphabet, part_sizes parts,
                   std::size_t (*width)(char32_t)) {
  sms_length length{alphabet, 0, 1};
  std::size_t segments = 1, in_part = 0;
  for (const char32_t c : text) {
    const auto units = width(c);
    length.units += units;
    if (in_part + units > parts.one_of_several) {
      ++segments;
      in_part = 0;
    }
    in_part += units;
  }
  if (length.units > parts.alone) length.segments = segments;
  return length;
}

}  // namespace

sms_length measure_sms(std::string_view utf8) {
  const auto text = code_points(utf8);
  if (std::all_of(text.begin(), text.end(), [](char32_t c) { return septets(c) > 0; }))
    return measure(text, sms_alphabet::gsm7, {160, 153}, septets);
  return measure(text, sms_alphabet::ucs2, {70, 67}, utf16_units);
}

}  // namespace postrider::actors
