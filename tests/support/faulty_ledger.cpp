#include "tests/support/faulty_ledger.hpp"

#include "persistence/message_search.hpp"

#include <utility>

namespace postrider::tests {
namespace {

using namespace persistence;

ledger_error away() { return {ledger_errc::unavailable, "the database is away"}; }

ledger_error locked() { return {ledger_errc::locked, "somebody else holds a lock"}; }

class faulty_ledger final : public ledger {
 public:
  faulty_ledger(std::unique_ptr<ledger> real, std::shared_ptr<ledger_faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {}

  result<batch_result> apply(const ledger_batch& batch) override {
    if (unreachable()) return away();
    if (faults_->locked && faults_->locked(batch)) return locked();
    if (faults_->before_commit) faults_->before_commit();
    auto results = real_->apply(batch);
    if (!results) return results;
    ++faults_->commits;
    if (faults_->on_commit) faults_->on_commit(batch, *results);
    if (batch.transitions.empty() || !faults_->lose_answer || !faults_->lose_answer())
      return results;
    lost_ = std::move(*results);
    return ledger_error{ledger_errc::unknown_result, "the answer to a commit was lost"};
  }

  result<batch_result> resolve() override {
    if (unreachable()) return ledger_error{ledger_errc::unknown_result, "the database is away"};
    return std::exchange(lost_, {});
  }

  result<void> rehearse(const ledger_batch& batch) override {
    if (unreachable()) return away();
    if (faults_->locked && faults_->locked(batch)) return locked();
    return real_->rehearse(batch);
  }

  result<node_id> register_node(const process_identity& process, const std::string& host,
                                std::chrono::milliseconds lease) override {
    if (unreachable()) return away();
    ++faults_->commits;
    if (faults_->on_register) faults_->on_register();
    return real_->register_node(process, host, lease);
  }

  result<void> renew_lease(node_id node, std::chrono::milliseconds lease) override {
    if (unreachable()) return away();
    return real_->renew_lease(node, lease);
  }

  result<void> leave(node_id node, time_point now, time_point unknown_due_at) override {
    if (unreachable()) return away();
    ++faults_->commits;
    return real_->leave(node, now, unknown_due_at);
  }

 private:
  bool unreachable() const { return faults_->crashed || faults_->away; }

  std::unique_ptr<ledger> real_;
  std::shared_ptr<ledger_faults> faults_;
  batch_result lost_;
};

class faulty_queries final : public ledger_queries {
 public:
  faulty_queries(std::unique_ptr<ledger_queries> real, std::shared_ptr<ledger_faults> faults)
      : real_(std::move(real)), faults_(std::move(faults)) {}

