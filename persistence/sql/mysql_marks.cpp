#include "persistence/sql/mysql_marks.hpp"

namespace postrider::persistence::mysql_marks {
namespace {

/// More than the connections of a node that write, those that broke included.
constexpr int most_marks = 128;
/// At most 64 characters, the limit of MySQL.
constexpr std::string_view name_of_mark =
    "CONCAT('postrider.', LEFT(SHA2(DATABASE(), 256), 16), '.', ?, '.', ?)";

/// The server does not have the function, as a cluster or a proxy may not.
bool refused_by_server(const database_failure& failure) {
  switch (failure.code()) {
    case 1064:  // syntax
    case 1105:  // unknown error: Vitess, TiDB
    case 1193:  // unknown system variable
    case 1227:  // access denied
    case 1235:  // not supported yet: Galera before MariaDB 11.5
    case 1305:  // function does not exist
    case 3057:  // incorrect lock name
      return true;
    default: return false;
  }
}

}  // namespace

std::optional<session_mark> take(sql_session& session, node_id node, std::int64_t connection) {
  const auto sql = "SELECT GET_LOCK(" + std::string(name_of_mark) + ", 0)";
  try {
    for (int slot = 0; slot < most_marks; ++slot) {
      sql_values values;
      values.add(node).add(std::int64_t{slot});
      bool taken = false;
      session.query(sql, values, [&](const sql_row& row) { taken = row.integer(0) == 1; });
      if (taken) return session_mark{node, slot, connection};
    }
  } catch (const database_failure& failure) {
    if (!refused_by_server(failure)) throw;
  }
  return std::nullopt;
}

std::vector<std::int64_t> find(sql_session& session, node_id node) {
  std::string sql =
      "WITH RECURSIVE slots (slot) AS (SELECT 0 UNION ALL SELECT slot + 1 FROM slots "
      "WHERE slot < " +
      std::to_string(most_marks - 1) + ") SELECT IS_USED_LOCK(";
  std::string name(name_of_mark);
  name.replace(name.rfind('?'), 1, "slot");
  sql += name + ") FROM slots";
  std::vector<std::int64_t> found;
  sql_values values;
  values.add(node);
  try {
    session.query(sql, values, [&](const sql_row& row) {
      if (!row.null(0)) found.push_back(row.integer(0));
    });
  } catch (const database_failure& failure) {
    if (!refused_by_server(failure)) throw;
  }
  return found;
}

bool still_there(sql_session& session, const session_mark& mark) {
  sql_values values;
  values.add(mark.node).add(std::int64_t{mark.slot});
  bool same = false;
  session.query("SELECT IS_USED_LOCK(" + std::string(name_of_mark) + ")", values,
                [&](const sql_row& row) { same = row.integer(0) == mark.connection; });
  return same;
}

std::string lock_holders(sql_session& session) {
  std::string text;
  try {
    session.query(
        "SELECT p.ID, p.USER, p.HOST, p.COMMAND, p.TIME, t.trx_rows_locked"
        " FROM information_schema.innodb_trx t"
        " JOIN information_schema.processlist p ON p.ID = t.trx_mysql_thread_id"
        " WHERE p.ID <> CONNECTION_ID() AND t.trx_rows_locked > 0"
        " AND (p.DB = DATABASE() OR p.DB IS NULL)"
        " ORDER BY t.trx_started LIMIT 3",
        {}, [&](const sql_row& row) {
          text += text.empty() ? "it may be held by connection " : "; connection ";
          text += std::to_string(row.integer(0)) + " (" + std::string(row.text(1)) + "@" +
                  std::string(row.text(2)) + ", " + std::string(row.text(3)) + " for " +
                  std::to_string(row.integer(4)) + " s, " + std::to_string(row.integer(5)) +
                  " rows locked)";
        });
  } catch (const database_failure& failure) {
    constexpr int access_denied = 1227;
    if (failure.code() != access_denied) return {};
    return "GRANT PROCESS ON *.* to the user of database.url and this line says who holds it";
  }
  return text;
}

}  // namespace postrider::persistence::mysql_marks
