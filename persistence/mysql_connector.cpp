#include "persistence/connector.hpp"

namespace postrider::persistence {

result<std::unique_ptr<connector>> make_mysql_connector(const database_url&, const database_settings&) {
  return ledger_error{ledger_errc::bad_settings, "MySQL is not built in yet"};
}

}  // namespace postrider::persistence
