#pragma once

#include "persistence/ledger.hpp"
#include "persistence/sql/sql_session.hpp"

/// Providers and users' lists: small tables, written rarely, through ODB.
namespace postrider::persistence {

void store_providers(sql_session& session, const put_providers& what, transition_result& answer);
/// False when there is no such provider.
bool store_enabled(sql_session& session, const set_provider_enabled& what);
void store_user_providers(sql_session& session, const put_user_providers& what);

/// By id.
std::vector<provider> load_providers(odb::database& database);
known_providers load_known_providers(sql_session& session);
/// By priority, then in the order of the list.
std::vector<user_provider> load_user_providers(odb::database& database, user_id user);

/// The question of a node twice a second, in one round trip: the version of the users' lists, and
/// that of the providers.
std::string change_counters_statement();

}  // namespace postrider::persistence
