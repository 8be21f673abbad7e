#include "actors/rules/domain_names.hpp"

#include <algorithm>
#include <idn2.h>
#include <memory>

namespace postrider::actors {

std::optional<std::string> ascii_domain(std::string_view name) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  std::string text(name);
  if (std::ranges::all_of(text, is_ascii)) {
    for (char& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
  }
  // It would be taken for the end.
  if (text.find('\0') != std::string::npos) return std::nullopt;
  char* converted = nullptr;
  constexpr int flags = IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL;
  if (idn2_to_ascii_8z(text.c_str(), &converted, flags) != IDN2_OK) return std::nullopt;
  const std::unique_ptr<char, decltype(&idn2_free)> owned(converted, &idn2_free);
  return std::string(converted);
}

}  // namespace postrider::actors
