#include "tools/postrider/database_start.hpp"

#include "tools/postrider/log.hpp"

#include <fmt/format.h>

namespace postrider::cli {

namespace {

using persistence::ledger_errc;
using persistence::ledger_error;
using persistence::schema_state;

constexpr std::chrono::seconds between_attempts{3};

}  // namespace

persistence::result<std::unique_ptr<persistence::ledger_database>> open_for_serving(
    const persistence::database_settings& settings, bool migrate) {
  auto opened = persistence::open_database(settings);
  if (!opened) return opened.error();
  auto& database = **opened;
  const auto schema = database.schema();
  if (!schema) return schema.error();
  if (*schema == schema_state::newer) {
    return ledger_error{
        ledger_errc::wrong_schema,
        fmt::format("{}: the schema is newer than this program; run the version that last ran "
                    "\"postrider migrate\" on it",
                    database.description())};
  }
  if (*schema == schema_state::older && !migrate) {
    return ledger_error{
        ledger_errc::wrong_schema,
        fmt::format("{}: the schema is older than this program; make a backup, then run "
                    "\"postrider migrate\" (or \"postrider serve --migrate\")",
                    database.description())};
  }
  if (*schema != schema_state::current) {
    if (const auto migrated = database.migrate(); !migrated) return migrated.error();
    log(log_level::info, "database",
        *schema == schema_state::missing ? "the schema was created"
                                         : "the schema was brought up to date");
  }
  return opened;
}

bool worth_waiting_for(const persistence::ledger_error& error, const std::string& url) {
  const bool away = error.code == ledger_errc::unavailable ||
                    error.code == ledger_errc::no_writes ||
                    error.code == ledger_errc::unknown_result;
  return error.code == ledger_errc::locked || error.code == ledger_errc::full ||
         (away && !url.starts_with("sqlite:"));
}

std::unique_ptr<persistence::ledger_database> wait_for_database(
    const persistence::database_settings& settings, bool migrate, server_signals& signals,
    bool& interrupted) {
  for (;;) {
    auto database = open_for_serving(settings, migrate);
    if (database) return std::move(*database);
    const auto& error = database.error();
    if (!worth_waiting_for(error, settings.url)) {
      log(log_level::error, "database", error.message);
      return nullptr;
    }
    log(log_level::warning, "database",
        fmt::format("{}; trying again in {} seconds", error.message, between_attempts.count()));
    interrupted = signals.wait(between_attempts).has_value();
    if (interrupted) return nullptr;
  }
}

}  // namespace postrider::cli
