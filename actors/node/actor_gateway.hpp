#pragma once

#include "actors/api/gateway.hpp"
#include "actors/pipeline.hpp"
#include "actors/rules/read_turns.hpp"

#include <caf/actor_system.hpp>

#include <atomic>

namespace postrider::actors {

/// gateway.hpp over the actors: each call is a one-shot actor that asks, waits at most its timeout,
/// and answers.
class actor_gateway final : public gateway {
 public:
  actor_gateway(caf::actor_system& system, environment_ptr environment, board_ptr board);

  void send(send_request request, std::string trace, completion<send_receipt> done) override;
  void find_transaction(transaction_id id, completion<transaction_info> done) override;
  void find_message(const persistence::message_id& id, completion<message_info> done) override;
  void cancel(cancel_request request, completion<cancel_report> done) override;
  void list_messages(message_query query, completion<message_listing> done) override;
  void count_messages(message_query query, completion<message_counts> done) override;
  void failures(failure_request request, completion<failure_report> done) override;
  void list_transactions(transaction_query query, completion<transaction_listing> done) override;
  void explain_route(send_request request,
                     completion<std::vector<route_explanation>> done) override;
  void explain_transaction(transaction_id id, completion<route_explanation> done) override;
  void retry(retry_request request, completion<retry_report> done) override;
  void settle(settle_request request, completion<settle_report> done) override;
  void events(event_request request, completion<event_listing> done) override;
  void user_providers(persistence::user_id user,
                      completion<std::vector<user_provider_line>> done) override;
  void put_user_providers(persistence::user_id user, std::vector<user_provider_line> list,
                          completion<std::vector<user_provider_line>> done) override;
  void providers(completion<std::vector<provider_info>> done) override;
  void switch_provider(std::string name, bool on, completion<provider_info> done) override;
  void try_provider(std::string name, recipient_input recipient,
                    completion<provider_trial> done) override;
  void answer_challenge(std::string name, challenge_input answer,
                        completion<provider_info> done) override;
  std::vector<provider_type_info> provider_types() const override;
  void receive_receipt(receipt_request request, completion<receipt_answer> done) override;
  void inspect(std::string section, completion<boost::json::object> done) override;
  void create_key(new_key wanted, completion<created_key> done) override;
  void keys(completion<std::vector<persistence::api_key>> done) override;
  void revoke_key(persistence::api_key_id id, completion<persistence::api_key> done) override;
  void create_endpoint(new_endpoint wanted, completion<changed_endpoint> done) override;
  void endpoints(completion<std::vector<persistence::endpoint>> done) override;
  void find_endpoint(persistence::endpoint_id id, completion<persistence::endpoint> done) override;
  void change_endpoint(endpoint_change wanted, completion<changed_endpoint> done) override;
  void delete_endpoint(persistence::endpoint_id id,
                       completion<persistence::endpoint> done) override;
  void endpoint_deliveries(persistence::delivery_query query,
                           completion<delivery_listing> done) override;
  void replay_deliveries(persistence::replay_deliveries wanted,
                         completion<std::int64_t> done) override;
  void test_endpoint(persistence::endpoint_id id, completion<endpoint_test> done) override;
  result<admission> admit(std::string_view key) override;
  result<admission> admit_session(std::string_view token) override;
  void begin_session(persistence::api_key_id key, completion<std::string> done) override;
  void end_session(std::string token, completion<bool> done) override;
  void note_audit(persistence::audit_entry entry, completion<bool> done) override;
  void list_audit(persistence::audit_query query,
                  completion<persistence::audit_page> done) override;
  readiness ready() const override;

 private:
  void find_provider(std::string name, completion<provider_info> done);
  void submit_challenge(provider_ptr provider, challenge_answer answer,
                        completion<provider_info> done);
  /// Rows that wait for a time that the provider named become due: page by page, from `cursor` on.
  void lift_named_times(const std::string& provider, std::string cursor);
  /// settle_gateway.cpp: the steps of settle().
  void route_settlement(const settle_request& request, const message_info& message,
                        const completion<settle_report>& done);
  void store_settlement(const settle_request& request, const persistence::transaction& row,
                        persistence::transaction first, const completion<settle_report>& done);
  void explain_conflict(const settle_request& request, const message_id& message,
                        const completion<settle_report>& done);
  ledger_reader_actor next_reader(const pipeline& actors);
  /// One more than there are readers: what they found is written down meanwhile.
  read_turns turns() const;

  caf::actor_system& system_;
  environment_ptr environment_;
  board_ptr board_;
  std::atomic<std::size_t> next_reader_{0};
  /// The reads whose answers are long.
  read_turns messages_, lists_;
};

}  // namespace postrider::actors
