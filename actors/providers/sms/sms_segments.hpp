#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// How long a text is as a short message.
namespace postrider::actors {

enum class sms_alphabet : std::uint8_t {
  gsm7,  ///< GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1), a septet or two each character
  ucs2,  ///< UTF-16, for texts with any other character
};

struct sms_length {
  sms_alphabet alphabet = sms_alphabet::gsm7;
  /// Septets or UTF-16 units.
  std::size_t units = 0;
  /// Short messages that it takes: one of 160 or 70 units, or several of 153 or 67, since each part
  /// begins with six bytes that say where it belongs (3GPP TS 23.040, 9.2.3.24.1). A character of
  /// two units is never split over two parts. An empty text takes one.
  std::size_t segments = 1;
  bool operator==(const sms_length&) const = default;
};

sms_length measure_sms(std::string_view utf8);

}  // namespace postrider::actors
