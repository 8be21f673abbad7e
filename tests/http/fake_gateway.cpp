#include "fake_gateway.hpp"

namespace postrider::test {

template <class T, class Prepared, class... Args>
void fake_gateway::answer(const char* name, const Prepared& prepared, done<T>& then,
                          Args&&... args) {
  if (prepared) return prepared(std::forward<Args>(args)..., std::move(then));
  {
    const std::lock_guard lock(mutex_);
    unexpected_.emplace_back(name);
  }
  then(actors::service_error{actors::service_errc::internal, "not expected by the test", {}});
}

std::vector<std::string> fake_gateway::unexpected() const {
  const std::lock_guard lock(mutex_);
  return unexpected_;
}

void fake_gateway::send(actors::send_request request, std::string trace,
                        done<actors::send_receipt> then) {
  answer("send", on_send, then, std::move(request), std::move(trace));
}

void fake_gateway::find_transaction(actors::transaction_id id,
                                    done<actors::transaction_info> then) {
  answer("find_transaction", on_find_transaction, then, id);
}

void fake_gateway::find_message(const actors::message_id& id, done<actors::message_info> then) {
  answer("find_message", on_find_message, then, id);
}

void fake_gateway::cancel(actors::cancel_request request, done<actors::cancel_report> then) {
  answer("cancel", on_cancel, then, std::move(request));
}

void fake_gateway::list_messages(actors::message_query query, done<actors::message_listing> then) {
  answer("list_messages", on_list_messages, then, std::move(query));
}

void fake_gateway::events(actors::event_request request, done<actors::event_listing> then) {
  answer("events", on_events, then, std::move(request));
}

void fake_gateway::list_transactions(actors::transaction_query query,
                                     done<actors::transaction_listing> then) {
  answer("list_transactions", on_list_transactions, then, std::move(query));
}

void fake_gateway::explain_route(actors::send_request request,
                                 done<std::vector<actors::route_explanation>> then) {
  answer("explain_route", on_explain_route, then, std::move(request));
}

void fake_gateway::explain_transaction(actors::transaction_id id,
                                       done<actors::route_explanation> then) {
  answer("explain_transaction", on_explain_transaction, then, id);
}

void fake_gateway::retry(actors::retry_request request, done<actors::retry_report> then) {
  answer("retry", on_retry, then, std::move(request));
}

void fake_gateway::settle(actors::settle_request request, done<actors::settle_report> then) {
  answer("settle", on_settle, then, std::move(request));
}

void fake_gateway::user_providers(actors::user_id user,
                                  done<std::vector<actors::user_provider_line>> then) {
  answer("user_providers", on_user_providers, then, user);
}

void fake_gateway::put_user_providers(actors::user_id user,
                                      std::vector<actors::user_provider_line> list,
                                      done<std::vector<actors::user_provider_line>> then) {
  answer("put_user_providers", on_put_user_providers, then, user, std::move(list));
}

void fake_gateway::providers(done<std::vector<actors::provider_info>> then) {
  answer("providers", on_providers, then);
}

void fake_gateway::switch_provider(std::string name, bool on, done<actors::provider_info> then) {
  answer("switch_provider", on_switch_provider, then, std::move(name), on);
}

void fake_gateway::answer_challenge(std::string name, actors::challenge_input given,
                                    done<actors::provider_info> then) {
  answer("answer_challenge", on_answer_challenge, then, std::move(name), std::move(given));
}

void fake_gateway::try_provider(std::string name, actors::recipient_input recipient,
                                done<actors::provider_trial> then) {
  answer("try_provider", on_try_provider, then, std::move(name), std::move(recipient));
}

void fake_gateway::receive_receipt(actors::receipt_request request,
                                   done<actors::receipt_answer> then) {
  answer("receive_receipt", on_receipt, then, std::move(request));
}

void fake_gateway::inspect(std::string section, done<boost::json::object> then) {
  answer("inspect", on_inspect, then, std::move(section));
}

void fake_gateway::create_key(actors::new_key wanted, done<actors::created_key> then) {
  answer("create_key", on_create_key, then, std::move(wanted));
}

void fake_gateway::keys(done<std::vector<persistence::api_key>> then) {
  answer("keys", on_keys, then);
}

void fake_gateway::revoke_key(persistence::api_key_id id, done<persistence::api_key> then) {
  answer("revoke_key", on_revoke_key, then, id);
}

actors::result<actors::admission> fake_gateway::admit_session(std::string_view token) {
  if (on_admit_session) return on_admit_session(token);
  const std::lock_guard lock(mutex_);
  unexpected_.emplace_back("admit_session");
  return actors::admission{};
}

void fake_gateway::begin_session(persistence::api_key_id key, done<std::string> then) {
  answer("begin_session", on_begin_session, then, key);
}

void fake_gateway::end_session(std::string token, done<bool> then) {
  answer("end_session", on_end_session, then, std::move(token));
}

void fake_gateway::count_messages(actors::message_query query, done<actors::message_counts> then) {
  answer("count_messages", on_count_messages, then, std::move(query));
}

void fake_gateway::failures(actors::failure_request request, done<actors::failure_report> then) {
  answer("failures", on_failures, then, std::move(request));
}

void fake_gateway::note_audit(persistence::audit_entry entry, done<bool> then) {
  if (on_note_audit) return on_note_audit(std::move(entry), std::move(then));
  {
    const std::lock_guard lock(mutex_);
    audited_.push_back(std::move(entry));
  }
  then(true);
}

void fake_gateway::list_audit(persistence::audit_query query, done<persistence::audit_page> then) {
  answer("list_audit", on_list_audit, then, std::move(query));
}

std::vector<persistence::audit_entry> fake_gateway::audited() const {
  const std::lock_guard lock(mutex_);
  return audited_;
}

void fake_gateway::create_endpoint(actors::new_endpoint wanted,
                                   done<actors::changed_endpoint> then) {
  answer("create_endpoint", on_create_endpoint, then, std::move(wanted));
}

void fake_gateway::endpoints(done<std::vector<persistence::endpoint>> then) {
  answer("endpoints", on_endpoints, then);
}

void fake_gateway::find_endpoint(persistence::endpoint_id id, done<persistence::endpoint> then) {
  answer("find_endpoint", on_find_endpoint, then, id);
}

void fake_gateway::change_endpoint(actors::endpoint_change wanted,
                                   done<actors::changed_endpoint> then) {
  answer("change_endpoint", on_change_endpoint, then, std::move(wanted));
}

void fake_gateway::delete_endpoint(persistence::endpoint_id id, done<persistence::endpoint> then) {
  answer("delete_endpoint", on_delete_endpoint, then, id);
}

void fake_gateway::endpoint_deliveries(persistence::delivery_query query,
                                       done<actors::delivery_listing> then) {
  answer("endpoint_deliveries", on_endpoint_deliveries, then, query);
}

void fake_gateway::replay_deliveries(persistence::replay_deliveries wanted,
                                     done<std::int64_t> then) {
  answer("replay_deliveries", on_replay_deliveries, then, wanted);
}

void fake_gateway::test_endpoint(persistence::endpoint_id id, done<actors::endpoint_test> then) {
  answer("test_endpoint", on_test_endpoint, then, id);
}

actors::result<actors::admission> fake_gateway::admit(std::string_view key) {
  if (on_admit) return on_admit(key);
  const std::lock_guard lock(mutex_);
  unexpected_.emplace_back("admit");
  return actors::service_error{actors::service_errc::internal, "not expected by the test", {}, {}};
}

actors::message_id some_message_id() {
  return *persistence::parse_message_id("01938a5c-1f2e-7abc-8def-0123456789ab");
}

actors::send_receipt some_receipt() {
  return {some_message_id(), {{123, "+15551234567", "signal-main", "signal"}}};
}

}  // namespace postrider::test
