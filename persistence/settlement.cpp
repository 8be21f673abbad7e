#include "persistence/settlement.hpp"

#include <array>
#include <charconv>

namespace postrider::persistence {
namespace {

constexpr std::array all{settled_as::arrived, settled_as::not_sent, settled_as::give_up};

/// The part before the first space; it is taken from `text`, with the space.
std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

}  // namespace

std::string_view to_string(settled_as outcome) {
  switch (outcome) {
    case settled_as::arrived: return "arrived";
    case settled_as::not_sent: return "not_sent";
    case settled_as::give_up: return "give_up";
  }
  return "?";
}

std::optional<settled_as> parse_settled_as(std::string_view text) {
  for (const auto one : all)
    if (to_string(one) == text) return one;
  return std::nullopt;
}

std::string encode_settlement(const settlement_note& note) {
  std::string text(to_string(note.outcome));
  text += ' ';
  text += std::to_string(note.at.time_since_epoch().count());
  if (!note.by.empty()) text += ' ' + note.by;
  return text;
}

std::optional<settlement_note> decode_settlement(std::string_view text) {
  const auto outcome = parse_settled_as(take_word(text));
  const auto digits = take_word(text);
  std::int64_t at = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), at);
  if (!outcome || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return settlement_note{*outcome, time_point(std::chrono::microseconds(at)), std::string(text)};
}

bool is_settled_success(const transaction& row) {
  if (row.status != transaction_status::success || row.receipt != receipt::none ||
      !row.provider_ref.empty())
    return false;
  const auto note = decode_settlement(row.settlement);
  return note && note->outcome == settled_as::arrived;
}

std::optional<time_point> given_up_at(const transaction& row) {
  const auto note = decode_settlement(row.settlement);
  if (!note || note->outcome != settled_as::give_up) return std::nullopt;
  return note->at;
}

}  // namespace postrider::persistence
