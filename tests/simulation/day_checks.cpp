#include "tests/simulation/simulation.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace postrider::tests {

using namespace std::chrono_literals;
using persistence::error_code;
using persistence::transaction_status;

namespace {

/// With the second try after a lost answer.
constexpr std::chrono::seconds longest_commit{3};

/// Everything is verified as often as that, and the changes each time.
constexpr std::uint64_t full_verification_every = 100;

}  // namespace

void simulation::say(const std::string& text) {
  peers_->note(text);
  if (options_.trace)
    fmt::print("{:>14.3f} s  {}\n",
               std::chrono::duration<double>(clock_.steady.time_since_epoch()).count(), text);
}

void simulation::violation(std::string text) {
  say("VIOLATION: " + text);
  report_.violations.push_back(std::move(text));
}

// ---- after every commit -------------------------------------------------------------------------

namespace {

/// The attempt's end that a transition stores, with its transaction.
std::pair<persistence::transaction_id, const persistence::attempt_result*> attempt_in(
    const persistence::transition& what) {
  constexpr auto sent = transaction_status::processing;
  if (const auto* t = std::get_if<persistence::finish>(&what); t && t->expected == sent)
    return {t->id, &t->result};
  if (const auto* t = std::get_if<persistence::fail_for_now>(&what)) return {t->id, &t->result};
  if (const auto* t = std::get_if<persistence::retry_with>(&what); t && t->expected == sent)
    return {t->id, &t->result};
  if (const auto* t = std::get_if<persistence::wait_again>(&what); t && t->expected == sent)
    return {t->id, &t->result};
  return {0, nullptr};
}

}  // namespace

/// On days on which nobody changes lists or providers a chain has usable ones until they reject it.
void simulation::check_patience(const audited_row& row, const persistence::transition& what) {
  const auto patience = settings_.messaging.give_up_after;
  if (kind_ == day_kind::busy || jumped_at_) return;
  const bool over = clock_.wall() >= row.first_due + patience;
  const bool not_sent = row.error == error_code::unavailable ||
                        row.error == error_code::misconfigured ||
                        row.error == error_code::throttled;
  const bool ended = !row.live && row.superseded_by == 0 && not_sent;
  if (ended && !over && !row.expires_at)
    violation("it was given up before its time:" + text_of(row));
  if (ended && kind_ == day_kind::slow)
    violation("it was given up though its providers work:" + text_of(row));
  counts_.out_of_patience += ended && std::holds_alternative<persistence::finish>(what);
  // After a start each circuit is closed, and each provider has its turn once more.
  const bool too_long = clock_.wall() >= row.first_due + patience + 3h;
  if (std::holds_alternative<persistence::wait_again>(what) && too_long &&
      peers_->all_down_for(3h) && ++overdue_waits_[row.id] > 12)
    violation("it waits though its patience is over and nobody takes it:" + text_of(row));
}

void simulation::note_attempt(const persistence::transition& what,
                              const persistence::transition_result& result) {
  if (result.status != persistence::transition_status::applied) return;
  const auto [id, ended] = attempt_in(what);
  if (ended)
    if (const auto row = audit_->find(id)) {
      peers_->rules.on_recorded(*row, *ended);
      check_patience(*row, what);
    }
  if (const auto* given_up = std::get_if<persistence::give_up_waiting>(&what)) {
    ++counts_.out_of_patience;
    if (const auto row = audit_->find(given_up->id)) check_patience(*row, what);
  }
  if (const auto* waits = std::get_if<persistence::wait_again>(&what)) {
    peers_->rules.on_waits(*waits);
    peers_->on_pending_again(waits->id);
  }
  if (const auto* released = std::get_if<persistence::release>(&what))
    peers_->on_pending_again(released->id);
}

