#include "actors/ledger/ledger_reader.hpp"

namespace postrider::actors {
namespace {

/// Users in one answer about changed lists; with more all lists are read again.
constexpr std::int32_t changed_users_limit = 1'000;
/// Rows that are counted at most, of the whole table and of one lane.
constexpr std::int64_t count_limit = 100'000;
constexpr std::int64_t lane_count_limit = 10'000;
/// Rows of each error that are looked at for what was given up.
constexpr std::int32_t given_up_limit = 500;

template <class T>
reply<T> answer(persistence::result<T> result) {
  if (!result) return {result.error(), {}};
  return {std::nullopt, std::move(*result)};
}

}  // namespace

ledger_reader_actor::behavior_type ledger_reader_state::make_behavior(
    const environment_ptr& environment) {
  queries_ = environment->database->open_queries();
  return {
      [this](find_atom, persistence::transaction_id id) {
        return answer(queries_->find_transaction(id));
      },
      [this](find_atom, const persistence::message_id& id) {
        return answer(queries_->find_message(id));
      },
      [this](failures_atom, const persistence::retry_selection& wanted,
             const persistence::retry_cursor& from,
             std::int32_t limit) { return answer(queries_->select_retries(wanted, from, limit)); },
      [this](expiry_atom) { return answer(queries_->next_expiry()); },
      [this](list_atom, const persistence::message_list& what) {
        return answer(queries_->list_messages(what));
      },
      [this](list_atom, const persistence::transaction_list& what) {
        return answer(queries_->list_transactions(what));
      },
      [this](list_atom, const persistence::failure_query& what) {
        return answer(queries_->group_failures(what));
      },
      [this](list_atom, const persistence::audit_query& what) {
        return answer(queries_->list_audit(what));
      },
      [this](list_atom, persistence::user_id user) {
        return answer(queries_->user_providers(user));
      },
      [this](changes_atom, std::int64_t version) {
        return answer(queries_->user_list_changes(version, changed_users_limit));
      },
      [this](providers_atom) { return answer(queries_->providers()); },
      [this](nodes_atom) { return answer(queries_->nodes()); },
      [this](owners_atom) { return answer(queries_->dead_owners()); },
      [this](lanes_atom, const std::vector<persistence::lane>& lanes) {
        return answer(queries_->waiting_lanes(lanes));
      },
      [this](const waiting_query& q) {
        return answer(queries_->waiting_rows(q.lane, q.after, q.now, q.limit));
      },
      [this](const answer_query& q) {
        return answer(queries_->find_first_answer(q.client, q.key, q.now));
      },
      [this](keys_atom, std::int64_t version) { return answer(queries_->api_keys(version)); },
      [this, environment](events_atom, const persistence::event_query& what) {
        return answer(queries_->read_events(what, environment->wall_clock()));
      },
      [this, environment](events_atom) {
        return answer(queries_->end_of_events(environment->wall_clock()));
      },
      [this](events_atom, const std::vector<persistence::event_place>& places) {
        return answer(queries_->find_events(places));
      },
      [this](endpoints_atom, std::int64_t version) { return answer(queries_->endpoints(version)); },
      [this](endpoints_atom, find_atom, persistence::endpoint_id id) {
        return answer(queries_->find_endpoint(id));
      },
      [this](const persistence::delivery_query& q) { return answer(queries_->list_deliveries(q)); },
      [this, environment](rows_atom, const std::vector<persistence::lane>& lanes) {
        return count(environment->wall_clock(), lanes);
      },
      [this, environment](failures_atom, std::int64_t window_ms) {
        const auto since = environment->wall_clock() - milliseconds(window_ms);
        return answer(queries_->given_up_since(since, given_up_limit));
      },
  };
}

reply<database_counts> ledger_reader_state::count(persistence::time_point now,
                                                  const std::vector<persistence::lane>& lanes) {
  auto rows = queries_->count_rows(count_limit);
  if (!rows) return {rows.error(), {}};
  auto waiting = queries_->count_lanes(lanes, now, lane_count_limit);
  if (!waiting) return {waiting.error(), {}};
  return {std::nullopt, {*rows, std::move(*waiting)}};
}

ledger_reader_actor::behavior_type ledger_reader(
    ledger_reader_actor::stateful_pointer<ledger_reader_state> self,
    const environment_ptr& environment) {
  return self->state.make_behavior(environment);
}

}  // namespace postrider::actors
