#pragma once

#include "persistence/model.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The feed of events: what an event is, how rows of the table event_log hold events, and the place
/// of a reader.
namespace postrider::persistence {

/// The stored numbers must not change.
enum class event_type : std::uint8_t {
  unknown = 0,  ///< a later release wrote it; readers pass it over
  message_accepted = 1,
  attempt_failed = 2,
  message_sent = 3,       ///< a provider accepted it
  message_delivered = 4,  ///< a receipt says that it arrived
  message_failed = 5,
  message_undelivered = 6,
  message_read = 7,
  message_cancelled = 8,
  message_expired = 9,
  provider_down = 10,
  provider_up = 11,
  provider_held = 12,
  endpoint_disabled = 13,
};
inline constexpr event_type last_event_type = event_type::endpoint_disabled;

/// "message.accepted", "attempt.failed", ...
std::string_view to_string(event_type type);
std::optional<event_type> parse_event_type(std::string_view text);
/// A set of types has a bit for each.
constexpr std::uint32_t bit_of(event_type type) {
  return std::uint32_t{1} << static_cast<unsigned>(type);
}
/// The types that a name means: one, or with "message.*" all of that kind; 0: none.
std::uint32_t types_named(std::string_view name);
/// True for events of a delivery; false for those of a provider or an endpoint.
constexpr bool is_of_message(event_type type) { return type < event_type::provider_down; }

/// One event. Those of a provider have `provider` and `detail` only; those of an endpoint its id in
/// `transaction`, its URL in `recipient`, and `detail`.
struct event {
  event_type type = event_type::message_accepted;
  transaction_id transaction = 0;
  message_id message;
  std::int32_t recipient_no = 0;
  user_id user = 0;
  provider_id provider = 0;
  /// Attempts of the chain that had ended by then.
  std::int32_t attempts = 0;
  error_code error = error_code::none;
  /// The message may arrive twice.
  bool possible_duplicate = false;
  /// A person decided it, not a provider.
  bool settled_by_hand = false;
  std::string recipient;
  /// For a person: the provider's answer, or the reason.
  std::string detail;
  bool operator==(const event&) const = default;
};

/// A line for each event: its members but for the type's name, with tabs between them. Tab, line
/// feed and backslash within a text are "\t", "\n" and "\\".
void append_event(std::string& lines, const event& e);
/// Nothing when the text has another form.
std::optional<std::vector<event>> decode_events(std::string_view lines);

/// Bytes after which the events of a commit go on in another row: the memory that reading a row
/// takes.
inline constexpr std::size_t max_event_row_bytes = 256 * 1024;
/// Rows that one batch may write.
inline constexpr std::int64_t event_rows_per_batch = 65'536;

/// A row of the feed: a writer session, and the row's number there.
struct event_row_id {
  std::int64_t session = 0, position = 0;
  auto operator<=>(const event_row_id&) const = default;
};

/// An event's place: its row, and its number in it. It never changes.
struct event_place {
  event_row_id row;
  std::int32_t index = 0;
  auto operator<=>(const event_place&) const = default;
};
/// "evt_1_65536_0".
std::string to_string(const event_place& place);

/// A reader's place in the feed. Commits of two sessions interleave, so it has a position for each
/// of them: all events up to it were read, and nothing behind it. A default one is before the first
/// event that is kept.
struct event_cursor {
  /// Sessions up to this one are read to their end, but for those in `positions`.
  std::int64_t sessions = 0;
  /// The last row that was read of each session that may write more.
  std::map<std::int64_t, std::int64_t> positions;
  /// The row that was read in part, and how many of its events were.
  std::optional<event_place> within;
  /// Everything that took place before was read. Zero: nothing was.
  time_point read_until{};
  bool operator==(const event_cursor&) const = default;
};

/// True when a reader at that place has read the row.
bool is_behind(const event_cursor& cursor, const event_row_id& row);
/// True when a reader at `later` has read all that one at `earlier` has.
bool covers(const event_cursor& later, const event_cursor& earlier);

/// Characters of a URL; a reader stores them as they are.
std::string encode_cursor(const event_cursor& cursor);
/// Nothing when it was not written by encode_cursor().
std::optional<event_cursor> decode_cursor(std::string_view text);
/// Sessions that a cursor may name.
inline constexpr std::size_t max_cursor_sessions = 1000;

/// Members of an event's message that the feed does not hold.
struct event_subject {
  /// A JSON object, or empty.
  std::string metadata;
  bool test = false;
  /// The client's own name for the message, or empty.
  std::string reference{};
};

/// An event as it is read.
struct found_event {
  event_place place;
  persistence::event event;
  time_point at{};
  /// The node that wrote it; 0: none.
  node_id node = 0;
  /// Null when retention has removed it, and for events of a provider.
  std::shared_ptr<const event_subject> subject;
  /// The place of a reader that has read nothing of the event's row.
  std::shared_ptr<const event_cursor> before_row;
};

/// The place of a reader that has read the event and nothing behind it.
event_cursor cursor_behind(const found_event& e);

/// The cursors behind the events of a row one after the other, without a copy of the place.
class cursor_writer {
 public:
  /// Appends encode_cursor(cursor_behind(e)).
  void append(std::string& out, const found_event& e);

 private:
  std::shared_ptr<const event_cursor> before_row_;
  std::string head_, tail_;
};

struct event_query {
  event_cursor after;
  /// No events behind this place; it is what a reader gets as `next` when it has the others. It
  /// covers `after`.
  std::optional<event_cursor> until;
  /// At most a few more: a row is not split.
  std::int32_t limit = 100;
};

struct event_page {
  std::vector<found_event> events;
  /// The types of its events, a bit for each.
  std::uint32_t types = 0;
  /// Where to go on; without events it may still be a later one than was asked for.
  event_cursor next;
  /// False: the feed had nothing more at that moment.
  bool more = false;
  /// Retention has removed events that this reader had not read; nothing else is filled in.
  bool too_old = false;
};

}  // namespace postrider::persistence
