#pragma once

#include "tests/support/database_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <initializer_list>

namespace postrider::test {

using namespace persistence;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// A ledger with one node, a clock that moves as the case says, and short ways to write
/// transitions.
struct ledger_fixture : database_fixture {
  ledger_fixture();

  /// Applies and expects success.
  batch_result apply(std::vector<transition> transitions);
  batch_result apply_as(node_id owner, std::vector<transition> transitions);
  ledger_batch batch(std::vector<transition> transitions) const;
  /// The status of the only transition.
  transition_status status_of(transition t) { return apply({std::move(t)}).at(0).status; }

  /// A message for `recipients` people, of provider 7; its transactions ours unless `owner` says
  /// other.
  accept_message accept(int recipients = 1, std::optional<node_id> owner = std::nullopt);
  /// Accepts one transaction that is ours, pending.
  transaction_id pending();
  /// The same, begun.
  transaction_id processing();
  /// Accepted, begun, failed with this error, due at once.
  transaction_id failed(error_code error = error_code::unavailable);
  /// A retry_with whose successor follows from the row.
  retry_with retry(transaction_id id, error_code error = error_code::unavailable,
                   transaction_status expected = transaction_status::processing);
  static finish accepted(transaction_id id);
  static finish gave_up(transaction_id id, error_code error = error_code::unavailable);

  found_transaction find(transaction_id id);
  bool gone(transaction_id id);
  std::vector<transaction_id> claim_ids(persistence::lane lane, int limit = 100);
  node_id new_node(seconds lease = seconds(30));
  row_counts counts() { return queries->count_rows(1000).value(); }
  /// No invariant is broken.
  void check_invariants();
  void reopen();

  time_point now{std::chrono::seconds(1'700'000'000)};
  std::unique_ptr<ledger> writer;
  std::unique_ptr<ledger_queries> queries;
  node_id node = 0;
};

message_id make_message_id();
inline const provider_id provider = 7;
inline const persistence::lane provider_lane = lane_of(provider, priority::normal);

}  // namespace postrider::test

namespace postrider::persistence {
std::ostream& operator<<(std::ostream& out, transaction_status status);
std::ostream& operator<<(std::ostream& out, error_code code);
std::ostream& operator<<(std::ostream& out, transition_status status);
std::ostream& operator<<(std::ostream& out, ledger_errc code);
std::ostream& operator<<(std::ostream& out, schema_state state);
}  // namespace postrider::persistence
