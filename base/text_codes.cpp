#include "base/text_codes.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace postrider {
namespace {

constexpr std::string_view base64_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::optional<std::string> form_value(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? ' ' : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

/// How many bytes the UTF-8 character that begins with `lead` has; 0 when none does (RFC 3629).
std::size_t utf8_length(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return 2;
  if (lead >= 0xe0 && lead <= 0xef) return 3;
  return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/// The character at the front, which has `length` bytes, or nothing when it is cut off, longer than
/// needed, a surrogate or beyond U+10FFFF.
std::optional<char32_t> utf8_front(std::string_view text, std::size_t length) {
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  if (length == 0 || text.size() < length) return std::nullopt;
  const auto lead = static_cast<unsigned char>(text[0]);
  char32_t value = length == 1 ? lead : lead & (0x7fU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xc0) != 0x80) return std::nullopt;
    value = value << 6 | (next & 0x3fU);
  }
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < smallest[length] || value > 0x10ffff || surrogate) return std::nullopt;
  return value;
}

}  // namespace

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string form_encoded(const form_fields& fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    if (!out.empty()) out += '&';
    out.append(percent_encoded(name)).append("=").append(percent_encoded(value));
  }
  return out;
}

std::optional<form_fields> form_decoded(std::string_view text) {
  form_fields out;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto field = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (field.empty()) continue;
    const auto equals = field.find('=');
    auto name = form_value(field.substr(0, equals));
    auto value = form_value(equals == std::string_view::npos ? std::string_view()
                                                             : field.substr(equals + 1));
    if (!name || !value) return std::nullopt;
    out.emplace_back(std::move(*name), std::move(*value));
  }
  return out;
}

std::string base64_encoded(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const auto group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      out += k <= group.size() ? base64_alphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

std::string base64url_encoded(std::string_view bytes) {
  auto text = base64_encoded(bytes);
  text.erase(text.find_last_not_of('=') + 1);
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && text.ends_with('=')) {
    text.remove_suffix(1);
    ++padding;
  }
  std::string out;
  std::uint32_t bits = 0;
  std::size_t count = 0;
  for (const char c : text) {
    const auto value = base64_alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xff);
  }
  return out;
}

std::u32string code_points(std::string_view utf8) {
  std::u32string out;
  while (!utf8.empty()) {
    const auto length = utf8_length(static_cast<unsigned char>(utf8.front()));
    const auto point = utf8_front(utf8, length);
    out += point.value_or(U'\ufffd');
    utf8.remove_prefix(point ? length : 1);
  }
  return out;
}

std::size_t shown_size(std::string_view text, std::size_t most) {
  constexpr std::size_t longest_word = 80;
  if (text.size() <= most) return text.size();
  const auto is_digit = [&](std::size_t at) { return text[at] >= '0' && text[at] <= '9'; };
  const auto is_of_word = [&](std::size_t at) {
    const char c = text[at];
    return is_digit(at) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           static_cast<unsigned char>(c) >= 0x80 ||
           std::string_view("@.+-_%~/:?=&#").find(c) != std::string_view::npos;
  };
  const auto separates_digits = [&](std::size_t at) {
    return std::string_view(" -()./").find(text[at]) != std::string_view::npos;
  };
  auto size = most;
  while (size > 0 && is_of_word(size - 1) && is_of_word(size))
    --size;
  auto next = size;
  while (next < text.size() && separates_digits(next))
    ++next;
  if (next < text.size() && is_digit(next))
    while (size > 0 && (is_digit(size - 1) || separates_digits(size - 1) || text[size - 1] == '+'))
      --size;
  if (most - size <= longest_word) return size;
  // No address is as long.
  for (size = most; size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80;)
    --size;
  return size;
}

std::string quoted_reply(std::string_view text, const std::vector<std::string_view>& secrets) {
  constexpr std::size_t longest = 200;
  // Enough to tell where to cut; a peer may answer with as much as it likes.
  constexpr std::size_t looked_at = longest + 400;
  std::string out;
  while (!text.empty() && out.size() < looked_at) {
    std::size_t hidden = 0;
    for (const auto secret : secrets)
      if (text.starts_with(secret)) hidden = std::max(hidden, secret.size());
    if (hidden > 0) out += "***";
    else out += text.front();
    text.remove_prefix(std::max<std::size_t>(hidden, 1));
  }
  const auto size = shown_size(out, longest);
  const bool cut = size < out.size();
  out.resize(size);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  while (!out.empty() && out.back() == ' ')
    out.pop_back();
  return cut ? out + "..." : out;
}

}  // namespace postrider
