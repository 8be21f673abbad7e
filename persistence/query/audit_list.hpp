#pragma once

#include "persistence/audit.hpp"
#include "persistence/sql/sql_session.hpp"

namespace postrider::persistence {

audit_page list_audit(sql_session& session, const audit_query& what);

/// The column whose index gives the order; `all` is that of the ids.
enum class audit_order : std::uint8_t { all, of_who, of_action };
std::string audit_statement(const sql_dialect& dialect, audit_order order);
/// The first id of a time or later.
std::string first_audit_since_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
