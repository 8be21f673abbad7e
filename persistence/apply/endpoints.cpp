#include "persistence/apply/endpoints.hpp"

#include "base/utf8.hpp"
#include "persistence/records/encoding.hpp"
#include "persistence/records/endpoint_record-odb.hxx"
#include "persistence/records/records.hpp"
#include "persistence/sql/counters.hpp"

#include <odb/database.hxx>

#include <algorithm>

namespace postrider::persistence {
namespace {

constexpr std::string_view endpoint_counter = "endpoint";

odb::nullable<std::int64_t> nullable_of(const std::optional<time_point>& time) {
  if (!time) return {};
  return time->time_since_epoch().count();
}

std::string users_column(const std::vector<user_id>& users) { return encode_limits({users, {}}); }

void write_health(endpoint_record& r, const endpoint_health& health) {
  r.last_success_at = nullable_of(health.last_success_at);
  r.last_failure_at = nullable_of(health.last_failure_at);
  r.failing_since = nullable_of(health.failing_since);
  r.paused_until = nullable_of(health.paused_until);
  r.pauses = health.pauses;
  r.last_error = tidy_text(health.last_error, max_endpoint_error_bytes);
}

endpoint to_endpoint(const endpoint_record& r) {
  endpoint e;
  e.id = r.id;
  e.url = r.url;
  e.description = r.description;
  e.types = static_cast<std::uint32_t>(r.types);
  // No users means all of them, so what cannot be read must not become that.
  if (auto limits = decode_limits(r.users)) e.users = std::move(limits->users);
  else e.users = {0};
  e.allow_private = r.allow_private;
  e.secret = r.secret;
  e.old_secret = r.old_secret;
  e.old_secret_until = to_optional_time(r.old_secret_until);
  e.created_at = time_point(std::chrono::microseconds(r.created_at));
  e.enabled = r.enabled;
  e.disabled_reason = r.disabled_reason;
  e.owner = r.owner;
  e.turn = r.turn;
  e.place = decode_cursor(r.place).value_or(event_cursor());
  e.since = to_optional_time(r.since_at);
  e.health.last_success_at = to_optional_time(r.last_success_at);
  e.health.last_failure_at = to_optional_time(r.last_failure_at);
  e.health.failing_since = to_optional_time(r.failing_since);
  e.health.paused_until = to_optional_time(r.paused_until);
  e.health.pauses = r.pauses;
  e.health.last_error = r.last_error;
  e.recent = decode_recent(r.recent);
  return e;
}

/// Another turn: what the owner of this one still does is not stored.
void begin_turn(sql_session& session, endpoint_record& record, node_id owner) {
  record.owner = owner;
  ++record.turn;
  session.odb_database().update(record);
  take_from_counter(session, endpoint_counter, 1);
}

void change_members(endpoint_record& r, const change_endpoint& what) {
  if (what.url) r.url = *what.url;
  if (what.description) r.description = *what.description;
  if (what.types) r.types = *what.types;
  if (what.users) r.users = users_column(*what.users);
  if (what.allow_private) r.allow_private = *what.allow_private;
  if (what.secret) {
    r.old_secret = std::exchange(r.secret, *what.secret);
    r.old_secret_until = what.old_until.time_since_epoch().count();
  }
  if (what.enabled) {
    r.enabled = *what.enabled;
    r.disabled_reason.clear();
    r.failing_since.reset();
  }
  if (what.place) {
    r.place = encode_cursor(*what.place);
    r.since_at = nullable_of(what.since);
  }
  // A person has changed something: it is worth a try now.
  r.paused_until.reset();
  r.pauses = 0;
}

endpoint_delivery_record to_record(endpoint_id endpoint, const endpoint_delivery& d) {
  endpoint_delivery_record r;
  r.endpoint_id = endpoint;
  r.session = d.place.row.session;
  r.position = d.place.row.position;
  r.event_index = d.place.index;
  r.event_type = static_cast<std::int32_t>(d.type);
  r.message_id = d.message.bytes;
  return r;
}

void write_state(endpoint_delivery_record& r, const endpoint_delivery& d, time_point now) {
  r.status = static_cast<std::int32_t>(d.state);
  r.attempts = d.attempts;
  r.due_at = d.due_at.time_since_epoch().count();
  r.last_error = tidy_text(d.last_error, max_endpoint_error_bytes);
  r.updated_at = now.time_since_epoch().count();
}

/// Its id. An event may fail again after a replay: then its row waits again.
std::int64_t store_delivery(sql_session& session, endpoint_id endpoint, const endpoint_delivery& d,
                            time_point now) {
  using query = odb::query<endpoint_delivery_record>;
  auto& database = session.odb_database();
  auto record = to_record(endpoint, d);
  const bool known = database.query_one<endpoint_delivery_record>(
      query::endpoint_id == endpoint && query::session == record.session &&
          query::position == record.position && query::event_index == record.event_index,
      record);
  write_state(record, d, now);
  if (known) {
    database.update(record);
  } else {
    record.created_at = record.updated_at;
    database.persist(record);
  }
  return record.id;
}

event disabled_event(const endpoint_record& r) {
  event e;
  e.type = event_type::endpoint_disabled;
  e.transaction = r.id;
  e.recipient = tidy_text(r.url, max_recipient_bytes);
  e.detail = tidy_text(r.disabled_reason, max_error_message_bytes);
  return e;
}

endpoint_delivery read_delivery(const sql_row& row) {
  endpoint_delivery d;
  d.id = row.integer(0);
  d.place = {{row.integer(1), row.integer(2)}, row.as<std::int32_t>(3)};
  d.type = row.as<event_type>(4);
  const auto bytes = row.text(5);
  std::copy_n(bytes.begin(), std::min(bytes.size(), d.message.bytes.size()),
              d.message.bytes.begin());
  d.state = row.as<delivery_state>(6);
  d.attempts = row.as<std::int32_t>(7);
  d.due_at = row.time(8);
  d.last_error = row.text(9);
  d.created_at = row.time(10);
  d.updated_at = row.time(11);
  return d;
}

}  // namespace

void store_endpoint(sql_session& session, const ledger_batch& batch, const create_endpoint& what,
                    transition_result& answer) {
  lock_counter(session, endpoint_counter);
  std::int64_t count = 0;
  session.query("SELECT COUNT(*) FROM endpoint", {},
                [&](const sql_row& row) { count = row.integer(0); });
  if (count >= max_endpoints) {
    answer.status = transition_status::refused;
    answer.reason = "there are " + std::to_string(max_endpoints) + " endpoints already";
    return;
  }
  endpoint_record record;
  record.url = what.what.url;
  record.description = what.what.description;
  record.types = what.what.types;
  record.users = users_column(what.what.users);
  record.allow_private = what.what.allow_private;
  record.secret = what.what.secret;
  record.enabled = what.what.enabled;
  record.place = encode_cursor(what.what.place);
  record.since_at = nullable_of(what.what.since);
  record.created_at = batch.now.time_since_epoch().count();
  session.odb_database().persist(record);
  answer.ids = {record.id};
  take_from_counter(session, endpoint_counter, 1);
}

void store_endpoint_change(sql_session& session, const change_endpoint& what,
                           transition_result& answer) {
  lock_counter(session, endpoint_counter);
  endpoint_record record;
  if (!session.odb_database().find(what.id, record)) {
    answer.status = transition_status::conflict;
    return;
  }
  change_members(record, what);
  begin_turn(session, record, 0);
}

void remove_endpoint(sql_session& session, const delete_endpoint& what, transition_result& answer) {
  lock_counter(session, endpoint_counter);
  sql_values id;
  id.add(what.id);
  if (session.execute("DELETE FROM endpoint WHERE id = ?", id) == 0)
    answer.status = transition_status::conflict;
  else take_from_counter(session, endpoint_counter, 1);
}

void store_claim(sql_session& session, const ledger_batch& batch, const claim_endpoint& what,
                 transition_result& answer) {
  lock_counter(session, endpoint_counter);
  endpoint_record record;
  if (!session.odb_database().find(what.id, record) || record.turn != what.turn) {
    answer.status = transition_status::conflict;
    return;
  }
  begin_turn(session, record, batch.owner);
}

void store_progress(sql_session& session, const ledger_batch& batch, event_recorder& events,
                    const note_progress& what, transition_result& answer) {
  auto& database = session.odb_database();
  if (!what.disable.empty()) lock_counter(session, endpoint_counter);
  sql_values id;
  id.add(what.id);
  // Locked, so that nobody begins another turn before this one's deeds are committed.
  session.query("SELECT id FROM endpoint WHERE id = ?" + std::string(session.dialect().for_update),
                id, [](const sql_row&) {});
  endpoint_record record;
  if (!database.find(what.id, record) || record.turn != what.turn || record.owner != batch.owner) {
    answer.status = transition_status::conflict;
    return;
  }
  record.place = encode_cursor(what.place);
  write_health(record, what.health);
  record.recent = encode_recent(what.recent);
  for (const auto& d : what.waiting)
    answer.ids.push_back(store_delivery(session, what.id, d, batch.now));
  for (const auto& d : what.changed) {
    endpoint_delivery_record known;
    if (!database.find(d.id, known)) continue;
    write_state(known, d, batch.now);
    database.update(known);
  }
  if (what.disable.empty()) return database.update(record);
  record.enabled = false;
  record.disabled_reason = tidy_text(what.disable, max_endpoint_error_bytes);
  events.add(disabled_event(record));
  begin_turn(session, record, 0);
}

void store_replay(sql_session& session, const ledger_batch& batch, const replay_deliveries& what,
                  transition_result& answer) {
  lock_counter(session, endpoint_counter);
  endpoint_record record;
  if (!session.odb_database().find(what.endpoint, record)) {
    answer.status = transition_status::conflict;
    return;
  }
  using query = odb::query<endpoint_delivery_record>;
  auto wanted = query::endpoint_id == what.endpoint &&
                query::status == static_cast<std::int32_t>(delivery_state::undelivered);
  if (what.id != 0) wanted = wanted && query::id == what.id;
  std::vector<endpoint_delivery_record> again;
  for (const auto& r : session.odb_database().query<endpoint_delivery_record>(
           wanted + "ORDER BY" + query::id + ("LIMIT " + std::to_string(max_waiting_deliveries))))
    again.push_back(r);
  for (auto& r : again) {
    r.status = static_cast<std::int32_t>(delivery_state::waiting);
    r.attempts = 0;
    r.due_at = r.updated_at = batch.now.time_since_epoch().count();
    session.odb_database().update(r);
  }
  answer.count = std::ssize(again);
  begin_turn(session, record, 0);
}

std::string old_deliveries_statement(const sql_dialect& dialect) {
  return "SELECT id FROM endpoint_delivery" + dialect.index("endpoint_delivery_by_time") +
         " WHERE created_at <= ? ORDER BY created_at, id LIMIT ?";
}

void prune_deliveries(sql_session& session, const prune& what, transition_result& answer) {
  sql_values until, ids;
  until.add(what.completed_before).add(std::int64_t{what.limit});
  session.query(old_deliveries_statement(session.dialect()), until,
                [&](const sql_row& row) { ids.add(row.integer(0)); });
  if (ids.empty()) return;
  answer.more |= ids.size() == static_cast<std::size_t>(what.limit);
  answer.count += session.execute_in("DELETE FROM endpoint_delivery WHERE id IN ({ids})", {}, ids);
}

endpoint_changes changed_endpoints(sql_session& session, std::int64_t version) {
  endpoint_changes changes;
  sql_values of;
  of.add(endpoint_counter);
  session.query("SELECT next_id FROM id_block WHERE name = ?", of,
                [&](const sql_row& row) { changes.version = row.integer(0); });
  if (changes.version == version) return changes;
  changes.all.emplace();
  using query = odb::query<endpoint_record>;
  for (const auto& r : session.odb_database().query<endpoint_record>("ORDER BY" + query::id))
    changes.all->push_back(to_endpoint(r));
  return changes;
}

std::optional<endpoint> find_endpoint(sql_session& session, endpoint_id id) {
  endpoint_record record;
  if (!session.odb_database().find(id, record)) return std::nullopt;
  return to_endpoint(record);
}

std::string deliveries_statement(const sql_dialect& dialect) {
  return "SELECT id, session, position, event_index, event_type, message_id, status, attempts,"
         " due_at, last_error, created_at, updated_at FROM endpoint_delivery" +
         dialect.index("endpoint_delivery_by_status") +
         " WHERE endpoint_id = ? AND status = ? AND id < ? ORDER BY id DESC LIMIT ?";
}

std::vector<endpoint_delivery> list_deliveries(sql_session& session, const delivery_query& what) {
  std::vector<endpoint_delivery> found;
  // State by state, each along the index.
  for (const auto state :
       {delivery_state::waiting, delivery_state::undelivered, delivery_state::delivered}) {
    if (what.state && *what.state != state) continue;
    sql_values values;
    values.add(what.endpoint).add(state).add(what.before).add(std::int64_t{what.limit});
    session.query(deliveries_statement(session.dialect()), values,
                  [&](const sql_row& row) { found.push_back(read_delivery(row)); });
  }
  std::ranges::sort(found, std::greater{}, &endpoint_delivery::id);
  if (std::ssize(found) > what.limit) found.resize(static_cast<std::size_t>(what.limit));
  return found;
}

}  // namespace postrider::persistence