  result<std::optional<found_transaction>> find_transaction(transaction_id id) override {
    if (unreachable()) return away();
    return real_->find_transaction(id);
  }
  result<std::optional<found_message>> find_message(const message_id& id) override {
    if (unreachable()) return away();
    return real_->find_message(id);
  }
  result<message_page> list_messages(const message_list& what) override {
    if (unreachable()) return away();
    return real_->list_messages(what);
  }
  result<transaction_page> list_transactions(const transaction_list& what) override {
    if (unreachable()) return away();
    return real_->list_transactions(what);
  }
  result<known_providers> providers() override {
    if (unreachable()) return away();
    return real_->providers();
  }
  result<std::vector<user_provider>> user_providers(user_id user) override {
    if (unreachable()) return away();
    return real_->user_providers(user);
  }
  result<list_changes> user_list_changes(std::int64_t version, std::int32_t limit) override {
    if (unreachable()) return away();
    return real_->user_list_changes(version, limit);
  }
  result<std::optional<first_answer>> find_first_answer(api_key_id client, const hash& key,
                                                        time_point now) override {
    if (unreachable()) return away();
    return real_->find_first_answer(client, key, now);
  }
  result<key_changes> api_keys(std::int64_t version) override {
    if (unreachable()) return away();
    return real_->api_keys(version);
  }
  result<std::vector<node>> nodes() override {
    if (unreachable()) return away();
    return real_->nodes();
  }
  result<std::vector<node_id>> dead_owners() override {
    if (unreachable()) return away();
    return real_->dead_owners();
  }
  result<std::vector<lane_state>> waiting_lanes(const std::vector<lane>& lanes) override {
    if (unreachable()) return away();
    return real_->waiting_lanes(lanes);
  }
  result<std::vector<delivery>> waiting_rows(lane lane, lane_position after, time_point now,
                                             std::int32_t limit) override {
    if (unreachable()) return away();
    return real_->waiting_rows(lane, after, now, limit);
  }
  result<std::optional<time_point>> next_expiry() override {
    if (unreachable()) return away();
    return real_->next_expiry();
  }
  result<retry_page> select_retries(const retry_selection& wanted, const retry_cursor& from,
                                    std::int32_t limit) override {
    if (unreachable()) return away();
    return real_->select_retries(wanted, from, limit);
  }
  result<row_counts> count_rows(std::int64_t limit) override {
    if (unreachable()) return away();
    return real_->count_rows(limit);
  }
  result<std::vector<lane_count>> count_lanes(const std::vector<lane>& lanes, time_point now,
                                              std::int64_t limit) override {
    if (unreachable()) return away();
    return real_->count_lanes(lanes, now, limit);
  }
  result<given_up> given_up_since(time_point since, std::int32_t limit) override {
    if (unreachable()) return away();
    return real_->given_up_since(since, limit);
  }
  result<event_page> read_events(const event_query& what, time_point now) override {
    if (unreachable()) return away();
    return real_->read_events(what, now);
  }
  result<event_cursor> end_of_events(time_point now) override {
    if (unreachable()) return away();
    return real_->end_of_events(now);
  }
  result<failure_groups> group_failures(const failure_query& what) override {
    if (unreachable()) return away();
    return real_->group_failures(what);
  }
  result<audit_page> list_audit(const audit_query& what) override {
    if (unreachable()) return away();
    return real_->list_audit(what);
  }
  result<std::vector<found_event>> find_events(const std::vector<event_place>& places) override {
    if (unreachable()) return away();
    return real_->find_events(places);
  }
  result<endpoint_changes> endpoints(std::int64_t version) override {
    if (unreachable()) return away();
    return real_->endpoints(version);
  }
  result<std::optional<endpoint>> find_endpoint(endpoint_id id) override {
    if (unreachable()) return away();
    return real_->find_endpoint(id);
  }
  result<std::vector<endpoint_delivery>> list_deliveries(const delivery_query& what) override {
    if (unreachable()) return away();
    return real_->list_deliveries(what);
  }
  result<verification> verify(std::int32_t limit) override {
    if (unreachable()) return away();
    return real_->verify(limit);
  }

 private:
  bool unreachable() const { return faults_->crashed || faults_->away; }

  std::unique_ptr<ledger_queries> real_;
  std::shared_ptr<ledger_faults> faults_;
};

class faulty_database final : public ledger_database {
 public:
  faulty_database(ledger_database& real, std::shared_ptr<ledger_faults> faults)
      : real_(real), faults_(std::move(faults)) {}

  std::unique_ptr<ledger> open_ledger() override {
    return std::make_unique<faulty_ledger>(real_.open_ledger(), faults_);
  }
  std::unique_ptr<ledger_queries> open_queries() override {
    return std::make_unique<faulty_queries>(real_.open_queries(), faults_);
  }
  result<schema_state> schema() override { return real_.schema(); }
  result<void> migrate() override { return real_.migrate(); }
  std::vector<std::string> warnings() const override { return {}; }
  bool exclusive() const override { return faults_->exclusive; }
  std::string description() const override { return real_.description() + " behind faults"; }

 private:
  ledger_database& real_;
  std::shared_ptr<ledger_faults> faults_;
};

}  // namespace

std::unique_ptr<ledger_database> make_faulty_database(ledger_database& real,
                                                      std::shared_ptr<ledger_faults> faults) {
  return std::make_unique<faulty_database>(real, std::move(faults));
}

}  // namespace postrider::tests
