#pragma once

#include "persistence/sql/ledger_context.hpp"

namespace postrider::persistence {

/// The walks of retention that there are; migrate_schema() makes their rows.
inline constexpr std::string_view retention_walks[] = {"bodies", "history", "events"};

result<schema_state> find_schema(reconnecting_session& session);
/// Creates the schema, or takes it to this program's version one version at a time. Of two
/// processes that migrate at the same time one gets an error and the other one finishes.
result<void> migrate_schema(reconnecting_session& session);

}  // namespace postrider::persistence
