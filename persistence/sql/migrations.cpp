#include "persistence/sql/migrations.hpp"

#include <odb/database.hxx>
#include <odb/schema-catalog.hxx>

namespace postrider::persistence {
namespace {

void create_counters(sql_session& session) {
  for (auto name : counters) {
    sql_values of, values;
    of.add(name);
    bool found = false;
    session.query("SELECT next_id FROM id_block WHERE name = ?", of,
                  [&](const sql_row&) { found = true; });
    values.add(name).add(std::int64_t{1});
    if (!found) session.insert_rows("INSERT INTO id_block (name, next_id)", 2, values);
  }
}

void create_walks(sql_session& session) {
  for (auto name : retention_walks) {
    sql_values of, values;
    of.add(name);
    bool found = false;
    session.query("SELECT name FROM retention_progress WHERE name = ?", of,
                  [&](const sql_row&) { found = true; });
    values.add(name).add(std::int64_t{0}).add(std::int64_t{0});
    if (!found)
      session.insert_rows("INSERT INTO retention_progress (name, completed_at, transaction_id)", 3,
                          values);
  }
}

schema_state state_of(odb::database& database) {
  const auto wanted = odb::schema_catalog::current_version(database);
  const auto found = database.schema_version();
  if (found == 0) return schema_state::missing;
  if (database.schema_migration()) return schema_state::older;
  return found < wanted   ? schema_state::older
         : found > wanted ? schema_state::newer
                          : schema_state::current;
}

}  // namespace

result<schema_state> find_schema(reconnecting_session& session) {
  return in_transaction(session, sql_session::access::read,
                        [](sql_session& connected) { return state_of(connected.odb_database()); });
}

result<void> migrate_schema(reconnecting_session& session) {
  const auto state = find_schema(session);
  if (!state) return state.error();
  if (*state == schema_state::newer)
    return ledger_error{ledger_errc::wrong_schema,
                        "the database was written by a newer Postrider: install that one"};
  auto migrated = in_transaction(session, sql_session::access::schema, [&](sql_session& connected) {
    auto& database = connected.odb_database();
    switch (state_of(database)) {
      case schema_state::missing: odb::schema_catalog::create_schema(database, "", false); break;
      case schema_state::older: odb::schema_catalog::migrate(database); break;
      case schema_state::newer:
      case schema_state::current: break;
    }
    create_counters(connected);
    create_walks(connected);
    return true;
  });
  if (!migrated) return migrated.error();
  return {};
}

}  // namespace postrider::persistence
