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
/// Its provider named the time of its next attempt: only another provider takes it now.
struct wait_for_named {
  persistence::time_point until{};
};
/// It is final: its recipient gets a new chain.
struct begin_again {};
/// Nothing, for this reason.
struct skip {
  std::string reason;
};
using retry_verdict = std::variant<make_due, wait_for_named, begin_again, skip>;

/// `outdated`: its recipient has a newer chain.
retry_verdict judge(const persistence::retry_selection& wanted, const persistence::transaction& row,
                    bool outdated, persistence::time_point now);

/// True for a row that is asked for by its number.
bool is_named(const persistence::retry_selection& wanted, persistence::transaction_id id);

/// True when a row that was found is meant: ids mean what they name, a message only its failures.
bool is_selected(const persistence::retry_selection& wanted, const persistence::transaction& row,
                 bool outdated);

/// The provider that takes a waiting row now in place of its own: one that is well, and that named
/// no later time. Null when there is none. A person's wish begins the next round.
const candidate* other_place(const persistence::transaction& waiting,
                             std::span<const candidate> candidates, persistence::time_point now,
                             const messaging_settings& settings);

/// The provider that takes a failed row whose retry becomes due now; 0: none, its chain ends.
persistence::provider_id retried_at(const persistence::transaction& failed,
                                    std::span<const candidate> candidates,
                                    persistence::time_point now,
                                    std::chrono::milliseconds give_up_after,
                                    const messaging_settings& settings);

/// The first transaction of the chain after `last`; the ledger gives it its number.
persistence::transaction first_after(const persistence::transaction& last, const candidate& best,
                                     persistence::time_point now);

}  // namespace postrider::actors
