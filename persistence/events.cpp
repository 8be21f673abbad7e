#include "persistence/events.hpp"

#include "persistence/records/encoding.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace postrider::persistence {
namespace {

constexpr std::array<std::string_view, 14> type_names{
    "",
    "message.accepted",
    "attempt.failed",
    "message.sent",
    "message.delivered",
    "message.failed",
    "message.undelivered",
    "message.read",
    "message.cancelled",
    "message.expired",
    "provider.down",
    "provider.up",
    "provider.held",
    "endpoint.disabled",
};
static_assert(type_names.size() == static_cast<std::size_t>(last_event_type) + 1);

constexpr int duplicate_flag = 1, by_hand_flag = 2;

void append_escaped(std::string& lines, std::string_view text) {
  // Most texts have nothing to escape.
  if (text.find_first_of("\t\n\\") == std::string_view::npos) {
    lines += text;
    return;
  }
  for (const char c : text) {
    switch (c) {
      case '\t': lines += "\\t"; break;
      case '\n': lines += "\\n"; break;
      case '\\': lines += "\\\\"; break;
      default: lines += c;
    }
  }
}

std::string unescaped(std::string_view text) {
  if (text.find('\\') == std::string_view::npos) return std::string(text);
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\' || i + 1 == text.size()) {
      plain += text[i];
      continue;
    }
    const char escaped = text[++i];
    plain += escaped == 't' ? '\t' : escaped == 'n' ? '\n' : escaped;
  }
  return plain;
}

/// Takes the fields of a line from its front.
class field_reader {
 public:
  explicit field_reader(std::string_view line) : rest_(line) {}

  std::string_view text() {
    const auto end = std::min(rest_.find('\t'), rest_.size());
    const auto field = rest_.substr(0, end);
    ended_ = end == rest_.size();
    rest_.remove_prefix(ended_ ? end : end + 1);
    return field;
  }
  template <class Int>
  Int number() {
    const auto field = text();
    Int value{};
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    valid_ = valid_ && error == std::errc() && end == field.data() + field.size();
    return value;
  }
  /// True when there was a field more than was taken, or one was no number.
  bool is_wrong() const { return !valid_ || !ended_; }

 private:
  std::string_view rest_;
  bool valid_ = true, ended_ = false;
};

std::optional<event> decode_event(std::string_view line) {
  field_reader fields(line);
  event e;
  const auto type = fields.number<int>();
  if (type < 1) return std::nullopt;
  const bool known = type <= static_cast<int>(last_event_type);
  e.type = known ? static_cast<event_type>(type) : event_type::unknown;
  e.transaction = fields.number<transaction_id>();
  const auto message = parse_message_id(fields.text());
  if (!message) return std::nullopt;
  e.message = *message;
  e.recipient_no = fields.number<std::int32_t>();
  e.user = fields.number<user_id>();
  e.provider = fields.number<provider_id>();
  e.attempts = fields.number<std::int32_t>();
  e.error = static_cast<error_code>(fields.number<int>());
  const auto flags = fields.number<int>();
  e.possible_duplicate = (flags & duplicate_flag) != 0;
  e.settled_by_hand = (flags & by_hand_flag) != 0;
  e.recipient = unescaped(fields.text());
  e.detail = unescaped(fields.text());
  if (fields.is_wrong()) return std::nullopt;
  return e;
}

void append_36(std::string& text, std::int64_t number) {
  char digits[24];
  text += '.';
  text.append(digits, std::to_chars(std::begin(digits), std::end(digits), number, 36).ptr);
}

std::string head_of(const event_cursor& cursor) {
  std::string text = "1";
  append_36(text, cursor.sessions);
  append_36(text, cursor.read_until.time_since_epoch().count());
  return text;
}

void append_place(std::string& text, const event_place& within) {
  append_36(text, within.row.session);
  append_36(text, within.row.position);
  append_36(text, within.index);
}

void append_positions(std::string& text, const event_cursor& cursor) {
  for (const auto& [session, position] : cursor.positions) {
    append_36(text, session);
    append_36(text, position);
  }
}

}  // namespace

std::string_view to_string(event_type type) {
  return type_names.at(static_cast<std::size_t>(type));
}

std::optional<event_type> parse_event_type(std::string_view text) {
  for (std::size_t i = 1; i < type_names.size(); ++i)
    if (type_names[i] == text) return static_cast<event_type>(i);
  return std::nullopt;
}

