#pragma once

#include "actors/api/gateway.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace postrider::test {

/// The real interface, answered by what a test puts into it. A call that a test did not prepare is
/// a failure of the test: it is written down in `unexpected` and answered as `internal`.
class fake_gateway : public actors::gateway {
 public:
  template <class T>
  using done = actors::completion<T>;

  std::function<void(actors::send_request, std::string, done<actors::send_receipt>)> on_send;
  std::function<void(actors::transaction_id, done<actors::transaction_info>)> on_find_transaction;
  std::function<void(actors::message_id, done<actors::message_info>)> on_find_message;
  std::function<void(actors::cancel_request, done<actors::cancel_report>)> on_cancel;
  std::function<void(actors::retry_request, done<actors::retry_report>)> on_retry;
  std::function<void(actors::settle_request, done<actors::settle_report>)> on_settle;
  std::function<void(actors::transaction_query, done<actors::transaction_listing>)>
      on_list_transactions;
  std::function<void(actors::message_query, done<actors::message_listing>)> on_list_messages;
  std::function<void(actors::event_request, done<actors::event_listing>)> on_events;
  std::function<void(actors::send_request, done<std::vector<actors::route_explanation>>)>
      on_explain_route;
  std::function<void(actors::transaction_id, done<actors::route_explanation>)>
      on_explain_transaction;
  std::function<void(actors::user_id, done<std::vector<actors::user_provider_line>>)>
      on_user_providers;
  std::function<void(actors::user_id, std::vector<actors::user_provider_line>,
                     done<std::vector<actors::user_provider_line>>)>
      on_put_user_providers;
  std::function<void(done<std::vector<actors::provider_info>>)> on_providers;
  std::function<void(std::string, bool, done<actors::provider_info>)> on_switch_provider;
  std::function<void(std::string, actors::recipient_input, done<actors::provider_trial>)>
      on_try_provider;
  std::function<void(std::string, actors::challenge_input, done<actors::provider_info>)>
      on_answer_challenge;
  std::vector<actors::provider_type_info> types;
  std::function<void(actors::receipt_request, done<actors::receipt_answer>)> on_receipt;
  std::function<void(std::string, done<boost::json::object>)> on_inspect;
  std::function<void(actors::new_key, done<actors::created_key>)> on_create_key;
  std::function<void(done<std::vector<persistence::api_key>>)> on_keys;
  std::function<void(persistence::api_key_id, done<persistence::api_key>)> on_revoke_key;
  std::function<void(actors::new_endpoint, done<actors::changed_endpoint>)> on_create_endpoint;
  std::function<void(done<std::vector<persistence::endpoint>>)> on_endpoints;
  std::function<void(persistence::endpoint_id, done<persistence::endpoint>)> on_find_endpoint;
  std::function<void(actors::endpoint_change, done<actors::changed_endpoint>)> on_change_endpoint;
  std::function<void(persistence::endpoint_id, done<persistence::endpoint>)> on_delete_endpoint;
  std::function<void(persistence::delivery_query, done<actors::delivery_listing>)>
      on_endpoint_deliveries;
  std::function<void(persistence::replay_deliveries, done<std::int64_t>)> on_replay_deliveries;
  std::function<void(persistence::endpoint_id, done<actors::endpoint_test>)> on_test_endpoint;
  std::function<actors::result<actors::admission>(std::string_view)> on_admit;
  actors::readiness readiness{true};

  /// Names of the calls that nobody prepared; empty after a good test.
  std::vector<std::string> unexpected() const;

