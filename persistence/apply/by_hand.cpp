#include "base/mutant.hpp"
#include "persistence/apply/batch_run.hpp"
#include "persistence/apply/expiry.hpp"
#include "persistence/apply/retention.hpp"
#include "persistence/attempts.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

// Transitions by hand: a message is cancelled, a failure is tried again, an unknown outcome is
// settled.
namespace postrider::persistence {
namespace {

using place = working_set::place;

/// The order of the rows of one recipient; the last one has the current state.
auto age_of(const working_set::entry& e) {
  return std::tuple(e.row.chain_no, e.now_in == place::live, e.row.superseded_by == 0,
                    e.row.retry_count);
}

std::map<std::int32_t, working_set::entry> newest_of_each(
    const std::vector<working_set::entry>& rows) {
  std::map<std::int32_t, working_set::entry> newest;
  for (const auto& e : rows) {
    const auto [known, is_new] = newest.emplace(e.row.recipient_no, e);
    if (!is_new && age_of(known->second) < age_of(e)) known->second = e;
  }
  return newest;
}

bool is_test_message(sql_session& session, const message_id& message) {
  sql_values values;
  values.add(message);
  bool test = false;
  session.query("SELECT is_test FROM message WHERE id = ?", values,
                [&](const sql_row& row) { test = row.integer(0) != 0; });
  return test;
}

/// True when the caller may know of the message.
bool is_within(sql_session& session, const cancel_message& t, const transaction& row) {
  const bool of_users = t.users.empty() || std::ranges::find(t.users, row.user) != t.users.end();
  return of_users && (!t.test_only || is_test_message(session, t.message));
}

/// False when the provider had named no time.
bool lift_named_time(transaction& row, provider_id provider) {
  const auto tried = std::ranges::find(row.attempts, provider, &attempt::provider);
  if (provider == 0 || tried == row.attempts.end()) return false;
  return std::exchange(tried->not_before, time_point{}) != time_point{};
}

}  // namespace

void batch_run::add_cancelled(std::vector<transaction_id>& ids) {
  sql_values messages;
  for (const auto& each : batch_.transitions)
    if (const auto* t = std::get_if<cancel_message>(&each)) messages.add(t->message);
  if (messages.empty()) return;
  session_.query_in("SELECT id FROM message_transaction WHERE message_id IN ({ids})", {}, messages,
                    [&](const sql_row& row) { ids.push_back(row.integer(0)); });
}

std::vector<working_set::entry> batch_run::rows_of(const message_id& message) {
  sql_values values;
  values.add(message);
  std::vector<transaction_id> live;
  session_.query("SELECT id FROM message_transaction WHERE message_id = ?", values,
                 [&](const sql_row& row) { live.push_back(row.integer(0)); });
  rows_.load_live(live);
  std::vector<transaction> past;
  session_.query("SELECT " + transaction_column_list() +
                     " FROM message_transaction_history WHERE message_id = ?",
                 values, [&](const sql_row& row) { past.push_back(read_transaction(row)); });
  std::vector<working_set::entry> found;
  for (auto& row : past) {
    // A row that another writer replaced while its lock was waited for: its successor came too late
    // for the first question.
    if (row.superseded_by != 0) rows_.find(row.superseded_by);
    if (rows_.find_loaded(row.id).now_in == place::nowhere)
      found.push_back({std::move(row), place::history});
  }
  std::ranges::move(rows_.of_message(message), std::back_inserter(found));
  return found;
}

void batch_run::on(const cancel_message& t, transition_result& r) {
  const auto newest = newest_of_each(rows_of(t.message));
  if (newest.empty() || !is_within(session_, t, newest.begin()->second.row)) {
    r.status = transition_status::conflict;
    return;
  }
  for (const auto& [recipient, e] : newest) {
    auto row = e.row;
    if (e.now_in == place::live && can_be_ended(row)) {
      row = as_ended(std::move(row), error_code::cancelled, batch_.now);
      if (!mutant(mutation::cancelled_but_kept)) rows_.archive(row);
      r.count += row.error == error_code::cancelled;
    }
    r.rows.push_back({std::move(row), nullptr});
  }
}

void batch_run::on(const hasten_retry& t, transition_result& r) {
  const auto& found = rows_.find_loaded(t.id);
  const bool waits = found.now_in == place::live && found.row.owner == 0 &&
                     (found.row.status == transaction_status::failed || waits_for_round(found.row));
  if (!waits) {
    r.status = transition_status::conflict;
    return;
  }
  auto row = found.row;
  const bool lifted = lift_named_time(row, t.lifted);
  if (row.due_at <= batch_.now && row.round_due <= batch_.now && !lifted) return;
  row.updated_at = batch_.now;
  row.round_due = std::min(row.round_due, batch_.now);
  // A row that is due already keeps its place in the lane.
  if (row.due_at > batch_.now) {
    row.due_at = batch_.now;
    if (row.status == transaction_status::pending)
      if (const auto* tried = find_attempt(row.attempts, row.provider))
        row.due_at = std::max(row.due_at, tried->not_before);
  }
  rows_.change(row);
}

/// Before anything else is read about them: from then on nobody starts another chain after them.
void batch_run::lock_ended() {
  std::vector<transaction_id> ids;
  for (const auto& each : batch_.transitions)
    if (const auto* t = std::get_if<start_chain>(&each)) ids.push_back(t->after);
    else if (const auto* s = std::get_if<settle_unknown>(&each)) ids.push_back(s->id);
  std::ranges::sort(ids);
  for (auto id : ids)
    rows_.find(id);
}

/// A message's rows are read once, however many of its recipients are tried again.
bool batch_run::ends_newest_chain(const transaction& row) {
  const auto [known, is_new] = chains_.try_emplace(row.message);
  if (is_new) {
    const auto rows = rows_of(row.message);
    for (const auto& [recipient, e] : newest_of_each(rows))
      known->second[recipient] = {e.row.chain_no, e.now_in == place::live};
    // An older one may have been said to be delivered after the newer one began.
    for (const auto& e : rows)
      known->second[e.row.recipient_no].delivered |= e.row.status == transaction_status::success;
  }
  const auto& newest = known->second.at(row.recipient_no);
  return !newest.live && !newest.delivered && newest.no == row.chain_no;
}

void batch_run::on(const settle_unknown& t, transition_result& r) {
  const auto& found = rows_.find_loaded(t.id);
  auto row = found.row;
  const bool ended = found.now_in == place::history && row.superseded_by == 0;
  const auto before = decode_settlement(row.settlement);
  if (ended && before && before->outcome == t.outcome) {
    r.ids.clear();
    r.rows.push_back({row, nullptr});
    return;
  }
  const bool arrived = t.outcome == settled_as::arrived;
  const bool again = t.outcome == settled_as::not_sent;
  const bool fits = ended && row.status == transaction_status::failed &&
                    row.error == error_code::outcome_unknown &&
                    (arrived || ends_newest_chain(row)) &&
                    !(again && body_removed(session_, row.message));
  if (!fits) {
    r.status = transition_status::conflict;
    r.ids.clear();
    return;
  }
  row.settlement = encode_settlement({t.outcome, batch_.now, t.by});
  row.updated_at = batch_.now;
  rows_.change(row);
  if (again) begin_chain(row, t.first, r.ids.front());
  if (arrived) {
    // A newer chain is not what it was.
    chains_.erase(row.message);
    late_.keep(t.id, transaction_status::success, {error_code::none, {}, row.provider_ref});
  }
  r.rows.push_back({rows_.find_loaded(t.id).row, nullptr});
}

void batch_run::on(const start_chain& t, transition_result& r) {
  const auto& ended = rows_.find_loaded(t.after);
  const auto last = ended.row;
  const bool ends = ended.now_in == place::history && is_final_failure(last) &&
                    last.error != error_code::cancelled && (t.given_up_too || !given_up_at(last)) &&
                    ends_newest_chain(last) && !body_removed(session_, last.message);
  if (!ends) {
    r.status = transition_status::conflict;
    r.ids.clear();
    return;
  }
  begin_chain(last, t.first, r.ids.front());
}

void batch_run::begin_chain(const transaction& last, transaction first, transaction_id id) {
  chains_[last.message][last.recipient_no] = {last.chain_no + 1, true, false};
  if (last.fallback_on_undelivered) {
    // Should it turn out to be accepted, a receipt must not bring it back beside the new chain.
    auto settled = last;
    settled.fallback_on_undelivered = false;
    rows_.change(settled);
  }
  identify(first, last, last.chain_no + 1, id);
  first.retry_count = first.retries_used = first.round = 0;
  first.attempts.clear();
  first.round_due = {};
  first.first_due = first.due_at;
  first.possible_duplicate = last.possible_duplicate || last.error == error_code::outcome_unknown;
  first.owner = 0;
  rows_.add(std::move(first));
}

}  // namespace postrider::persistence