std::uint32_t types_named(std::string_view name) {
  const bool of_kind = name.ends_with(".*");
  std::uint32_t found = 0;
  for (std::size_t i = 1; i < type_names.size(); ++i) {
    const bool is_one = of_kind ? type_names[i].starts_with(name.substr(0, name.size() - 1))
                                : type_names[i] == name;
    if (is_one) found |= bit_of(static_cast<event_type>(i));
  }
  return found;
}

void append_event(std::string& lines, const event& e) {
  const int flags =
      (e.possible_duplicate ? duplicate_flag : 0) | (e.settled_by_hand ? by_hand_flag : 0);
  append_number(lines, static_cast<std::int64_t>(e.type));
  append_number(lines += '\t', e.transaction);
  lines += '\t';
  lines += to_string(e.message);
  for (const std::int64_t number :
       {std::int64_t{e.recipient_no}, std::int64_t{e.user}, std::int64_t{e.provider},
        std::int64_t{e.attempts}, static_cast<std::int64_t>(e.error), std::int64_t{flags}})
    append_number(lines += '\t', number);
  append_escaped(lines += '\t', e.recipient);
  append_escaped(lines += '\t', e.detail);
  lines += '\n';
}

std::optional<std::vector<event>> decode_events(std::string_view lines) {
  std::vector<event> events;
  while (!lines.empty()) {
    const auto end = lines.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    auto e = decode_event(lines.substr(0, end));
    if (!e) return std::nullopt;
    events.push_back(std::move(*e));
    lines.remove_prefix(end + 1);
  }
  return events;
}

std::string to_string(const event_place& place) {
  std::string text = "evt_";
  append_number(text, place.row.session);
  append_number(text += '_', place.row.position);
  append_number(text += '_', place.index);
  return text;
}

// "1.sessions.read_until.session.position.index.session.position.session.position...", the numbers
// in base 36; the first three after read_until are 0 without `within`.
std::string encode_cursor(const event_cursor& cursor) {
  auto text = head_of(cursor);
  append_place(text, cursor.within.value_or(event_place{}));
  append_positions(text, cursor);
  return text;
}

void cursor_writer::append(std::string& out, const found_event& e) {
  if (before_row_ != e.before_row) {
    before_row_ = e.before_row;
    head_ = head_of(*before_row_);
    tail_.clear();
    append_positions(tail_, *before_row_);
  }
  append_place(out += head_, {e.place.row, e.place.index + 1});
  out += tail_;
}

std::optional<event_cursor> decode_cursor(std::string_view text) {
  if (!text.starts_with("1.")) return std::nullopt;
  text.remove_prefix(1);
  std::vector<std::int64_t> numbers;
  while (!text.empty()) {
    if (text.front() != '.' || numbers.size() > 5 + 2 * max_cursor_sessions) return std::nullopt;
    text.remove_prefix(1);
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 36);
    if (error != std::errc() || number < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    numbers.push_back(number);
  }
  if (numbers.size() < 5 || numbers.size() % 2 == 0) return std::nullopt;
  event_cursor cursor;
  cursor.sessions = numbers[0];
  cursor.read_until = time_point(std::chrono::microseconds(numbers[1]));
  if (numbers[2] != 0) {
    if (numbers[4] > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
    cursor.within = event_place{{numbers[2], numbers[3]}, static_cast<std::int32_t>(numbers[4])};
  }
  for (std::size_t i = 5; i < numbers.size(); i += 2)
    if (!cursor.positions.emplace(numbers[i], numbers[i + 1]).second) return std::nullopt;
  return cursor;
}

bool is_behind(const event_cursor& cursor, const event_row_id& row) {
  const auto known = cursor.positions.find(row.session);
  if (known != cursor.positions.end()) return row.position <= known->second;
  return row.session <= cursor.sessions;
}

bool covers(const event_cursor& later, const event_cursor& earlier) {
  if (later.sessions < earlier.sessions) return false;
  if (later.within && later.within != earlier.within) return false;
  if (earlier.within && !is_behind(later, earlier.within->row)) return false;
  for (const auto& [session, position] : earlier.positions)
    if (!is_behind(later, {session, position})) return false;
  // A session that `earlier` has read to its end.
  for (const auto& [session, position] : later.positions)
    if (session <= earlier.sessions && !earlier.positions.contains(session)) return false;
  return true;
}

event_cursor cursor_behind(const found_event& e) {
  auto cursor = *e.before_row;
  cursor.within = event_place{e.place.row, e.place.index + 1};
  return cursor;
}

}  // namespace postrider::persistence
