#include "persistence/query/event_reader.hpp"

#include "persistence/sql/database_failure.hpp"
#include "persistence/sql/migrations.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <unordered_map>

namespace postrider::persistence {
namespace {

/// Rows that are read from one session at a time, and the bytes after which a page ends.
constexpr std::int64_t rows_at_once = 32;
constexpr std::size_t page_bytes = 1024 * 1024;

/// A batch notes the time before it commits, and takes no longer than this.
constexpr std::chrono::minutes longest_commit{1};

/// The sessions that may still write, with the last position that each of them has used by now.
using writing_sessions = std::map<std::int64_t, std::int64_t>;

writing_sessions find_writing_sessions(sql_session& session) {
  writing_sessions found;
  session.query(writing_sessions_statement(session.dialect()), {}, [&](const sql_row& row) {
    found[row.integer(0)] = (row.integer(1) + 1) * event_rows_per_batch - 1;
  });
  return found;
}

struct event_row {
  std::int64_t position = 0;
  node_id node = 0;
  time_point ordered_at{}, created_at{};
  std::string events;
};

/// The unread rows of one session, some of them in memory.
class session_rows {
 public:
  session_rows(sql_session& session, std::int64_t number, std::int64_t after)
      : session_(&session), number_(number), after_(after) {}

  std::int64_t number() const { return number_; }
  /// The next row; null: there is none.
  const event_row* head() {
    if (rows_.empty() && !at_end_) load();
    return rows_.empty() ? nullptr : &rows_.front();
  }
  event_row take() {
    auto row = std::move(rows_.front());
    rows_.pop_front();
    after_ = row.position;
    return row;
  }

 private:
  void load() {
    sql_values values;
    values.add(number_).add(after_).add(rows_at_once);
    session_->query(event_rows_statement(), values, [&](const sql_row& row) {
      rows_.push_back(
          {row.integer(0), row.integer(1), row.time(2), row.time(3), std::string(row.text(4))});
    });
    at_end_ = std::ssize(rows_) < rows_at_once;
  }

  sql_session* session_;
  std::int64_t number_, after_;
  std::deque<event_row> rows_;
  bool at_end_ = false;
};

/// A session that has rows and that the reader has not begun.
struct unread_session {
  std::int64_t number = 0;
  /// All of its rows, and those of all later sessions, are ordered at this time or later.
  time_point began{};
};

std::optional<unread_session> find_unread(sql_session& session, std::int64_t after) {
  std::optional<unread_session> found;
  sql_values from, number;
  from.add(after);
  session.query(next_event_session_statement(), from, [&](const sql_row& row) {
    found = unread_session{row.integer(0), {}};
  });
  if (!found) return found;
  number.add(found->number);
  session.query(
      "SELECT began FROM batch_marker WHERE session = ?", number,
      [&](const sql_row& row) { found->began = row.optional_time(0).value_or(time_point{}); });
  return found;
}

/// Merges the sessions of one page.
class merge {
 public:
  merge(sql_session& session, const event_cursor& from)
      : session_(session), writing_(find_writing_sessions(session)), at_(from) {
    for (const auto& [number, position] : at_.positions) {
      const auto writes = writing_.find(number);
      const bool has_news = writes == writing_.end() || writes->second > position;
      if (has_news) streams_.emplace_back(session_, number, position);
    }
    unread_ = find_unread(session_, at_.sessions);
  }

  /// The session whose row is next; null: everything was read.
  session_rows* next() {
    for (;;) {
      session_rows* first = nullptr;
      for (auto& stream : streams_)
        if (stream.head() && (!first || stream.head()->ordered_at < first->head()->ordered_at))
          first = &stream;
      if (!unread_ || (first && first->head()->ordered_at < unread_->began)) return first;
      open_unread();
    }
  }

  /// Takes the session's next row, and moves the place behind it.
  event_row take(session_rows& from) {
    auto row = from.take();
    at_.positions[from.number()] = row.position;
    at_.within.reset();
    at_.read_until = std::max(at_.read_until, row.created_at - longest_commit);
    return row;
  }

  const event_cursor& at() const { return at_; }

  /// The place when all is read.
  event_cursor end(time_point now) {
    at_ = behind_all(session_, writing_, at_, now);
    return at_;
  }

  /// The place in between: sessions that are read and write no more need no position.
  event_cursor place() {
    for (auto& stream : streams_)
      if (!writing_.contains(stream.number()) && !stream.head())
        at_.positions.erase(stream.number());
    return at_;
  }

  static event_cursor behind_all(sql_session& session, const writing_sessions& writing,
                                 event_cursor at, time_point now) {
    std::int64_t newest = 0;
    session.query("SELECT session FROM batch_marker ORDER BY session DESC LIMIT 1", {},
                  [&](const sql_row& row) { newest = row.integer(0); });
    at.sessions = std::max(at.sessions, newest);
    // On a cluster this server may be behind the one that gave the cursor: it does not know the
    // newest sessions yet, or not their last rows.
    std::erase_if(at.positions, [&](const auto& known) {
      return known.first <= newest && !writing.contains(known.first);
    });
    for (const auto& [number, last] : writing) {
      auto& position = at.positions[number];
      position = std::max(position, last);
    }
    at.within.reset();
    at.read_until = std::max(at.read_until, now - longest_commit);
    return at;
  }