  void send(actors::send_request request, std::string trace,
            done<actors::send_receipt> then) override;
  void list_messages(actors::message_query query, done<actors::message_listing> then) override;
  void events(actors::event_request request, done<actors::event_listing> then) override;
  void find_transaction(actors::transaction_id id, done<actors::transaction_info> then) override;
  void find_message(const actors::message_id& id, done<actors::message_info> then) override;
  void cancel(actors::cancel_request request, done<actors::cancel_report> then) override;
  void list_transactions(actors::transaction_query query,
                         done<actors::transaction_listing> then) override;
  void explain_route(actors::send_request request,
                     done<std::vector<actors::route_explanation>> then) override;
  void explain_transaction(actors::transaction_id id,
                           done<actors::route_explanation> then) override;
  void retry(actors::retry_request request, done<actors::retry_report> then) override;
  void settle(actors::settle_request request, done<actors::settle_report> then) override;
  void user_providers(actors::user_id user,
                      done<std::vector<actors::user_provider_line>> then) override;
  void put_user_providers(actors::user_id user, std::vector<actors::user_provider_line> list,
                          done<std::vector<actors::user_provider_line>> then) override;
  void providers(done<std::vector<actors::provider_info>> then) override;
  void switch_provider(std::string name, bool on, done<actors::provider_info> then) override;
  void try_provider(std::string name, actors::recipient_input recipient,
                    done<actors::provider_trial> then) override;
  void answer_challenge(std::string name, actors::challenge_input answer,
                        done<actors::provider_info> then) override;
  std::vector<actors::provider_type_info> provider_types() const override { return types; }
  void receive_receipt(actors::receipt_request request, done<actors::receipt_answer> then) override;
  void inspect(std::string section, done<boost::json::object> then) override;
  void create_key(actors::new_key wanted, done<actors::created_key> then) override;
  void keys(done<std::vector<persistence::api_key>> then) override;
  void revoke_key(persistence::api_key_id id, done<persistence::api_key> then) override;
  std::function<actors::result<actors::admission>(std::string_view)> on_admit_session;
  std::function<void(persistence::api_key_id, done<std::string>)> on_begin_session;
  std::function<void(std::string, done<bool>)> on_end_session;
  actors::result<actors::admission> admit_session(std::string_view token) override;
  void begin_session(persistence::api_key_id key, done<std::string> then) override;
  void end_session(std::string token, done<bool> then) override;
  std::function<void(actors::message_query, done<actors::message_counts>)> on_count_messages;
  std::function<void(actors::failure_request, done<actors::failure_report>)> on_failures;
  void count_messages(actors::message_query query, done<actors::message_counts> then) override;
  void failures(actors::failure_request request, done<actors::failure_report> then) override;
  /// Without it entries are stored.
  std::function<void(persistence::audit_entry, done<bool>)> on_note_audit;
  std::function<void(persistence::audit_query, done<persistence::audit_page>)> on_list_audit;
  void note_audit(persistence::audit_entry entry, done<bool> then) override;
  void list_audit(persistence::audit_query query, done<persistence::audit_page> then) override;
  std::vector<persistence::audit_entry> audited() const;
  void create_endpoint(actors::new_endpoint wanted, done<actors::changed_endpoint> then) override;
  void endpoints(done<std::vector<persistence::endpoint>> then) override;
  void find_endpoint(persistence::endpoint_id id, done<persistence::endpoint> then) override;
  void change_endpoint(actors::endpoint_change wanted,
                       done<actors::changed_endpoint> then) override;
  void delete_endpoint(persistence::endpoint_id id, done<persistence::endpoint> then) override;
  void endpoint_deliveries(persistence::delivery_query query,
                           done<actors::delivery_listing> then) override;
  void replay_deliveries(persistence::replay_deliveries wanted, done<std::int64_t> then) override;
  void test_endpoint(persistence::endpoint_id id, done<actors::endpoint_test> then) override;
  actors::result<actors::admission> admit(std::string_view key) override;
  actors::readiness ready() const override { return readiness; }

 private:
  template <class T, class Prepared, class... Args>
  void answer(const char* name, const Prepared& prepared, done<T>& then, Args&&... args);

  mutable std::mutex mutex_;
  std::vector<std::string> unexpected_;
  std::vector<persistence::audit_entry> audited_;
};

/// The message id and the receipt that the tests use.
actors::message_id some_message_id();
actors::send_receipt some_receipt();

}  // namespace postrider::test
