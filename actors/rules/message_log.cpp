#include "actors/rules/message_log.hpp"

#include "actors/rules/trace_context.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <vector>

namespace postrider::actors {
namespace {

constexpr std::string_view mask = "***";
/// Shorter ones have nothing left that could be shown.
constexpr std::size_t shortest_with_end = 6;
/// A shorter piece is a part of many words.
constexpr std::size_t shortest_mention = 4;
/// Masks the local part of an e-mail address where it appears as a separate word.
constexpr std::size_t shortest_local = 3;

bool& full_recipients() {
  static bool instance = false;
  return instance;
}

using ascii::is_digit;
using ascii::lower;
bool is_letter_or_digit(char c) {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool separates_digits(char c) {
  return std::string_view(" -./()").find(c) != std::string_view::npos;
}

bool is_word(std::string_view text, std::size_t at, std::size_t size) {
  const auto end = at + size;
  return (at == 0 || !is_letter_or_digit(text[at - 1])) &&
         (end == text.size() || !is_letter_or_digit(text[end]));
}

/// In whatever letters; with `words` only where nothing of a word is beside it.
void replace_all(std::string& text, std::string_view part, const std::string& by,
                 bool words = false) {
  const auto same = [](char a, char b) { return lower(a) == lower(b); };
  auto from = text.begin();
  for (;;) {
    const auto found = std::search(from, text.end(), part.begin(), part.end(), same);
    if (found == text.end()) return;
    const auto at = static_cast<std::size_t>(found - text.begin());
    const bool wanted = !words || is_word(text, at, part.size());
    if (wanted) text.replace(at, part.size(), by);
    from = text.begin() + static_cast<std::ptrdiff_t>(at + (wanted ? by.size() : 1));
  }
}

/// How many characters at `at` are these digits, perhaps with separators between them; 0: others.
std::size_t digits_at(std::string_view text, std::size_t at, std::string_view digits) {
  constexpr std::size_t most_separators = 2;
  std::size_t end = at, between = 0;
  for (const char digit : digits) {
    between = 0;
    while (end > at && end < text.size() && separates_digits(text[end]) &&
           between++ < most_separators)
      ++end;
    if (end == text.size() || text[end] != digit) return 0;
    ++end;
  }
  return end - at;
}

/// "+15551234567" as "1 (555) 123-4567" too, and as "0555/1234567" where the country is clear.
void replace_number(std::string& text, std::string_view digits, const std::string& by) {
  constexpr std::size_t longest_country_code = 3, shortest_rest = 7;
  for (std::size_t dropped = 0; dropped <= longest_country_code; ++dropped) {
    const auto part = digits.substr(std::min(dropped, digits.size()));
    if (dropped > 0 && part.size() < shortest_rest) return;
    for (std::size_t at = 0; at < text.size(); ++at) {
      const auto size = digits_at(text, at, part);
      const bool inside = dropped > 0 && at + size < text.size() && is_digit(text[at + size]);
      if (size == 0 || inside) continue;
      text.replace(at, size, by);
      at += by.size() - 1;
    }
  }
}

/// Masks a URL from the slash behind its host on.
std::string_view path_of(std::string_view url) {
  const auto begin = url.find("://") + 3;
  return url.substr(std::min(url.find_first_of("/?#", begin), url.size()));
}

std::vector<log_field> fields_of(const log_subject& subject) {
  std::vector<log_field> fields;
  const auto add = [&](std::string_view name, std::string value) {
    if (!value.empty()) fields.push_back({name, std::move(value)});
  };
  if (const auto* message = subject.message) {
    add("request_id", message->request_id);
    add("message_id", to_string(message->id));
    add("trace_id", std::string(trace_id_of(message->traceparent)));
  }
  if (const auto* row = subject.transaction) {
    if (row->id != 0) add("transaction", std::to_string(row->id));
    if (!row->recipient.empty())
      add("recipient", full_recipients() ? row->recipient : masked_recipient(row->recipient));
  }
  add("provider", std::string(subject.provider));
  return fields;
}

}  // namespace

void log_full_recipients(bool full) { full_recipients() = full; }

void log(log_level level, std::string_view component, std::string_view text,
         const log_subject& subject) {
  if (!logs(level)) return;
  const auto fields = fields_of(subject);
  if (full_recipients() || !subject.transaction) return log(level, component, text, fields);
  log(level, component, mask_mentions(std::string(text), subject.transaction->recipient), fields);
}

std::string masked_recipient(std::string_view address) {
  if (const auto scheme = address.find("://"); scheme != address.npos) {
    const auto rest = address.substr(scheme + 3);
    auto host = rest.substr(0, rest.find_first_of("/?#"));
    if (const auto user = host.rfind('@'); user != host.npos) host.remove_prefix(user + 1);
    return std::string(address.substr(0, scheme + 3)).append(host).append("/").append(mask);
  }
  if (const auto at = address.rfind('@'); at != address.npos && at > 0)
    return std::string(address.substr(0, 1)).append(mask).append(address.substr(at));
  std::string shown(address.starts_with('+') ? "+" : "");
  shown.append(mask);
  if (address.size() >= shortest_with_end) shown.append(address.substr(address.size() - 2));
  return shown;
}

std::string mask_mentions(std::string text, std::string_view address) {
  if (address.size() < shortest_mention) return text;
  replace_all(text, address, masked_recipient(address));
  if (address.find("://") != address.npos) {
    if (const auto path = path_of(address); path.size() >= shortest_mention)
      replace_all(text, path, std::string("/").append(mask));
    return text;
  }
  if (const auto at = address.rfind('@'); at != address.npos) {
    const auto local = address.substr(0, at);
    if (local.size() >= shortest_local)
      replace_all(text, local, std::string(local.substr(0, 1)).append(mask), true);
    return text;
  }
  const auto digits = address.substr(address.starts_with('+') ? 1 : 0);
  if (std::ranges::all_of(digits, is_digit)) replace_number(text, digits, masked_recipient(digits));
  return text;
}

}  // namespace postrider::actors
