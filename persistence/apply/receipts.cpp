#include "persistence/apply/receipts.hpp"

#include "base/mutant.hpp"
#include "base/utf8.hpp"
#include "persistence/apply/batch_run.hpp"
#include "persistence/apply/retention.hpp"
#include "persistence/attempts.hpp"
#include "persistence/settlement.hpp"

#include <algorithm>

namespace postrider::persistence {

using place = working_set::place;

bool is_undelivered(const transaction& row) {
  return row.status == transaction_status::success && row.receipt == receipt::undelivered &&
         row.fallback_on_undelivered && row.superseded_by == 0;
}

transaction as_undelivered(transaction row, std::string_view detail, time_point now) {
  correct_attempt(row, error_code::undelivered);
  row.status = transaction_status::failed;
  row.error = error_code::undelivered;
  row.error_message = tidy_text(detail.empty() ? "the provider could not deliver it" : detail,
                                max_error_message_bytes);
  row.owner = 0;
  row.due_at = now;
  row.updated_at = now;
  row.completed_at.reset();
  return row;
}

std::string find_by_ref_statement(const sql_dialect& dialect) {
  return "SELECT id, provider_id, provider_ref, recipient FROM message_transaction_history" +
         dialect.index("history_by_provider_ref") + " WHERE provider_ref IN ({ids})";
}

void batch_run::load_receipts() {
  std::unordered_multimap<std::string_view, std::size_t> wanted;
  for (std::size_t i = 0; i < batch_.transitions.size(); ++i) {
    const auto* t = std::get_if<record_receipt>(&batch_.transitions[i]);
    if (!t || t->id != 0) continue;
    for (const auto* refs : {&t->provider_refs, &t->recipient_refs})
      for (const auto& ref : *refs)
        if (!ref.empty()) wanted.emplace(ref, i);
  }
  if (wanted.empty()) return;
  sql_values refs;
  for (auto at = wanted.begin(); at != wanted.end(); at = wanted.equal_range(at->first).second)
    refs.add(at->first);
  session_.query_in(find_by_ref_statement(session_.dialect()), {}, refs, [&](const sql_row& row) {
    const auto ref = row.text(2);
    const auto [first, last] = wanted.equal_range(ref);
    for (auto at = first; at != last; ++at) {
      const auto& t = std::get<record_receipt>(batch_.transitions[at->second]);
      const bool proven = std::ranges::find(t.provider_refs, ref) != t.provider_refs.end();
      if (t.provider == row.as<provider_id>(1) &&
          (proven || (!t.recipient.empty() && t.recipient == row.text(3))))
        receipts_by_ref_[at->second] = row.integer(0);
    }
  });
}

transaction_id batch_run::receiver_of(const record_receipt& t, const transition_result& r) {
  if (t.id != 0) return t.id;
  const auto by_ref = receipts_by_ref_.find(static_cast<std::size_t>(&r - results_.data()));
  if (by_ref != receipts_by_ref_.end()) return by_ref->second;
  if (t.evidence_for == 0) return 0;
  const auto& attempt = rows_.find(t.evidence_for);
  const bool unproven =
      attempt.row.error == error_code::outcome_unknown || is_settled_success(attempt.row);
  return attempt.now_in != place::nowhere && unproven ? t.evidence_for : 0;
}

void batch_run::on(const record_receipt& t, transition_result& r) {
  const auto id = receiver_of(t, r);
  if (id == 0 || rows_.find(id).now_in == place::nowhere) {
    r.status = transition_status::conflict;
    return;
  }
  r.ids = {id};
  store_receipt(rows_.find(id).row, t, r);
}

std::vector<transaction> batch_run::in_history(const transaction& row, std::string_view chains) {
  sql_values values;
  values.add(row.message).add(row.recipient_no).add(row.chain_no);
  std::vector<transaction_id> ids;
  session_.query("SELECT id FROM message_transaction_history" +
                     session_.dialect().index("history_by_message") +
                     " WHERE message_id = ? AND recipient_no = ? AND chain_no " +
                     std::string(chains) + " ?",
                 values, [&](const sql_row& found) { ids.push_back(found.integer(0)); });
  std::vector<transaction> found;
  for (const auto id : ids)
    if (id != row.id) found.push_back(rows_.find(id).row);
  return found;
}

std::vector<transaction> batch_run::others_of_chain(const transaction& row) {
  return in_history(row, "=");
}

bool batch_run::was_accepted_in_older_chain(const transaction& row) {
  return row.chain_no > 0 && std::ranges::any_of(in_history(row, "<"), [](const auto& older) {
           return older.status == transaction_status::success;
         });
}

bool batch_run::has_newer_chain(const transaction& row) {
  sql_values values;
  values.add(row.message).add(row.recipient_no).add(row.chain_no);
  bool found = false;
  for (const auto& [table, index] : {std::pair{"message_transaction", "live_by_message"},
                                     {"message_transaction_history", "history_by_message"}})
    session_.query("SELECT id FROM " + std::string(table) + session_.dialect().index(index) +
                       " WHERE message_id = ? AND recipient_no = ? AND chain_no > ?",
                   values, [&](const sql_row&) { found = true; });
  return found;
}

bool batch_run::count_after_return(const transaction& row, transaction& successor) {
  const auto uses = successor.retries_used - row.retries_used;
  for (const auto& other : others_of_chain(row)) {
    successor.retry_count = std::max(successor.retry_count, other.retry_count + 1);
    successor.retries_used = std::max(successor.retries_used, other.retries_used + uses);
  }
  return successor.retries_used <= row.max_retries;
}

namespace {

/// A row that comes back from history knows the attempts that came after its own.
void take_attempts_of(const std::vector<transaction>& others, transaction& row) {
  const auto newest = std::ranges::max_element(others, {}, &transaction::retry_count);
  if (newest == others.end() || newest->retry_count < row.retry_count) return;
  row.attempts = newest->attempts;
  row.round = newest->round;
  row.round_due = newest->round_due;
}

}  // namespace

void batch_run::store_receipt(transaction row, const record_receipt& t, transition_result& r) {
  if (t.kind <= row.receipt && !mutant(mutation::receipt_goes_back)) return;
  row.receipt = t.kind;
  row.receipt_at = row.updated_at = batch_.now;
  const auto succeeded = [](const auto& other) {
    return other.status == transaction_status::success;
  };
  // A row that was cancelled in favour of this attempt may have been under way.
  const auto may_be_there = [](const auto& other) {
    return other.error == error_code::outcome_unknown ||
           (other.error == error_code::cancelled && other.superseded_by != 0);
  };
  if (is_undelivered(row) && rows_.find(row.id).now_in == place::history && !has_newer_chain(row) &&
      !was_accepted_in_older_chain(row) && !body_removed(session_, row.message)) {
    const auto others = others_of_chain(row);
    if (std::ranges::none_of(others, succeeded)) {
      r.count = 1;
      row.possible_duplicate |= std::ranges::any_of(others, may_be_there);
      take_attempts_of(others, row);
      return rows_.restore(as_undelivered(std::move(row), t.detail, batch_.now));
    }
  }
  rows_.change(row);
  // The outcome of a row that is being sent is still to come; see settled_by_receipt().
  const bool open =
      row.status == transaction_status::pending || row.status == transaction_status::failed;
  if (open && proves_acceptance(t.kind)) {
    const auto& refs = t.provider_refs.empty() ? t.recipient_refs : t.provider_refs;
    const auto& ref = row.provider_ref.empty() && !refs.empty() ? refs.front() : row.provider_ref;
    late_.keep(row.id, transaction_status::success, {error_code::none, {}, ref});
  }
}

bool batch_run::settled_by_receipt(const transaction& row, const attempt_result& result) {
  if (result.error != error_code::outcome_unknown || !proves_acceptance(row.receipt)) return false;
  auto accepted = with_result(row, {error_code::none, {}, result.provider_ref});
  accepted.status = transaction_status::success;
  accepted.owner = 0;
  accepted.completed_at = batch_.now;
  rows_.archive(accepted);
  late_.also_accepted(accepted);
  return true;
}

}  // namespace postrider::persistence
