#pragma once

#include "tests/persistence/ledger_fixture.hpp"

namespace postrider::persistence {
inline std::ostream& operator<<(std::ostream& out, receipt kind) {
  return out << static_cast<int>(kind);
}
}  // namespace postrider::persistence

namespace postrider::test {

struct receipt_fixture : ledger_fixture {
  /// Accepted by its provider as "ref-<id>".
  transaction_id delivered(bool fallback = false) {
    auto what = accept();
    what.transactions[0].fallback_on_undelivered = fallback;
    const auto id = apply({what}).at(0).ids.at(0);
    apply({begin_delivery{id}});
    apply({accepted(id)});
    return id;
  }
  /// An attempt whose outcome is not known, and whose retry is ours and pending.
  std::pair<transaction_id, transaction_id> lost_and_retried() {
    const auto id = processing();
    auto next = retry(id, error_code::outcome_unknown);
    next.successor.possible_duplicate = true;
    return {id, apply({next}).at(0).ids.at(0)};
  }
  transition_result receive(transaction_id id, receipt kind) {
    record_receipt t;
    t.id = id;
    t.kind = kind;
    t.detail = "as the network says";
    return apply({t}).at(0);
  }
  transition_result receive(std::vector<std::string> refs, receipt kind,
                            provider_id from = provider) {
    record_receipt t;
    t.provider = from;
    t.provider_refs = std::move(refs);
    t.kind = kind;
    return apply({t}).at(0);
  }
  receipt receipt_of(transaction_id id) { return find(id).transaction.receipt; }
};

}  // namespace postrider::test
