#pragma once

#include "persistence/sql/ledger_context.hpp"

namespace postrider::persistence {

/// The reading side: each answer is taken in one read transaction, so it shows one moment.
class odb_queries final : public ledger_queries {
 public:
  explicit odb_queries(std::shared_ptr<ledger_context> context)
      : context_(context), session_(std::move(context)) {}

  result<std::optional<found_transaction>> find_transaction(transaction_id id) override;
  result<std::optional<found_message>> find_message(const message_id& id) override;
  result<message_page> list_messages(const message_list& what) override;
  result<transaction_page> list_transactions(const transaction_list& what) override;
  result<known_providers> providers() override;
  result<std::vector<user_provider>> user_providers(user_id user) override;
  result<list_changes> user_list_changes(std::int64_t version, std::int32_t limit) override;
  result<std::optional<first_answer>> find_first_answer(api_key_id client, const hash& key,
                                                        time_point now) override;
  result<key_changes> api_keys(std::int64_t version) override;
  result<std::vector<node>> nodes() override;
  result<std::vector<node_id>> dead_owners() override;
  result<std::vector<lane_state>> waiting_lanes(const std::vector<lane>& lanes) override;
  result<std::vector<delivery>> waiting_rows(persistence::lane lane, lane_position after,
                                             time_point now, std::int32_t limit) override;
  result<std::optional<time_point>> next_expiry() override;
  result<retry_page> select_retries(const retry_selection& wanted, const retry_cursor& from,
                                    std::int32_t limit) override;
  result<row_counts> count_rows(std::int64_t limit) override;
  result<std::vector<lane_count>> count_lanes(const std::vector<lane>& lanes, time_point now,
                                              std::int64_t limit) override;
  result<given_up> given_up_since(time_point since, std::int32_t limit) override;
  result<event_page> read_events(const event_query& what, time_point now) override;
  result<failure_groups> group_failures(const failure_query& what) override;
  result<audit_page> list_audit(const audit_query& what) override;
  result<event_cursor> end_of_events(time_point now) override;
  result<std::vector<found_event>> find_events(const std::vector<event_place>& places) override;
  result<endpoint_changes> endpoints(std::int64_t version) override;
  result<std::optional<endpoint>> find_endpoint(endpoint_id id) override;
  result<std::vector<endpoint_delivery>> list_deliveries(const delivery_query& what) override;
  result<verification> verify(std::int32_t limit) override;

 private:
  template <class Work>
  auto read(Work work) {
    return in_transaction(session_, sql_session::access::read, work);
  }

  std::shared_ptr<ledger_context> context_;
  reconnecting_session session_;
};

/// Statements of the queries, for the test that asks the database for their plans.
std::string row_statement(const sql_dialect& dialect, bool archived);
std::string rows_of_message_statement(const sql_dialect& dialect, bool archived);
std::string rows_of_messages_in_statement(const sql_dialect& dialect, bool archived);
std::string next_owner_statement(const sql_dialect& dialect);
std::string waiting_lane_statement(const sql_dialect& dialect);
std::string waiting_rows_statement(const sql_dialect& dialect);
std::string free_rows_statement(const sql_dialect& dialect, bool retry);
std::string owned_rows_statement(const sql_dialect& dialect);
std::string lane_count_statement(const sql_dialect& dialect, bool due);
/// The clause after the table's name; the columns are all of them.
std::string waiting_retries_clause(const sql_dialect& dialect);
std::string waiting_rounds_clause(const sql_dialect& dialect);
std::string next_lane_statement(const sql_dialect& dialect);
std::string users_history_clause(const sql_dialect& dialect);
std::string failures_clause(const sql_dialect& dialect);
std::string outdated_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
