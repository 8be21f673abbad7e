#include "actors/rules/rejection_streak.hpp"

#include "actors/providers/reply_words.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

bool is_rejection(outcome_kind kind) {
  return kind == outcome_kind::recipient_rejected || kind == outcome_kind::message_rejected;
}

bool has_digit(std::string_view word) {
  return std::ranges::any_of(word, [](char c) { return c >= '0' && c <= '9'; });
}

/// An apostrophe within a word opens nothing.
bool opens_quote(std::string_view text, std::size_t at) {
  if (text[at] == '"') return true;
  return text[at] == '\'' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '(');
}

std::string without_quotes(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto close = opens_quote(text, i) ? text.find(text[i], i + 1) : text.npos;
    if (close == text.npos) {
      out += text[i];
    } else {
      i = close;
    }
  }
  return out;
}

}  // namespace

std::string fixed_words(std::string_view text, std::string_view recipient) {
  const auto words = without_quotes(without_recipient(text, recipient));
  std::string out;
  for (std::string_view rest = words; !rest.empty();) {
    const auto word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (word.empty() || has_digit(word)) continue;
    if (!out.empty()) out += ' ';
    out += word;
  }
  return out;
}

/// A message that is refused for its content says nothing more with its next recipient.
bool rejection_streak::is_new(const outcome& result, std::string_view recipient,
                              const persistence::message_id& message) const {
  const bool content = result.kind == outcome_kind::message_rejected;
  return std::ranges::none_of(seen_, [&](const rejection& one) {
    return one.recipient == recipient || (content && one.message == message);
  });
}

bool rejection_streak::on_outcome(const outcome& result, std::string_view recipient,
                                  const persistence::message_id& message) {
  if (result.kind == outcome_kind::accepted) seen_.clear();
  if (!is_rejection(result.kind) || !result.vague) return false;
  auto words = fixed_words(result.detail, recipient);
  if (words != words_) {
    seen_.clear();
    words_ = std::move(words);
  }
  if (!suspects() && is_new(result, recipient, message))
    seen_.push_back({std::string(recipient), message});
  return suspects();
}

}  // namespace postrider::actors
