#pragma once

#include "persistence/database_url.hpp"
#include "persistence/sql_session.hpp"

/// Makes sessions with one database. INTERNAL to persistence/. One implementation in each dialect.
namespace postrider::persistence {

class connector {
 public:
  virtual ~connector() = default;
  /// A new connection; throws database_failure when there is none to be had. Thread-safe.
  virtual std::unique_ptr<sql_session> connect() = 0;
  /// True when no other process can have the database open.
  virtual bool exclusive() const { return false; }
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
