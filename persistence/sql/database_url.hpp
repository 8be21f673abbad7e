#pragma once

#include "persistence/ledger.hpp"

namespace postrider::persistence {

/// The parts of `database_settings::url`.
struct database_url {
  enum class kind { sqlite_file, sqlite_memory, mysql };
  database_url::kind kind = kind::sqlite_memory;
  /// sqlite_file
  std::string path;
  /// mysql
  std::string user, host, name, socket;
  unsigned port = 0;
};

/// `bad_settings` with what is wrong; the text never contains a password.
result<database_url> parse_database_url(const std::string& text);

}  // namespace postrider::persistence
