#include "actors/providers/sms/sms_segments.hpp"

#include "base/utf8.hpp"

#include <array>

namespace postrider::actors {
namespace {

/// The basic table by code, without the escape to the extension table at 0x1b.
constexpr std::u32string_view basic =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
static_assert(basic.size() == 127);

/// Each takes the escape and a septet.
constexpr std::u32string_view extension = U"\f^{}\\[~]|€";

/// Septets of a character: by its code for the first 256, for the others by a search.
constexpr auto narrow = [] {
  std::array<std::uint8_t, 256> widths{};
  for (const char32_t c : basic)
    if (c < widths.size()) widths[c] = 1;
  for (const char32_t c : extension)
    if (c < widths.size()) widths[c] = 2;
  return widths;
}();

std::size_t septets(char32_t c) {
  if (c < narrow.size()) return narrow[c];
  if (basic.find(c) != std::u32string_view::npos) return 1;
  return extension.find(c) != std::u32string_view::npos ? 2 : 0;
}

std::size_t utf16_units(char32_t c) { return c < 0x10000 ? 1 : 2; }

/// Counts one alphabet's units and parts.
class part_counter {
 public:
  constexpr part_counter(std::size_t alone, std::size_t one_of_several)
      : alone_(alone), one_of_several_(one_of_several) {}
  void add(std::size_t units) {
    units_ += units;
    if (in_part_ + units > one_of_several_) {
      ++parts_;
      in_part_ = 0;
    }
    in_part_ += units;
  }
  sms_length length(sms_alphabet alphabet) const {
    return {alphabet, units_, units_ > alone_ ? parts_ : 1};
  }

 private:
  std::size_t alone_, one_of_several_;
  std::size_t units_ = 0, parts_ = 1, in_part_ = 0;
};

}  // namespace

sms_length measure_sms(std::string_view utf8) {
  part_counter gsm7(160, 153), ucs2(70, 67);
  bool all_gsm7 = true;
  while (!utf8.empty()) {
    const auto size = utf8_sequence(utf8);
    const auto c = size == 0 ? U'\ufffd' : utf8_code_point(utf8.substr(0, size));
    utf8.remove_prefix(size == 0 ? 1 : size);
    const auto width = all_gsm7 ? septets(c) : 0;
    all_gsm7 = width > 0;
    gsm7.add(width);
    ucs2.add(utf16_units(c));
  }
  return all_gsm7 ? gsm7.length(sms_alphabet::gsm7) : ucs2.length(sms_alphabet::ucs2);
}

}  // namespace postrider::actors
