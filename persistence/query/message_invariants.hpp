#pragma once

#include "persistence/ledger_queries.hpp"
#include "persistence/sql/sql_session.hpp"

#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace postrider::persistence {

/// The columns of a transaction that the invariants compare, as they are stored.
struct checked_row {
  transaction_id id = 0;
  message_id message;
  /// Whether the stored identifier has the length of one.
  bool sound = true;
  bool live = false;
  std::int64_t recipient_no = 0, chain_no = 0, retry_count = 0, retries_used = 0, max_retries = 0;
  std::int64_t status = 0;
  // In history only.
  transaction_id superseded_by = 0;
  std::int64_t error_code = 0;
  bool completed = false;
  // Live only.
  std::int64_t provider = 0, priority = 0, lane = 0, due_at = 0;
  node_id owner = 0;
};

struct checked_message {
  message_id id;
  /// Whether the stored identifier has the length of one.
  bool sound = true;
  /// How many; nothing where the database cannot tell.
  std::optional<std::int64_t> recipients;
};

/// The invariants of docs/internals/architecture.md that concern one message at a time, asked of
/// each in turn.
class message_invariants {
 public:
  /// Keeps what it finds in `found`, at most `limit` violations. `exists` says whether a
  /// transaction is in one of the tables; it is asked only when a successor is not among the
  /// message's own.
  message_invariants(std::vector<violation>& found, std::size_t limit,
                     std::function<bool(transaction_id)> exists)
      : found_(found), limit_(limit), exists_(std::move(exists)) {}

  /// All rows of one message, in both tables, in any order; null: there is no such message.
  void check(const checked_message* message, std::vector<checked_row>& rows);

 private:
  void check_row(const checked_row& row);
  void check_chains(const std::vector<checked_row>& rows);
  void check_chain(std::span<const checked_row> chain, bool newest);
  void check_ids(const std::vector<checked_row>& rows);
  void report(int invariant, std::string_view what, std::initializer_list<std::int64_t> about);
  void report(int invariant, std::string_view what, const std::string& about);

  std::vector<violation>& found_;
  std::size_t limit_;
  std::function<bool(transaction_id)> exists_;
  std::vector<transaction_id> live_, archived_;
};

}  // namespace postrider::persistence
