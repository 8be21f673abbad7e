#include "smtp/mail_path.hpp"

#include "base/ascii.hpp"
#include "base/utf8.hpp"

#include <algorithm>
#include <utility>

namespace postrider::smtp {
namespace {

// RFC 5321, 4.5.3.1.
constexpr std::size_t max_local = 64, max_domain = 255, max_path = 256;

bool is_beyond_ascii(char c) { return static_cast<unsigned char>(c) >= 0x80; }

/// RFC 5322, 3.2.3.
bool is_atom_character(char c) {
  constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
  return ascii::is_letter(c) || ascii::is_digit(c) || is_beyond_ascii(c) ||
         others.find(c) != others.npos;
}

bool is_dot_string(std::string_view text) {
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == text.npos &&
         std::ranges::all_of(text, [](char c) { return is_atom_character(c) || c == '.'; });
}

bool is_domain(std::string_view text) {
  if (text.starts_with('['))
    return text.size() > 2 && text.ends_with(']') &&
           std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
             return ascii::is_letter(c) || ascii::is_digit(c) || c == '.' || c == ':' || c == '-';
           });
  return !text.empty() && text.front() != '.' && text.back() != '.' &&
         text.find("..") == text.npos && std::ranges::all_of(text, [](char c) {
           return ascii::is_letter(c) || ascii::is_digit(c) || is_beyond_ascii(c) || c == '-' ||
                  c == '.' || c == '_';
         });
}

/// "@one.example,@two.example:" before an address, which servers ignore (RFC 5321, 4.1.1.3).
bool drop_source_route(std::string_view& text) {
  while (text.starts_with('@')) {
    const auto end = text.find_first_of(",:");
    if (end == text.npos || !is_domain(text.substr(1, end - 1))) return false;
    const bool last = text[end] == ':';
    text.remove_prefix(end + 1);
    if (last) return !text.starts_with('@');
    if (!text.starts_with('@')) return false;
  }
  return true;
}

/// The content of a quoted string, which `text` loses.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string content;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (text[at] == '"') {
      text.remove_prefix(at + 1);
      return content;
    }
    if (text[at] == '\\' && ++at == text.size()) return std::nullopt;
    if (ascii::is_control(text[at])) return std::nullopt;
    content += text[at];
  }
  return std::nullopt;
}

std::optional<std::string> take_local(std::string_view& text) {
  if (text.starts_with('"')) return take_quoted(text);
  const auto local = text.substr(0, text.find_first_of("@> "));
  if (!is_dot_string(local)) return std::nullopt;
  text.remove_prefix(local.size());
  return std::string(local);
}

/// The address at the front of `text`, which loses it. Behind it is `end`.
std::optional<mail_path> take_address(std::string_view& text, char end) {
  mail_path path;
  auto local = take_local(text);
  if (!local || local->empty() || local->size() > max_local || !is_utf8(*local))
    return std::nullopt;
  path.local = std::move(*local);
  if (text.starts_with('@')) {
    const auto domain = text.substr(1, std::min(text.find(end), text.size()) - 1);
    if (!is_domain(domain) || domain.size() > max_domain || !is_utf8(domain)) return std::nullopt;
    path.domain = std::string(domain);
    text.remove_prefix(domain.size() + 1);
  }
  return path;
}

std::optional<mail_path> take_bracketed(std::string_view& text) {
  text.remove_prefix(1);
  std::optional<mail_path> path(std::in_place);
  if (!text.starts_with('>')) {
    if (!drop_source_route(text)) return std::nullopt;
    path = take_address(text, '>');
  }
  if (!path || !text.starts_with('>')) return std::nullopt;
  text.remove_prefix(1);
  return path;
}

}  // namespace

std::string mail_path::text() const {
  std::string text;
  if (local.empty() || is_dot_string(local)) text = local;
  else {
    text = "\"";
    for (const char c : local)
      text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    text += '"';
  }
  return domain.empty() ? text : text + "@" + domain;
}

bool mail_path::is_ascii() const {
  return std::ranges::none_of(local, is_beyond_ascii) &&
         std::ranges::none_of(domain, is_beyond_ascii);
}

std::optional<mail_path> take_path(std::string_view& text) {
  const auto whole = text;
  auto path = text.starts_with('<') ? take_bracketed(text) : take_address(text, ' ');
  if (whole.size() - text.size() > max_path) return std::nullopt;
  return path;
}

}  // namespace postrider::smtp
