#pragma once

#include "persistence/model.hpp"
#include "persistence/sql/sql_session.hpp"

#include <string>
#include <string_view>

/// The effect of receipts on a transaction.
namespace postrider::persistence {

/// True when it tells that the provider has the message, whatever came of it.
constexpr bool proves_acceptance(receipt kind) {
  return kind == receipt::accepted || kind == receipt::delivered || kind == receipt::read;
}

/// True for an accepted attempt after which the chain has to go on.
bool is_undelivered(const transaction& row);

/// `row` as a failed one that waits for its retry, due now.
transaction as_undelivered(transaction row, std::string_view detail, time_point now);

/// For the test that asks the database for its plan.
std::string find_by_ref_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
