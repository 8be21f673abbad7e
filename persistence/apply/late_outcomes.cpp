#include "persistence/apply/late_outcomes.hpp"

#include "base/mutant.hpp"
#include "base/utf8.hpp"
#include "persistence/apply/receipts.hpp"
#include "persistence/attempts.hpp"
#include "persistence/settlement.hpp"

#include <algorithm>

namespace postrider::persistence {
namespace {

using place = working_set::place;

bool is_accepted(transaction_status status, const attempt_result& result) {
  return status == transaction_status::success && result.error == error_code::none;
}

/// Ended while its call was under way, because an earlier attempt of its chain was accepted.
bool was_sent_and_cancelled(const transaction& row) {
  return row.error == error_code::cancelled && row.superseded_by != 0;
}

}  // namespace

void late_outcomes::load_waiting(const std::vector<transaction_id>& ids) {
  if (ids.empty()) return;
  sql_values values;
  for (auto id : ids)
    values.add(id);
  session_.query_in(
      "SELECT id, transaction_id, waits_for, provider_ref FROM late_outcome WHERE waits_for IN "
      "({ids})",
      {}, values, [&](const sql_row& row) {
        record late;
        late.id = row.integer(0);
        late.transaction = row.integer(1);
        late.waits_for = row.integer(2);
        late.status = transaction_status::success;
        late.result.provider_ref = row.text(3);
        records_.push_back(std::move(late));
      });
}

void late_outcomes::keep(transaction_id id, transaction_status status,
                         const attempt_result& result) {
  auto& late = records_.emplace_back();
  late.transaction = id;
  late.status = status;
  late.result = result;
  late.result.error_message = tidy_text(result.error_message, max_error_message_bytes);
  late.result.provider_ref = tidy_text(result.provider_ref, max_provider_ref_bytes);
  if (mutant(mutation::late_acceptance_ignored)) return;
  if (is_accepted(status, result)) settle(late);
}

void late_outcomes::settle(record& late) {
  const auto found = rows_.find(late.transaction);
  if (found.now_in == place::live) {
    // Only our own process can have begun it again, after a release; that attempt decides.
    if (found.row.status == transaction_status::processing) late.waits_for = found.row.id;
    else make_success(found.row, late, 0);
    return;
  }
  if (is_settled_success(found.row) && !late.result.provider_ref.empty()) {
    // Now the provider says so too.
    auto row = found.row;
    row.provider_ref = late.result.provider_ref;
    correct_attempt(row, error_code::none);
    return rows_.change(row);
  }
  const bool open =
      found.now_in == place::history && found.row.status == transaction_status::failed &&
      (found.row.error == error_code::outcome_unknown ||
       found.row.error == error_code::undelivered || was_sent_and_cancelled(found.row));
  if (!open) return;
  const auto last = end_of_chain(found.row);
  if (is_processing(last.id)) {
    late.waits_for = last.id;
    return;
  }
  // A chain that a person began, because nobody knew.
  const auto by_hand = live_in_newer_chain(found.row);
  if (is_processing(by_hand)) {
    late.waits_for = by_hand;
    return;
  }
  if (by_hand != 0) {
    const auto& begun = rows_.find(by_hand).row;
    cancel(begun, found.row.id, {begun.error, begun.error_message, ""});
  }
  settle_chain(found.row, late);
}

/// The row, and the end of its own chain, which is not being sent.
void late_outcomes::settle_chain(transaction row, const record& late) {
  const auto last = end_of_chain(row);
  if (is_processing(last.id)) return make_success(std::move(row), late, 0);
  // A person may have settled the whole chain at its end: that was this attempt.
  const bool twice = last.status == transaction_status::success && !is_settled_success(last);
  if (twice) mark_possible_duplicate(last);
  row.possible_duplicate |= twice;
  const auto id = row.id;
  make_success(row, late, twice ? row.superseded_by : 0);
  if (!twice && last.id != id) cancel(last, id, {last.error, last.error_message, ""});
}

transaction late_outcomes::end_of_chain(const transaction& row) {
  auto last = row;
  // Bounded by the providers and max_retries; the number only guards against a broken table.
  for (int steps = 0; last.superseded_by != 0 && steps < 1000; ++steps) {
    const auto& next = rows_.find(last.superseded_by);
    if (next.now_in == place::nowhere) break;
    last = next.row;
  }
  return last;
}

transaction_id late_outcomes::live_in_newer_chain(const transaction& row) {
  sql_values values;
  values.add(row.message).add(row.recipient_no).add(row.chain_no);
  transaction_id id = 0;
  session_.query("SELECT id FROM message_transaction" +
                     session_.dialect().index("live_by_message") +
                     " WHERE message_id = ? AND recipient_no = ? AND chain_no > ?",
                 values, [&](const sql_row& found) { id = found.integer(0); });
  return id;
}

bool late_outcomes::is_processing(transaction_id id) {
  if (id == 0) return false;
  const auto& found = rows_.find(id);
  return found.now_in == place::live && found.row.status == transaction_status::processing;
}

void late_outcomes::make_success(transaction row, const record& late,
                                 transaction_id superseded_by) {
  const auto settled = decode_settlement(row.settlement);
  // A person's word is not the provider's: the attempt stays unknown.
  if (!settled || settled->outcome != settled_as::arrived) correct_attempt(row, error_code::none);
  row.status = transaction_status::success;
  row.error = error_code::none;
  row.error_message.clear();
  row.provider_ref = late.result.provider_ref;
  row.superseded_by = superseded_by;
  row.owner = 0;
  row.updated_at = now_;
  row.completed_at = now_;
  // Its receipt may have been faster than this.
  if (is_undelivered(row) && rows_.find(row.id).now_in == place::live)
    return rows_.change(as_undelivered(std::move(row), {}, now_));
  rows_.archive(row);
}

void late_outcomes::mark_possible_duplicate(transaction row) {
  row = rows_.find(row.id).row;
  row.possible_duplicate = true;
  rows_.change(row);
}

void late_outcomes::cancel(transaction row, transaction_id because, const attempt_result& result) {
  if (row.status == transaction_status::processing && is_call_outcome(result.error))
    end_attempt(row, result, row.updated_at, now_);
  row.status = transaction_status::failed;
  auto reason =
      "transaction " + std::to_string(because) + " of the same delivery was accepted after all";
  if (result.error != error_code::none && result.error != error_code::cancelled) {
    reason += "; this one ended with ";
    reason += to_string(result.error);
    if (!result.error_message.empty()) reason += ": " + result.error_message;
  }
  row.error = error_code::cancelled;
  row.error_message = tidy_text(reason, max_error_message_bytes);
  // The end of a chain of its own has nothing after it.
  row.superseded_by = rows_.find(because).row.chain_no == row.chain_no ? because : 0;
  row.owner = 0;
  row.updated_at = now_;
  row.completed_at = now_;
  rows_.archive(row);
}

late_outcomes::record* late_outcomes::waiting_for(transaction_id id) {
  const auto found = std::ranges::find(records_, id, &record::waits_for);
  return found == records_.end() ? nullptr : &*found;
}

bool late_outcomes::settles_instead(const transaction& row, const attempt_result& result) {
  auto* late = waiting_for(row.id);
  if (!late) return false;
  late->waits_for = 0;
  late->changed = true;
  if (late->transaction == row.id) {
    auto ended = row;
    if (is_call_outcome(result.error)) end_attempt(ended, result, row.updated_at, now_);
    make_success(std::move(ended), *late, 0);
  } else {
    settle_chain(rows_.find(late->transaction).row, *late);
    cancel(row, late->transaction, result);
  }
  // Other attempts of this chain that were accepted too.
  also_accepted(row);
  return true;
}

void late_outcomes::also_accepted(const transaction& row) {
  while (auto* late = waiting_for(row.id)) {
    late->waits_for = 0;
    late->changed = true;
    if (late->transaction == row.id) continue;
    auto earlier = rows_.find(late->transaction).row;
    earlier.possible_duplicate = true;
    mark_possible_duplicate(row);
    if (earlier.status != transaction_status::success)
      make_success(earlier, *late, earlier.superseded_by);
  }
}

void late_outcomes::write() {
  sql_values added, settled;
  for (const auto& late : records_) {
    if (late.id != 0 && late.changed) settled.add(late.id);
    if (late.id != 0) continue;
    added.add(late.transaction).add(reporter_).add(late.status).add(late.result.error);
    added.add(late.result.error_message).add(late.result.provider_ref).add(now_);
    added.add_or_null(late.waits_for);
  }
  if (!added.empty())
    session_.insert_rows(
        "INSERT INTO late_outcome (transaction_id, owner, status, error_code, error_message, "
        "provider_ref,"
        " created_at, waits_for)",
        8, added);
  if (!settled.empty())
    session_.execute_in("UPDATE late_outcome SET waits_for = NULL WHERE id IN ({ids})", {},
                        settled);
}

/// Those whose receipt tells that the provider has them.
std::vector<transaction_id> proven_by_receipt(sql_session& session, const take_over& what) {
  sql_values values;
  values.add(what.from).add(what.only.value_or(0)).add(what.only.value_or(0));
  std::vector<transaction_id> ids;
  session.query("SELECT id FROM message_transaction" + session.dialect().index("live_by_lane") +
                    " WHERE owner = ? AND status = 1 AND receipt IN (1, 3, 4)"
                    " AND (? = 0 OR provider_id = ?)",
                values, [&](const sql_row& row) { ids.push_back(row.integer(0)); });
  return ids;
}

std::int64_t settle_awaited(sql_session& session, const ledger_batch& batch, event_recorder& events,
                            const take_over& what) {
  sql_values values;
  values.add(what.from).add(what.only.value_or(0)).add(what.only.value_or(0));
  std::vector<transaction_id> ids;
  session.query(
      "SELECT t.id FROM late_outcome AS l JOIN message_transaction AS t ON t.id = l.waits_for"
      " WHERE l.waits_for > 0 AND t.owner = ? AND t.status = 1 AND (? = 0 OR t.provider_id = ?)",
      values, [&](const sql_row& row) { ids.push_back(row.integer(0)); });
  const auto proven = proven_by_receipt(session, what);
  if (ids.empty() && proven.empty()) return 0;
  working_set rows(session, events);
  late_outcomes late(session, rows, batch.now, batch.owner);
  auto all = ids;
  all.insert(all.end(), proven.begin(), proven.end());
  rows.load_live(all);
  late.load_waiting(all);
  std::int64_t settled = 0;
  for (auto id : proven) {
    auto row = rows.find(id).row;
    if (row.status != transaction_status::processing) continue;
    end_attempt(row, {}, row.updated_at, batch.now);
    row.status = transaction_status::success;
    row.owner = 0;
    row.updated_at = batch.now;
    row.completed_at = batch.now;
    rows.archive(row);
    late.also_accepted(row);
    ++settled;
  }
  for (auto id : ids) {
    const auto row = rows.find(id).row;
    if (row.status != transaction_status::processing) continue;
    settled += late.settles_instead(row, {error_code::outcome_unknown, "its process ended", ""});
  }
  rows.write();
  late.write();
  return settled;
}

}  // namespace postrider::persistence
