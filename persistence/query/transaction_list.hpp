#pragma once

#include "persistence/ledger.hpp"
#include "persistence/sql/sql_session.hpp"

/// The statements behind `ledger_queries::list_transactions`.
namespace postrider::persistence {

/// An id from a block is used within `transaction_ids::block_life`, so a smaller id is of a row
/// that was created earlier, or later by no more than this (clocks of nodes differ as well).
inline constexpr std::chrono::minutes id_disorder{30};

transaction_page list_transactions(sql_session& session, const transaction_list& what);

/// The id at the end of a step below an id, in a table and perhaps of one user.
std::string window_statement(const sql_dialect& dialect, bool archived, bool one_user);
/// The matching rows of a step; `providers` is the number of providers that the statement names.
std::string page_statement(const sql_dialect& dialect, bool archived, bool one_user,
                           std::size_t providers);
/// The next row from an id on, and when it was created.
std::string creation_statement(const sql_dialect& dialect, bool archived);

}  // namespace postrider::persistence
