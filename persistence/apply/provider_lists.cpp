#include "persistence/apply/provider_lists.hpp"

#include "persistence/records/provider_record-odb.hxx"
#include "persistence/sql/counters.hpp"

#include <odb/database.hxx>

#include <algorithm>

namespace postrider::persistence {
namespace {

provider to_provider(const provider_record& r) {
  return {r.id, r.name, r.type, r.priority, r.configured, r.enabled};
}

/// Takes the configuration's values; `enabled` belongs to the API.
void configure(provider_record& record, const provider& configured) {
  record.type = configured.type;
  record.priority = configured.priority;
  record.configured = configured.configured;
}

/// The counter's row stays locked until the commit, so versions are in the order of the commits.
void note_change(sql_session& session) { take_from_counter(session, "provider_change", 1); }

void store_types(odb::database& database, const std::vector<std::string>& types) {
  for (const auto& name : types) {
    provider_type_record record{name};
    if (!database.find(name, record)) database.persist(record);
  }
}

}  // namespace

void store_providers(sql_session& session, const put_providers& what, transition_result& answer) {
  auto& database = session.odb_database();
  // The counter's row is a lock: two nodes that start at once do not add the same provider twice.
  lock_counter(session, "provider");
  store_types(database, what.types);
  std::vector<provider_record> known;
  for (auto& record : database.query<provider_record>())
    known.push_back(record);
  bool changed = false;
  for (auto& record : known) {
    const auto before = to_provider(record);
    const auto configured = std::ranges::find(what.providers, record.name, &provider::name);
    if (configured == what.providers.end()) record.configured = false;
    else configure(record, *configured);
    if (to_provider(record) == before) continue;
    database.update(record);
    changed = true;
  }
  for (const auto& p : what.providers) {
    if (std::ranges::find(known, p.name, &provider_record::name) != known.end()) continue;
    provider_record record;
    record.id = static_cast<provider_id>(take_from_counter(session, "provider", 1));
    record.name = p.name;
    record.enabled = p.enabled;
    configure(record, p);
    database.persist(record);
    known.push_back(record);
    changed = true;
  }
  if (changed) note_change(session);
  answer.providers = load_providers(database);
}

bool store_enabled(sql_session& session, const set_provider_enabled& what) {
  auto& database = session.odb_database();
  lock_counter(session, "provider");
  provider_record record;
  if (!database.find(what.provider, record)) return false;
  if (record.enabled == what.enabled) return true;
  record.enabled = what.enabled;
  database.update(record);
  note_change(session);
  return true;
}

void store_user_providers(sql_session& session, const put_user_providers& what) {
  auto& database = session.odb_database();
  using lines = odb::query<user_provider_record>;
  user_list_record list;
  list.user_id = what.user;
  // Held until the commit: versions are in the order of the commits, and lists are put one by one.
  const auto version = take_from_counter(session, "user_list", 1);
  const bool known = database.find(what.user, list);
  list.version = version;
  if (known) database.update(list);
  else database.persist(list);
  database.erase_query<user_provider_record>(lines::user_id == what.user);
  for (const auto& line : what.list) {
    user_provider_record record;
    record.user_id = what.user;
    record.provider_id = line.provider;
    record.priority = line.priority;
    record.active = line.active;
    record.address = line.address;
    record.fallback_on_undelivered = line.fallback_on_undelivered;
    database.persist(record);
  }
}

std::vector<provider> load_providers(odb::database& database) {
  using query = odb::query<provider_record>;
  std::vector<provider> providers;
  for (const auto& record : database.query<provider_record>(query() + "ORDER BY" + query::id))
    providers.push_back(to_provider(record));
  return providers;
}

known_providers load_known_providers(sql_session& session) {
  known_providers known;
  // Before the rows: what is newer than the version is seen again, and never missed.
  session.query("SELECT next_id FROM id_block WHERE name = 'provider_change'", {},
                [&](const sql_row& row) { known.version = row.integer(0); });
  known.all = load_providers(session.odb_database());
  return known;
}

std::string change_counters_statement() {
  return "SELECT (SELECT next_id FROM id_block WHERE name = 'user_list'),"
         " (SELECT next_id FROM id_block WHERE name = 'provider_change')";
}

std::vector<user_provider> load_user_providers(odb::database& database, user_id user) {
  using query = odb::query<user_provider_record>;
  std::vector<user_provider> list;
  for (const auto& r : database.query<user_provider_record>((query::user_id == user) + "ORDER BY" +
                                                            query::priority + "," + query::id))
    list.push_back({r.provider_id, r.priority, r.active, r.address, r.fallback_on_undelivered});
  return list;
}

}  // namespace postrider::persistence
