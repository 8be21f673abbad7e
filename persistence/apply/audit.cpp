#include "persistence/apply/audit.hpp"

#include "base/utf8.hpp"
#include "persistence/apply/working_set.hpp"

namespace postrider::persistence {
namespace {

std::int64_t last_audit_id(sql_session& session) {
  std::int64_t last = 0;
  session.query("SELECT MAX(id) FROM audit_log", {}, [&](const sql_row& row) {
    if (!row.null(0)) last = row.integer(0);
  });
  return last;
}

}  // namespace

void store_audit(sql_session& session, const ledger_batch& batch, const note_audit& what) {
  const auto& e = what.entry;
  sql_values values;
  values.add(batch.now).own(tidy_text(e.who, max_audit_who_bytes)).add(e.key);
  values.own(tidy_text(e.action, max_audit_action_bytes));
  values.own(tidy_text(e.target, max_audit_target_bytes));
  // Half a JSON object is none.
  values.add(e.detail.size() <= max_audit_detail_bytes ? std::string_view(e.detail)
                                                       : std::string_view());
  values.own(tidy_text(e.client, max_audit_client_bytes)).add(std::int64_t{e.result});
  session.insert_rows(
      "INSERT INTO audit_log (created_at, who, api_key_id, action, target, detail, client, result)",
      8, values);
}

void prune_audit(sql_session& session, const prune& what, transition_result& answer) {
  if (what.limit <= 0) return;
  sql_values old, surplus, ids;
  const auto take = [&](const sql_row& row) { ids.add(row.integer(0)); };
  old.add(what.completed_before).add(what.limit);
  session.query(old_audit_statement(session.dialect()), old, take);
  if (ids.empty()) {
    surplus.add(last_audit_id(session) - max_audit_rows).add(what.limit);
    session.query(first_audit_statement(session.dialect()), surplus, take);
  }
  if (ids.empty()) return;
  answer.more = ids.size() == static_cast<std::size_t>(what.limit);
  answer.count = session.execute_in(delete_statement(session.dialect(), "audit_log"), {}, ids);
}

std::string old_audit_statement(const sql_dialect& dialect) {
  return "SELECT id FROM audit_log" + dialect.index("audit_by_time") +
         " WHERE created_at <= ? ORDER BY created_at, id LIMIT ?";
}

std::string first_audit_statement(const sql_dialect& dialect) {
  return "SELECT id FROM audit_log" + std::string(dialect.use_primary) +
         " WHERE id <= ? ORDER BY id LIMIT ?";
}

}  // namespace postrider::persistence
