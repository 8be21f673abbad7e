#include "persistence/apply/batch_run.hpp"

#include "base/mutant.hpp"
#include "base/utf8.hpp"
#include "persistence/apply/claims.hpp"
#include "persistence/apply/expiry.hpp"
#include "persistence/apply/idempotency.hpp"
#include "persistence/apply/new_messages.hpp"
#include "persistence/apply/provider_lists.hpp"
#include "persistence/apply/receipts.hpp"
#include "persistence/apply/retention.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>

namespace postrider::persistence {
namespace {

void conflict(transition_result& result) {
  result.status = transition_status::conflict;
  result.ids.clear();
}

bool as_often_tried(const transaction& row, std::int32_t tries) {
  return tries == any_tries || tries == count_attempts(row.attempts);
}

/// The row that a transition names by its id; 0 for those that name none.
struct named_id {
  transaction_id operator()(const begin_delivery& t) const { return t.id; }
  transaction_id operator()(const finish& t) const { return t.id; }
  transaction_id operator()(const fail_for_now& t) const { return t.id; }
  transaction_id operator()(const retry_with& t) const { return t.id; }
  transaction_id operator()(const release& t) const { return t.id; }
  transaction_id operator()(const wait_again& t) const { return t.id; }
  transaction_id operator()(const give_up_waiting& t) const { return t.id; }
  transaction_id operator()(const reroute& t) const { return t.id; }
  transaction_id operator()(const record_receipt& t) const { return t.id; }
  transaction_id operator()(const hasten_retry& t) const { return t.id; }
  transaction_id operator()(const auto&) const { return 0; }
};

}  // namespace

batch_run::batch_run(event_clock& clock, sql_session& session, const ledger_batch& batch,
                     batch_result& results, const event_recorder::target& where)
    : session_(session),
      batch_(batch),
      results_(results),
      events_(clock, where, batch.owner, batch.now),
      rows_(session, events_),
      late_(session, rows_, batch.now, batch.owner) {}

template <class Transition>
void batch_run::each() {
  for (std::size_t i = 0; i < batch_.transitions.size(); ++i) {
    const auto* t = std::get_if<Transition>(&batch_.transitions[i]);
    if (t && results_[i].status != transition_status::refused) on(*t, results_[i]);
  }
}

void batch_run::apply_unread() {
  if (begins_can_go_first()) begin_unread();
  apply();
}

/// A message that is cancelled in the same batch is not begun.
bool batch_run::begins_can_go_first() const {
  return batch_.owner != 0 && std::ranges::none_of(batch_.transitions, [](const auto& t) {
           return std::holds_alternative<cancel_message>(t);
         });
}

void batch_run::begin_unread() {
  std::map<provider_id, sql_values> ids;
  for (std::size_t i = 0; i < batch_.transitions.size(); ++i) {
    const auto* t = std::get_if<begin_delivery>(&batch_.transitions[i]);
    if (t && results_[i].status != transition_status::refused) ids[t->provider].add(t->id);
  }
  for (const auto& [provider, of_provider] : ids) {
    sql_values first;
    first.add(events_.order()).add(batch_.owner).add(provider).add(provider);
    if (session_.execute_in(begin_unread_statement(session_.dialect()), first, of_provider) !=
        static_cast<std::int64_t>(of_provider.size()))
      throw begins_missed{};
  }
  begun_ = true;
}

void batch_run::apply() {
  load();
  load_late();
  claim_keys(session_, batch_, results_);
  each<accept_message>();
  each<cancel_message>();
  if (!begun_) each<begin_delivery>();
  each<finish>();
  each<fail_for_now>();
  each<retry_with>();
  each<release>();
  each<wait_again>();
  each<give_up_waiting>();
  each<reroute>();
  each<record_receipt>();
  each<hasten_retry>();
  each<settle_unknown>();
  each<start_chain>();
  store_messages(session_, accepted_);
  rows_.write();
  late_.write();
  each<expire_waiting>();
  each<claim>();
  each<take_over>();
  each<put_user_providers>();
  // In this order: the answer about all providers has what was switched beside it.
  each<set_provider_enabled>();
  each<put_providers>();
  each<prune>();
  each<create_api_key>();
  each<revoke_api_key>();
  each<note_key_use>();
  each<begin_browser_session>();
  each<end_browser_session>();
  each<note_audit>();
  each<create_endpoint>();
  each<change_endpoint>();
  each<delete_endpoint>();
  each<claim_endpoint>();
  each<note_progress>();
  each<replay_deliveries>();
  each<tell_event>();
  events_.write(session_);
}

void batch_run::load() {
  std::vector<transaction_id> ids;
  for (std::size_t i = 0; i < batch_.transitions.size(); ++i) {
    if (begun_ && std::holds_alternative<begin_delivery>(batch_.transitions[i])) continue;
    const auto id = std::visit(named_id{}, batch_.transitions[i]);
    if (id != 0 && results_[i].status != transition_status::refused) ids.push_back(id);
  }
  add_cancelled(ids);
  rows_.load_live(std::move(ids));
  lock_ended();
  load_receipts();
}

void batch_run::load_late() {
  std::vector<transaction_id> ids;
  for (std::size_t i = 0; i < batch_.transitions.size(); ++i) {
    const auto id = std::visit(named_id{}, batch_.transitions[i]);
    if (id == 0 || results_[i].status == transition_status::refused) continue;
    // Skip accepted first attempts, the common case: only a retry can have an earlier attempt that
    // was accepted late.
    const auto& found = rows_.find_loaded(id);
    const auto* end = std::get_if<finish>(&batch_.transitions[i]);
    const bool accepted = end && end->status == transaction_status::success;
    const bool ends = !std::holds_alternative<begin_delivery>(batch_.transitions[i]) &&
                      !std::holds_alternative<reroute>(batch_.transitions[i]) &&
                      !std::holds_alternative<give_up_waiting>(batch_.transitions[i]) &&
                      !std::holds_alternative<hasten_retry>(batch_.transitions[i]) &&
                      !std::holds_alternative<record_receipt>(batch_.transitions[i]);
    if (found.now_in == working_set::place::live && ends &&
        (!accepted || found.row.retry_count > 0 || found.row.chain_no > 0))
      ids.push_back(id);
  }
  late_.load_waiting(ids);
}

const transaction* batch_run::ours(transaction_id id, transaction_status expected) {
  const auto& found = rows_.find(id);
  const bool match = found.now_in == working_set::place::live && batch_.owner != 0 &&
                     found.row.owner == batch_.owner && found.row.status == expected;
  return match ? &found.row : nullptr;
}

transaction batch_run::with_result(transaction row, const attempt_result& result) const {
  if (row.status == transaction_status::processing && is_call_outcome(result.error))
    end_attempt(row, result, row.updated_at, batch_.now);
  row.error = result.error;
  row.error_message = tidy_text(result.error_message, max_error_message_bytes);
  row.provider_ref = tidy_text(result.provider_ref, max_provider_ref_bytes);
  row.updated_at = batch_.now;
  return row;
}

void batch_run::on(const accept_message& t, transition_result& r) {
  // Its key is another message's.
  if (r.status == transition_status::conflict) return;
  accepted_.push_back(&t);
  for (std::size_t i = 0; i < t.transactions.size(); ++i) {
    auto row = t.transactions[i];
    row.id = r.ids[i];
    row.message = t.message->id;
    row.owner = row.owner == batch_.owner ? batch_.owner : 0;
    const bool begins = row.status == transaction_status::processing && row.owner != 0;
    row.status = begins ? transaction_status::processing : transaction_status::pending;
    row.first_due = row.due_at;
    row.created_at = row.updated_at = batch_.now;
    rows_.add(std::move(row));
  }
}

void batch_run::on(const begin_delivery& t, transition_result& r) {
  const auto* found = ours(t.id, transaction_status::pending);
  // It was rerouted meanwhile: its address is another one's.
  const bool elsewhere = found && t.provider != 0 && found->provider != t.provider;
  if (!found || elsewhere) return conflict(r);
  rows_.begin(t.id);
}

void batch_run::on(const finish& t, transition_result& r) {
  const auto* found = ours(t.id, t.expected);
  if (!found) {
    // A row that was given up without being sent has no outcome.
    if (t.expected == transaction_status::processing || t.status == transaction_status::success)
      late_.keep(t.id, t.status, t.result);
    return conflict(r);
  }
  const bool was_sent = t.expected == transaction_status::processing;
  if (was_sent && t.status != transaction_status::success &&
      (settled_by_receipt(*found, t.result) || late_.settles_instead(*found, t.result)))
    return conflict(r);
  auto row = with_result(*found, t.result);
  row.status = t.status;
  row.owner = 0;
  row.completed_at = batch_.now;
  if (is_undelivered(row) && late_.settles_instead(*found, {error_code::undelivered, "", ""}))
    return conflict(r);
  if (is_undelivered(row)) return rows_.change(as_undelivered(row, row.error_message, batch_.now));
  if (t.status == transaction_status::failed) keep_unknown(row);
  rows_.archive(row);
  if (t.status == transaction_status::success) late_.also_accepted(row);
}

void batch_run::on(const fail_for_now& t, transition_result& r) {
  const auto* found = ours(t.id, transaction_status::processing);
  if (!found) {
    late_.keep(t.id, transaction_status::failed, t.result);
    return conflict(r);
  }
  if (settled_by_receipt(*found, t.result) || late_.settles_instead(*found, t.result))
    return conflict(r);
  auto row = with_result(*found, t.result);
  row.status = transaction_status::failed;
  row.owner = 0;
  row.due_at = t.next_retry_at;
  rows_.change(row);
}

void batch_run::identify(transaction& next, const transaction& before, std::int32_t chain_no,
                         transaction_id id) const {
  next.id = id;
  next.message = before.message;
  next.recipient_no = before.recipient_no;
  next.chain_no = chain_no;
  next.user = before.user;
  next.status = transaction_status::pending;
  next.created_at = next.updated_at = batch_.now;
}

void batch_run::on(const retry_with& t, transition_result& r) {
  const auto* found = ours(t.id, t.expected);
  if (!found) {
    if (t.expected == transaction_status::processing)
      late_.keep(t.id, transaction_status::failed, t.result);
    return conflict(r);
  }
  if (t.expected == transaction_status::processing &&
      (settled_by_receipt(*found, t.result) || late_.settles_instead(*found, t.result)))
    return conflict(r);
  auto row = t.expected == transaction_status::failed ? *found : with_result(*found, t.result);
  row.status = transaction_status::failed;
  row.owner = 0;
  row.superseded_by = r.ids.front();
  row.updated_at = batch_.now;
  row.completed_at = batch_.now;
  auto successor = t.successor;
  if (row.error == error_code::undelivered && !count_after_return(row, successor)) {
    row.superseded_by = 0;
    rows_.archive(row);
    return conflict(r);
  }
  successor.attempts = row.attempts;
  successor.first_due = patience_begin(row);
  successor.round = row.round;
  successor.round_due = row.round_due;
  identify(successor, row, row.chain_no, r.ids.front());
  successor.receipt = receipt::none;
  successor.receipt_at.reset();
  successor.owner = successor.owner == batch_.owner ? batch_.owner : 0;
  successor.retry_count += mutant(mutation::retry_counted_twice);
  if (mutant(mutation::possible_duplicate_forgotten)) successor.possible_duplicate = false;
  rows_.archive(row);
  r.rows.push_back({successor, nullptr});
  rows_.add(std::move(successor));
}

void batch_run::on(const release& t, transition_result& r) {
  const auto* found = ours(t.id, t.expected);
  if (!found) return conflict(r);
  if (t.expected == transaction_status::processing &&
      late_.settles_instead(*found, {error_code::cancelled, {}, {}}))
    return conflict(r);
  auto row = *found;
  if (t.expected != transaction_status::failed) row.status = transaction_status::pending;
  row.owner = 0;
  row.due_at = t.due_at;
  row.updated_at = batch_.now;
  rows_.change(row);
}

void batch_run::on(const wait_again& t, transition_result& r) {
  const bool was_sent = t.expected == transaction_status::processing;
  const auto* found = ours(t.id, t.expected);
  if (!found) {
    if (was_sent) late_.keep(t.id, transaction_status::failed, t.result);
    return conflict(r);
  }
  if (was_sent && late_.settles_instead(*found, t.result)) return conflict(r);
  auto row = was_sent ? with_result(*found, t.result) : *found;
  row.status = transaction_status::pending;
  // Its attempts tell what happened; a pending row has not failed.
  row.error = error_code::none;
  row.error_message.clear();
  row.provider_ref.clear();
  row.provider = t.provider;
  row.recipient = t.recipient;
  row.fallback_on_undelivered = t.fallback_on_undelivered;
  row.decision = t.decision;
  row.owner = 0;
  row.due_at = t.due_at;
  row.round = t.round;
  row.round_due = t.round_due;
  row.updated_at = batch_.now;
  rows_.change(row);
}

void batch_run::on(const give_up_waiting& t, transition_result& r) {
  const auto& found = rows_.find(t.id);
  const bool match = found.now_in == working_set::place::live && batch_.owner != 0 &&
                     found.row.owner == 0 && found.row.status == transaction_status::pending &&
                     found.row.provider == t.provider && as_often_tried(found.row, t.tries);
  if (!match) return conflict(r);
  auto row = found.row;
  row.status = transaction_status::failed;
  row.error = row.attempts.empty() ? error_code::unavailable : row.attempts.back().last.outcome;
  row.error_message = tidy_text(t.reason, max_error_message_bytes);
  row.updated_at = batch_.now;
  row.completed_at = batch_.now;
  keep_unknown(row);
  rows_.archive(row);
}

void batch_run::on(const reroute& t, transition_result& r) {
  const auto& found = rows_.find(t.id);
  const bool match = found.now_in == working_set::place::live && batch_.owner != 0 &&
                     found.row.owner == 0 && found.row.status == transaction_status::pending &&
                     found.row.provider == t.from && as_often_tried(found.row, t.tries);
  if (!match) return conflict(r);
  auto row = found.row;
  row.provider = t.to;
  row.recipient = t.recipient;
  row.fallback_on_undelivered = t.fallback_on_undelivered;
  row.decision = t.decision;
  row.owner = t.owner == batch_.owner ? batch_.owner : 0;
  row.updated_at = batch_.now;
  rows_.change(row);
}

void batch_run::on(const claim& t, transition_result& r) {
  claim_rows(session_, batch_, events_, t, r);
}
void batch_run::on(const take_over& t, transition_result& r) {
  take_rows_over(session_, batch_, events_, t, r);
}
void batch_run::on(const expire_waiting& t, transition_result& r) {
  r.count = expire_rows(session_, batch_, events_, t.limit);
}
void batch_run::on(const put_user_providers& t, transition_result&) {
  store_user_providers(session_, t);
}
void batch_run::on(const put_providers& t, transition_result& r) {
  store_providers(session_, t, r);
}
void batch_run::on(const set_provider_enabled& t, transition_result& r) {
  if (!store_enabled(session_, t)) conflict(r);
}
void batch_run::on(const prune& t, transition_result& r) { apply_prune(session_, batch_, t, r); }
void batch_run::on(const tell_event& t, transition_result&) {
  auto e = t.event;
  e.recipient = tidy_text(e.recipient, max_recipient_bytes);
  e.detail = tidy_text(e.detail, max_error_message_bytes);
  events_.add(e);
}

}  // namespace postrider::persistence
