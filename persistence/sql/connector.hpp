#pragma once

#include "persistence/sql/database_url.hpp"
#include "persistence/sql/sql_session.hpp"

/// Makes sessions with one database. INTERNAL to persistence/. One implementation in each dialect.
namespace postrider::persistence {

/// How long a statement may take: what the settings say, or an hour for what reads or rewrites
/// whole tables.
enum class patience { as_set, whole_tables };
inline constexpr std::chrono::hours whole_tables_timeout{1};

class connector {
 public:
  virtual ~connector() = default;
  /// A new connection; throws database_failure when there is none to be had. Thread-safe.
  virtual std::unique_ptr<sql_session> connect(patience how_long) = 0;
  /// True when no other process can have the database open.
  virtual bool exclusive() const { return false; }
  /// Throws database_failure when the database's files are no longer under their names: what is
  /// committed now would be gone at the next start. Cheap enough for every batch. Thread-safe.
  virtual void check_storage() const {}
  /// Throws database_failure when the disk surely has no room for a batch. Thread-safe.
  virtual void check_room() const {}
  /// Finds out what the server can do, once there is a schema.
  virtual void probe() {}
  virtual std::vector<std::string> warnings() const = 0;
  virtual std::string description() const = 0;
};

result<std::unique_ptr<connector>> make_sqlite_connector(const database_url& url,
                                                         const database_settings& settings);
result<std::unique_ptr<connector>> make_mysql_connector(const database_url& url,
                                                        const database_settings& settings);

}  // namespace postrider::persistence
