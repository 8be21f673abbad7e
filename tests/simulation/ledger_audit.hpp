#pragma once

#include "persistence/ledger.hpp"
#include "persistence/query/verify.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace postrider::tests {

/// The columns of a transaction that the checks need.
struct audited_row {
  persistence::transaction_id id = 0;
  persistence::message_id message;
  std::int32_t recipient_no = 0, chain_no = 0, retry_count = 0;
  persistence::transaction_status status{};
  persistence::error_code error{};
  bool possible_duplicate = false;
  std::optional<persistence::time_point> expires_at, completed_at;
  persistence::transaction_id superseded_by = 0;
  persistence::receipt receipt{};
  persistence::provider_id provider = 0;
  persistence::time_point first_due{};
  bool live = false;
  /// Only of free_rows(): due since it was accepted, nothing was tried yet, and any provider may
  /// take it.
  bool free_to_go = false;
};

/// For a person.
std::string text_of(const audited_row& row);
std::string text_of(const std::vector<audited_row>& rows);

/// Looks over the shoulder of a ledger in memory, on the very connection it writes with. Triggers
/// note which messages a commit changed, so the invariants are asked of those alone, by the code of
/// the ledger's own verify(): what holds for a message holds until one of its rows changes. The
/// simulation asks verify() itself now and then, and at the end.
class ledger_audit {
 public:
  /// Opens the database that is looked at. One at a time.
  static std::unique_ptr<ledger_audit> open(persistence::database_settings settings);
  ~ledger_audit();
  ledger_audit(const ledger_audit&) = delete;
  ledger_audit& operator=(const ledger_audit&) = delete;

  persistence::ledger_database& ledger() { return *ledger_; }

  /// Asks the invariants of what changed since the last call.
  std::vector<std::string> verify_changes();
  /// Asks them of everything.
  std::vector<std::string> verify_all();

  /// All rows of a message; in retention's place those that it deleted, as they were.
  std::vector<audited_row> rows_of(const persistence::message_id& message);
  std::optional<audited_row> find(persistence::transaction_id id);
  bool was_deleted(const persistence::message_id& message);
  /// The rows, as they were, of the messages that were deleted since the last call.
  std::vector<audited_row> deleted_since();
  /// Some of those that have not ended.
  std::vector<audited_row> live_rows();
  /// Those that are due then, and that no node owns.
  std::vector<audited_row> free_rows(persistence::time_point due);
  std::size_t waiting();

 private:
  explicit ledger_audit(persistence::database_settings settings);
  void execute(const std::string& sql);
  sqlite3_stmt* prepared(const std::string& sql);
  std::vector<audited_row> read(sqlite3_stmt* statement);
  std::int64_t number(const std::string& sql);
  void ask(const std::string& sql, std::vector<std::string>& found);
  void check_touched_messages(std::vector<std::string>& found);
  template <class Row, class Read>
  persistence::ordered_rows<Row> touched(std::string sql, Read read);

  sqlite3* handle_ = nullptr;
  std::unique_ptr<persistence::ledger_database> ledger_;
  std::unique_ptr<persistence::ledger_queries> queries_;
  std::map<std::string, sqlite3_stmt*> statements_;
  std::vector<persistence::invariant_check> checks_;
  /// Questions about the messages that were touched, and those that look at more than messages.
  std::string of_messages_, of_all_;
  std::int64_t deleted_seen_ = 0;
};

}  // namespace postrider::tests
