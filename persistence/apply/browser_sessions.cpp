#include "persistence/apply/browser_sessions.hpp"

#include "persistence/sql/counters.hpp"

#include <algorithm>

namespace postrider::persistence {
namespace {

constexpr std::string_view change_counter = "api_key";

std::int64_t count_of(sql_session& session, std::string_view sql, const sql_values& values) {
  std::int64_t answer = 0;
  session.query(sql, values, [&](const sql_row& row) { answer = row.integer(0); });
  return answer;
}

}  // namespace

void store_browser_session(sql_session& session, const ledger_batch& batch,
                           const begin_browser_session& what, transition_result& answer) {
  lock_counter(session, change_counter);
  sql_values now, key, values;
  now.add(batch.now);
  session.execute("DELETE FROM browser_session WHERE expires_at <= ?", now);
  key.add(what.session.key).add(batch.now);
  if (count_of(session,
               "SELECT COUNT(*) FROM api_key WHERE id = ? AND revoked_at IS NULL"
               " AND (expires_at IS NULL OR expires_at > ?)",
               key) == 0) {
    answer.status = transition_status::conflict;
    return;
  }
  if (count_of(session, "SELECT COUNT(*) FROM browser_session", {}) >= max_browser_sessions) {
    answer.status = transition_status::refused;
    answer.reason = "there are " + std::to_string(max_browser_sessions) +
                    " sessions of browsers already; sign out of some, or wait until they expire";
    return;
  }
  values.add(what.session.token).add(what.session.key).add(batch.now).add(batch.now);
  values.add(what.session.expires_at);
  session.insert_rows(
      "INSERT INTO browser_session (token_hash, api_key_id, created_at, used_at, expires_at)", 5,
      values);
  take_from_counter(session, change_counter, 1);
}

void remove_browser_session(sql_session& session, const end_browser_session& what,
                            transition_result& answer) {
  lock_counter(session, change_counter);
  sql_values values;
  values.add(what.token);
  if (session.execute("DELETE FROM browser_session WHERE token_hash = ?", values) == 0) {
    answer.status = transition_status::conflict;
    return;
  }
  take_from_counter(session, change_counter, 1);
}

void end_sessions_of(sql_session& session, api_key_id key) {
  sql_values values;
  values.add(key);
  session.execute("DELETE FROM browser_session WHERE api_key_id = ?", values);
}

void store_session_use(sql_session& session, const note_key_use& what) {
  for (const auto& [token, when] : what.sessions) {
    sql_values values;
    values.add(when).add(token).add(when);
    session.execute("UPDATE browser_session SET used_at = ? WHERE token_hash = ? AND used_at < ?",
                    values);
  }
}

std::vector<browser_session> load_browser_sessions(sql_session& session) {
  std::vector<browser_session> all;
  session.query(
      "SELECT token_hash, api_key_id, created_at, used_at, expires_at FROM browser_session", {},
      [&](const sql_row& row) {
        auto& one = all.emplace_back();
        const auto bytes = row.text(0);
        std::copy_n(bytes.begin(), std::min(bytes.size(), one.token.size()), one.token.begin());
        one.key = row.integer(1);
        one.created_at = row.time(2);
        one.used_at = row.time(3);
        one.expires_at = row.time(4);
      });
  return all;
}

}  // namespace postrider::persistence
