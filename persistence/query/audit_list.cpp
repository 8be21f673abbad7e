#include "persistence/query/audit_list.hpp"

namespace postrider::persistence {
namespace {

/// Clocks of nodes differ, and ids are given before the commit.
constexpr std::chrono::minutes audit_disorder{1};

/// The smallest id that an entry of this time or later can have.
std::int64_t first_id_since(sql_session& session, time_point since) {
  sql_values values;
  values.add(since - audit_disorder);
  auto first = std::numeric_limits<std::int64_t>::max();
  session.query(first_audit_since_statement(session.dialect()), values,
                [&](const sql_row& row) { first = row.integer(0); });
  return first;
}

audit_entry read_audit_entry(const sql_row& row) {
  audit_entry e;
  e.id = row.integer(0);
  e.at = row.time(1);
  e.who = row.text(2);
  e.key = row.integer(3);
  e.action = row.text(4);
  e.target = row.text(5);
  e.detail = row.text(6);
  e.client = row.text(7);
  e.result = row.as<std::int32_t>(8);
  return e;
}

}  // namespace

std::string audit_statement(const sql_dialect& dialect, audit_order order) {
  std::string from = " FROM audit_log", where = " WHERE ";
  switch (order) {
    case audit_order::all: from += dialect.use_primary; break;
    case audit_order::of_who:
      from += dialect.index("audit_by_who");
      where += "who = ? AND ";
      break;
    case audit_order::of_action:
      from += dialect.index("audit_by_action");
      where += "action = ? AND ";
      break;
  }
  return "SELECT id, created_at, who, api_key_id, action, target, detail, client, result" + from +
         where + "id < ? AND id >= ? ORDER BY id DESC LIMIT ?";
}

std::string first_audit_since_statement(const sql_dialect& dialect) {
  return "SELECT id FROM audit_log" + dialect.index("audit_by_time") +
         " WHERE created_at >= ? ORDER BY created_at, id LIMIT 1";
}

audit_page list_audit(sql_session& session, const audit_query& what) {
  const auto order = !what.who.empty()      ? audit_order::of_who
                     : !what.action.empty() ? audit_order::of_action
                                            : audit_order::all;
  sql_values values;
  if (order == audit_order::of_who) values.add(std::string_view(what.who));
  if (order == audit_order::of_action) values.add(std::string_view(what.action));
  values.add(what.before).add(what.since ? first_id_since(session, *what.since) : std::int64_t{0});
  // Only a second condition, and the disorder of clocks, pass entries over.
  const auto most =
      what.who.empty() || what.action.empty() ? std::int64_t{what.limit} + 1 : what.window;
  values.add(most);
  audit_page page;
  std::int64_t last = 0;
  std::int64_t seen = 0;
  bool full = false;
  session.query(audit_statement(session.dialect(), order), values, [&](const sql_row& row) {
    if (full) {
      page.next_before = last;
      return;
    }
    auto entry = read_audit_entry(row);
    last = entry.id;
    const bool fits = (!what.since || entry.at >= *what.since) &&
                      (what.action.empty() || entry.action == what.action);
    if (fits) page.rows.push_back(std::move(entry));
    full = std::ssize(page.rows) == what.limit;
    if (++seen == most) page.next_before = last;
  });
  return page;
}

}  // namespace postrider::persistence