/// Transitions of the ledger must show in the end, whether or not they took effect at once.
void simulation::on_commit(const persistence::ledger_batch& batch,
                           const persistence::batch_result& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& result = results[i];
    note_attempt(batch.transitions[i], result);
    if (const auto* end = std::get_if<persistence::finish>(&batch.transitions[i])) {
      if (end->status == transaction_status::success && end->result.error == error_code::none)
        reported_accepted_.insert(end->id);
    } else if (const auto* failed = std::get_if<persistence::fail_for_now>(&batch.transitions[i])) {
      if (result.status == persistence::transition_status::applied)
        peers_->rules.on_failed(failed->id, failed->next_retry_at);
    } else if (const auto* hastened =
                   std::get_if<persistence::hasten_retry>(&batch.transitions[i])) {
      peers_->rules.on_hastened(hastened->id);
    } else if (std::holds_alternative<persistence::put_providers>(batch.transitions[i]) ||
               std::holds_alternative<persistence::set_provider_enabled>(batch.transitions[i])) {
      peers_->rules.on_providers_changed();
    } else if (const auto* said = std::get_if<persistence::record_receipt>(&batch.transitions[i])) {
      if (result.status != persistence::transition_status::applied) continue;
      ++counts_.receipts_stored;
      auto& best = stored_receipts_[result.ids.front()];
      best = std::max(best, said->kind);
    }
  }
}

void simulation::verify() {
  peers_->latest_wall = std::max(peers_->latest_wall, clock_.wall());
  const auto committed = commits();
  if (committed == verified_commits_) return;
  verified_commits_ = committed;
  for (auto& found : audit_->verify_changes())
    violation(std::move(found));
  check_deleted();
  read_feed();
  if (++counts_.verifications % full_verification_every != 0) return;
  ++counts_.full_verifications;
  for (auto& found : audit_->verify_all())
    violation(std::move(found));
}

/// Now and then, a few events or many, as clients do.
void simulation::read_feed() {
  if (verified_commits_ % 5 != 0) return;
  const auto limit = static_cast<std::int32_t>(1 + verified_commits_ % 17);
  for (auto& found : feed_->read(clock_.wall(), limit))
    violation(std::move(found));
}

/// Retention deletes what has ended, and not before its time.
void simulation::check_deleted() {
  if (settings_.history.keep.count() == 0) return;
  auto wall = clock_.wall();
  if (jumped_at_ && clock_.steady - *jumped_at_ <= longest_commit)
    wall = std::max(wall, wall_before_jump_);
  for (const auto& row : audit_->deleted_since()) {
    const bool old = row.completed_at && *row.completed_at <= wall - settings_.history.keep;
    if (row.live || !old) violation("deleted too early: " + to_string(row.message) + text_of(row));
  }
}

/// While nothing is wrong with the database and the clock of the one process.
void simulation::check_idle() {
  const bool jumped = jumped_at_ && clock_.steady - *jumped_at_ < polls.lanes;
  if (two_nodes_ || jumped || processes_.empty() || !processes_.front()) return idle_->forget();
  const auto& faults = processes_.front()->faults();
  if (faults.away || faults.locked) return idle_->forget();
  for (const auto& row : idle_->look(*processes_.front()))
    violation("it is due, and the provider that could take it has nothing to do" + row);
}

// ---- at the end ---------------------------------------------------------------------------------

bool simulation::all_ended() {
  return audit_->waiting() == 0 && std::ranges::all_of(processes_, [](const auto& process) {
           return process->calls_in_flight() == 0;
         });
}

void simulation::check_end() {
  if (!all_ended())
    violation("something is still under way long after the faults ended:" +
              text_of(audit_->live_rows()));
  for (auto& found : audit_->verify_all())
    violation(std::move(found));
  for (auto& found : feed_->read_all(clock_.wall()))
    violation(std::move(found));
  counts_.events_told = feed_->events();
  for (const auto& id : accepted_) {
    for (auto& found : feed_->check(id))
      violation(std::move(found));
    const auto rows = audit_->rows_of(id);
    if (rows.empty()) violation("an accepted message was lost: " + to_string(id));
    counts_.pruned += audit_->was_deleted(id);
    std::map<std::int32_t, std::vector<audited_row>> recipients;
    for (const auto& row : rows)
      recipients[row.recipient_no].push_back(row);
    for (const auto& [no, of_one] : recipients)
      check_recipient(to_string(id) + "/" + std::to_string(no), of_one);
  }
  check_reports();
}

