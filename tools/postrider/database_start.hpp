#pragma once

#include "persistence/ledger.hpp"
#include "tools/postrider/signals.hpp"

#include <memory>

namespace postrider::cli {

/// Opens the database and sees to it that its schema is this program's: a missing one is created,
/// an older one is migrated when `migrate` says so, else `wrong_schema` is the answer.
persistence::result<std::unique_ptr<persistence::ledger_database>> open_for_serving(
    const persistence::database_settings& settings, bool migrate);

/// True when the server should keep trying: a database server that is away comes back, a bad
/// setting or a file does not.
bool worth_waiting_for(const persistence::ledger_error& error, const std::string& url);

/// open_for_serving() until it succeeds. Null when it cannot, or when a signal ended the waiting;
/// then `interrupted` is true.
std::unique_ptr<persistence::ledger_database> wait_for_database(
    const persistence::database_settings& settings, bool migrate, server_signals& signals,
    bool& interrupted);

}  // namespace postrider::cli
