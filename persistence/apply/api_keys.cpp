#include "persistence/apply/api_keys.hpp"

#include "persistence/apply/browser_sessions.hpp"
#include "persistence/records/access_record-odb.hxx"
#include "persistence/records/encoding.hpp"
#include "persistence/records/records.hpp"
#include "persistence/sql/counters.hpp"

#include <odb/database.hxx>

namespace postrider::persistence {
namespace {

constexpr std::string_view counter = "api_key";

odb::nullable<std::int64_t> to_column(const std::optional<time_point>& time) {
  if (!time) return {};
  return time->time_since_epoch().count();
}

api_key_record to_record(const api_key& key) {
  api_key_record r;
  r.name = key.name;
  r.key_hash = key.hash;
  r.scopes = to_string(key.scopes);
  r.users = encode_limits({key.users, key.sources});
  r.created_at = key.created_at.time_since_epoch().count();
  r.prefix = key.prefix;
  r.expires_at = to_column(key.expires_at);
  r.rate_per_minute = key.rate_per_minute;
  r.is_test = key.test;
  return r;
}

api_key to_key(const api_key_record& r) {
  api_key key;
  key.id = r.id;
  key.name = r.name;
  key.prefix = r.prefix;
  key.hash = r.key_hash;
  key.scopes = parse_scopes(r.scopes).value_or(scope_set());
  // No users means all of them, so what cannot be read must not become that.
  if (auto limits = decode_limits(r.users)) {
    key.users = std::move(limits->users);
    key.sources = std::move(limits->sources);
  } else {
    key.scopes = {};
  }
  key.test = r.is_test;
  key.rate_per_minute = r.rate_per_minute;
  key.created_at = time_point(std::chrono::microseconds(r.created_at));
  key.expires_at = to_optional_time(r.expires_at);
  key.last_used_at = to_optional_time(r.last_used_at);
  key.revoked_at = to_optional_time(r.revoked_at);
  return key;
}

std::int64_t single(sql_session& session, std::string_view sql, const sql_values& values) {
  std::int64_t answer = 0;
  session.query(sql, values, [&](const sql_row& row) { answer = row.integer(0); });
  return answer;
}

std::string name_index(const sql_dialect& dialect) {
  return dialect.index(dialect.use_primary.empty() ? "api_key_name_i" : "name_i");
}

bool name_is_taken(sql_session& session, const std::string& name) {
  sql_values values;
  values.add(name);
  return single(session, key_name_statement(session.dialect()), values) > 0;
}

/// Empty: there is room.
std::string why_no_more_keys(sql_session& session, time_point now) {
  sql_values values;
  values.add(now);
  if (single(session, usable_key_count_statement(session.dialect()), values) >= max_api_keys)
    return "there are " + std::to_string(max_api_keys) +
           " API keys already that were neither revoked nor have expired";
  if (single(session, key_count_statement(session.dialect()), {}) >= max_stored_api_keys)
    return "there were " + std::to_string(max_stored_api_keys) + " API keys already";
  return {};
}

}  // namespace

void store_api_key(sql_session& session, const ledger_batch& batch, const create_api_key& what,
                   transition_result& answer) {
  lock_counter(session, counter);
  if (name_is_taken(session, what.key.name)) {
    answer.status = transition_status::conflict;
    return;
  }
  if (auto full = why_no_more_keys(session, batch.now); !full.empty()) {
    answer.status = transition_status::refused;
    answer.reason = std::move(full);
    return;
  }
  auto record = to_record(what.key);
  record.created_at = batch.now.time_since_epoch().count();
  session.odb_database().persist(record);
  answer.ids = {record.id};
  take_from_counter(session, counter, 1);
}

void end_api_key(sql_session& session, const ledger_batch& batch, const revoke_api_key& what,
                 transition_result& answer) {
  lock_counter(session, counter);
  api_key_record record;
  auto& database = session.odb_database();
  if (!database.find(what.id, record) || !record.revoked_at.null()) {
    answer.status = transition_status::conflict;
    return;
  }
  record.revoked_at = batch.now.time_since_epoch().count();
  database.update(record);
  end_sessions_of(session, what.id);
  take_from_counter(session, counter, 1);
}

void store_key_use(sql_session& session, const note_key_use& what) {
  for (const auto& [id, when] : what.used) {
    sql_values values;
    values.add(when).add(id).add(when);
    session.execute(
        "UPDATE api_key SET last_used_at = ? WHERE id = ?"
        " AND (last_used_at IS NULL OR last_used_at < ?)",
        values);
  }
  store_session_use(session, what);
}

std::string key_name_statement(const sql_dialect& dialect) {
  return "SELECT COUNT(*) FROM api_key" + name_index(dialect) + " WHERE name = ?";
}

/// Reads max_stored_api_keys rows at most, and only when somebody makes a key.
std::string usable_key_count_statement(const sql_dialect& dialect) {
  return "SELECT COUNT(*) FROM (SELECT name FROM api_key" + name_index(dialect) +
         " WHERE name >= '' AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)"
         " LIMIT " +
         std::to_string(max_api_keys) + ") AS counted";
}

/// All of an index, but no more than max_stored_api_keys.
std::string key_count_statement(const sql_dialect& dialect) {
  return "SELECT COUNT(*) FROM (SELECT name FROM api_key" + name_index(dialect) +
         " WHERE name >= '' LIMIT " + std::to_string(max_stored_api_keys) + ") AS counted";
}

key_changes changed_keys(sql_session& session, std::int64_t version) {
  key_changes changes;
  sql_values of;
  of.add(counter);
  changes.version = single(session, "SELECT next_id FROM id_block WHERE name = ?", of);
  if (changes.version == version) return changes;
  changes.keys.emplace();
  using query = odb::query<api_key_record>;
  for (const auto& record : session.odb_database().query<api_key_record>("ORDER BY" + query::id))
    changes.keys->push_back(to_key(record));
  changes.sessions = load_browser_sessions(session);
  return changes;
}

}  // namespace postrider::persistence
