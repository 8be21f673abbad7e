#pragma once

#include "actors/rules/routing.hpp"
#include "persistence/ledger.hpp"

#include <optional>
#include <string>
#include <variant>

/// Verdicts on transactions that a person wants retried: pure functions.
namespace postrider::actors {

/// Its retry waits: it becomes due now.
struct make_due {};
/// It is final: its recipient gets a new chain.
struct begin_again {};
/// Nothing, for this reason.
struct skip {
  std::string reason;
};
using retry_verdict = std::variant<make_due, begin_again, skip>;

/// `outdated`: its recipient has a newer chain.
retry_verdict judge(const persistence::retry_selection& wanted, const persistence::transaction& row,
                    bool outdated, persistence::time_point now);

/// True for a row that is asked for by its number.
bool is_named(const persistence::retry_selection& wanted, persistence::transaction_id id);

/// True when a row that was found is meant: ids mean what they name, a message only its failures.
bool is_selected(const persistence::retry_selection& wanted, const persistence::transaction& row,
                 bool outdated);

/// The first transaction of the chain after `last`; the ledger gives it its number.
persistence::transaction first_after(const persistence::transaction& last, const candidate& best,
                                     persistence::time_point now);

}  // namespace postrider::actors