/// Delivered means that a provider has it; failed means that none has it, or that nobody can know.
void simulation::check_recipient(const std::string& reference,
                                 const std::vector<audited_row>& rows) {
  const auto accepted = [](const auto& row) { return row.status == transaction_status::success; };
  const bool success = std::ranges::any_of(rows, accepted);
  const auto& last = *std::ranges::max_element(
      rows, {}, [](const auto& row) { return std::tuple(row.chain_no, row.superseded_by == 0); });
  ++(success ? counts_.delivered : counts_.failed);
  counts_.expired += !success && last.error == error_code::expired;
  const auto& record = peers_->deliveries[reference];
  const bool unknown = std::ranges::any_of(rows, [&](const auto& row) {
    return row.chain_no == last.chain_no && row.error == error_code::outcome_unknown;
  });
  if (unknown && !success && !may_have_arrived(last.error))
    violation("an unknown outcome is told as another one: " + reference + text_of(rows));
  if (success && record.copies.empty())
    violation("recorded as delivered, but no provider has it: " + reference + text_of(rows));
  if (record.cancelled && !success && last.error != error_code::cancelled)
    violation("it was cancelled, and something came after it: " + reference + text_of(rows));
  check_copies(reference, rows, success);
}

void simulation::check_copies(const std::string& reference, const std::vector<audited_row>& rows,
                              bool success) {
  for (const auto& copy : peers_->deliveries[reference].copies) {
    const auto row = std::ranges::find(rows, copy.id, &audited_row::id);
    if (row == rows.end()) {
      violation("what a provider has is not recorded: " + reference + text_of(rows));
      continue;
    }
    // Its chain was settled by another attempt, of which the provider may have said more since; or
    // its delivery by an attempt of the chain that a person thought had failed.
    const auto other = std::ranges::find(rows, row->superseded_by, &audited_row::id);
    const bool settled_before = std::ranges::any_of(rows, [&](const auto& one) {
      return one.status == transaction_status::success && one.chain_no < row->chain_no;
    });
    const bool settled_by_another =
        row->error == error_code::cancelled &&
        (other == rows.end() ? settled_before : success || other->error == error_code::undelivered);
    if (row->status != transaction_status::success && !may_have_arrived(row->error) &&
        !settled_by_another)
      violation(fmt::format("a provider has {}, but it is recorded as failed: {}{}", copy.id,
                            reference, text_of(rows)));
  }
}

void simulation::check_reports() {
  for (const auto id : reported_accepted_) {
    const auto row = audit_->find(id);
    // When an earlier copy arrived after all, what did not arrive is cancelled in its favour; where
    // nobody knows of an earlier one, the whole is unknown.
    const bool returned =
        row && (row->error == error_code::undelivered ||
                (row->receipt == persistence::receipt::undelivered &&
                 (row->superseded_by != 0 || row->error == error_code::outcome_unknown)));
    if (row && row->status != transaction_status::success && !returned)
      violation("reported as accepted, but not recorded so: " + text_of(*row));
  }
  for (const auto& [id, kind] : stored_receipts_) {
    const auto row = audit_->find(id);
    if (row && row->receipt < kind) violation("a stored receipt was lost: " + text_of(*row));
  }
}

/// So that two runs are the same only when their ledgers are.
void simulation::note_rows() {
  for (const auto& id : accepted_)
    peers_->note(to_string(id) + text_of(audit_->rows_of(id)));
  peers_->note(summary_of(counts_));
}

}  // namespace postrider::tests