 private:
  void open_unread() {
    // A session that writes and has no row yet is passed on the way: its position stays.
    for (const auto& [number, last] : writing_)
      if (number > at_.sessions && number < unread_->number) at_.positions.emplace(number, 0);
    at_.sessions = unread_->number;
    at_.positions.emplace(unread_->number, 0);
    streams_.emplace_back(session_, unread_->number, 0);
    unread_ = find_unread(session_, at_.sessions);
  }

  sql_session& session_;
  writing_sessions writing_;
  event_cursor at_;
  std::deque<session_rows> streams_;
  std::optional<unread_session> unread_;
};

/// Adds the events of a row, but for those that were read before.
void add_events(event_page& page, const event_row& row, const event_row_id& id,
                const std::optional<event_place>& within,
                std::shared_ptr<const event_cursor> before) {
  auto events = decode_events(row.events);
  if (!events)
    throw database_failure(failure_kind::storage, 0,
                           "row " + std::to_string(id.session) + ", " +
                               std::to_string(id.position) + " of event_log is damaged");
  const std::int32_t read = within && within->row == id ? within->index : 0;
  for (std::int32_t i = read; i < std::ssize(*events); ++i) {
    auto& e = (*events)[static_cast<std::size_t>(i)];
    if (e.type == event_type::unknown) continue;
    page.types |= bit_of(e.type);
    page.events.push_back({{id, i}, std::move(e), row.created_at, row.node, nullptr, before});
  }
}

void load_subjects(sql_session& session, std::vector<found_event>& events) {
  std::unordered_map<message_id, std::shared_ptr<const event_subject>> subjects;
  for (const auto& e : events)
    if (is_of_message(e.event.type)) subjects.try_emplace(e.event.message);
  if (subjects.empty()) return;
  sql_values ids;
  for (const auto& [id, subject] : subjects)
    ids.add(id);
  session.query_in(
      "SELECT id, metadata, is_test, reference FROM message WHERE id IN ({ids})", {}, ids,
      [&](const sql_row& row) {
        message_id id;
        const auto bytes = row.text(0);
        std::copy_n(bytes.begin(), std::min(bytes.size(), id.bytes.size()), id.bytes.begin());
        subjects[id] = std::make_shared<const event_subject>(
            event_subject{std::string(row.text(1)), row.integer(2) != 0, std::string(row.text(3))});
      });
  for (auto& e : events)
    if (is_of_message(e.event.type)) e.subject = subjects.at(e.event.message);
}

/// Retention has removed events of before this time.
time_point removed_until(sql_session& session) {
  time_point until{};
  session.query("SELECT completed_at FROM retention_progress WHERE name = 'events'", {},
                [&](const sql_row& row) { until = row.time(0); });
  return until;
}

}  // namespace

std::string event_rows_statement() {
  return "SELECT position, node, ordered_at, created_at, events FROM event_log"
         " WHERE session = ? AND position > ? ORDER BY position LIMIT ?";
}

std::string next_event_session_statement() {
  return "SELECT session FROM event_log WHERE session > ? ORDER BY session LIMIT 1";
}

std::string writing_sessions_statement(const sql_dialect& dialect) {
  return "SELECT session, batch FROM batch_marker" + dialect.index("marker_by_node") +
         " WHERE node > 0";
}

event_page read_event_page(sql_session& session, const event_query& what, time_point now) {
  event_page page;
  const auto& since = what.after.read_until;
  if (since != time_point{} && since < removed_until(session)) {
    page.too_old = true;
    return page;
  }
  merge rows(session, what.after);
  std::size_t bytes = 0;
  while (std::ssize(page.events) < what.limit && bytes < page_bytes) {
    auto* next = rows.next();
    if (!next) {
      page.next = what.until ? *what.until : rows.end(now);
      load_subjects(session, page.events);
      return page;
    }
    const auto within = rows.at().within;
    const auto before = std::make_shared<const event_cursor>(rows.at());
    const auto row = rows.take(*next);
    bytes += row.events.size();
    const event_row_id id{next->number(), row.position};
    if (!what.until || is_behind(*what.until, id)) add_events(page, row, id, within, before);
  }
  page.more = true;
  page.next = rows.place();
  load_subjects(session, page.events);
  return page;
}

std::vector<found_event> read_events_at(sql_session& session,
                                        const std::vector<event_place>& places) {
  std::vector<found_event> found;
  std::map<event_row_id, std::vector<std::int32_t>> by_row;
  for (const auto& place : places)
    by_row[place.row].push_back(place.index);
  for (const auto& [id, wanted] : by_row) {
    event_page page;
    sql_values values;
    values.add(id.session).add(id.position - 1).add(std::int64_t{1});
    session.query(event_rows_statement(), values, [&](const sql_row& row) {
      if (row.integer(0) != id.position) return;
      const event_row stored{row.integer(0), row.integer(1), row.time(2), row.time(3),
                             std::string(row.text(4))};
      add_events(page, stored, id, {}, nullptr);
    });
    for (auto& e : page.events)
      if (std::ranges::find(wanted, e.place.index) != wanted.end()) found.push_back(std::move(e));
  }
  load_subjects(session, found);
  return found;
}

event_cursor end_of_events(sql_session& session, time_point now) {
  return merge::behind_all(session, find_writing_sessions(session), {}, now);
}

}  // namespace postrider::persistence
