#include "persistence/apply/odb_ledger.hpp"

#include "persistence/apply/batch_run.hpp"
#include "persistence/apply/claims.hpp"
#include "persistence/apply/refusal.hpp"

#include <odb/transaction.hxx>

#include <algorithm>

namespace postrider::persistence {
namespace {

struct fenced_out {};
/// The marker row of this connection names another node, or was deleted.
struct session_ended {};
struct commit_withdrawn {};
struct commit_unanswered {
  database_failure failure;
};

batch_result check_values(const ledger_batch& batch) {
  batch_result results(batch.transitions.size());
  for (std::size_t i = 0; i < results.size(); ++i) {
    results[i].reason = refusal_of(batch.transitions[i]);
    if (!results[i].reason.empty()) results[i].status = transition_status::refused;
  }
  return results;
}

void refuse(transition_result& result, const database_failure& failure) {
  result = {};
  result.status = transition_status::refused;
  result.reason = failure.what();
}

struct new_rows {
  std::size_t operator()(const accept_message& t) const { return t.transactions.size(); }
  std::size_t operator()(const retry_with&) const { return 1; }
  std::size_t operator()(const start_chain&) const { return 1; }
  std::size_t operator()(const settle_unknown& t) const {
    return t.outcome == settled_as::not_sent ? 1 : 0;
  }
  std::size_t operator()(const auto&) const { return 0; }
};

ledger_error fenced(node_id node) {
  return {ledger_errc::fenced,
          "node " + std::to_string(node) +
              " was taken over by another process: its lease ran out while it was paused "
              "or could not reach the database"};
}

}  // namespace

std::string mark_statement(const sql_dialect& dialect, bool of_node) {
  std::string sql = "UPDATE batch_marker" + std::string(dialect.use_primary) +
                    " SET batch = ?, updated_at = ? WHERE session = ?";
  // The shared lock is for take overs by a release before schema version 5, which write the node's
  // row and no marker.
  if (of_node)
    sql += " AND node = ? AND (SELECT alive FROM node WHERE id = ?" +
           std::string(dialect.for_share) + ") = 1";
  return sql;
}

result<batch_result> odb_ledger::apply(const ledger_batch& batch) {
  if (sent_)
    return ledger_error{ledger_errc::unknown_result, "the batch before is not resolved yet"};
  auto prepared = check_values(batch);
  bool read_begins = false;
  for (auto tries = session_.new_work(batch.wait_for_locks);;) {
    try {
      auto& session = session_.get(tries);
      if (batch.owner != 0) session.mark(batch.owner);
      give_ids(batch, prepared);
      return run_and_commit(batch, prepared, read_begins);
    } catch (const batch_run::begins_missed&) {
      read_begins = true;
      continue;
    } catch (const session_ended&) {
      // It was taken over, or forgotten because it is old: the next session finds out which.
      continue;
    } catch (const fenced_out&) {
      return fenced(batch.owner);
    } catch (const commit_withdrawn&) {
      return ledger_error{ledger_errc::withdrawn, "what was to be committed was withdrawn"};
    } catch (const commit_unanswered& unanswered) {
      auto resolved = resolve();
      const bool undone = !resolved && resolved.error().code == ledger_errc::unavailable;
      // The reason why it was not committed says more than that it was not.
      if (undone && unanswered.failure.kind() != failure_kind::connection)
        return unavailable(unanswered.failure);
      return resolved;
    } catch (...) {
      std::optional failure = session_.failure_of(std::current_exception());
      if (failure->kind() == failure_kind::data) failure = refuse_guilty(batch, prepared, *failure);
      // Bounded by the number of transitions: each time one more of them is refused.
      if (!failure) continue;
      if (failure->kind() == failure_kind::transient) stop_dead_nodes(batch);
      if (!tries.allow_another(failure->kind())) return unavailable(*failure);
    }
    pause_before_retry();
  }
}

void odb_ledger::stop_dead_nodes(const ledger_batch& batch) {
  const auto is_whole = [](const transition& t) {
    const auto* what = std::get_if<take_over>(&t);
    return what && !what->only;
  };
  if (std::ranges::none_of(batch.transitions, is_whole)) return;
  try {
    auto& session = session_.get();
    // On one server the locks of the next try hold them back.
    if (!session.claims_optimistically()) return;
    auto transaction = session.begin(sql_session::access::write);
    mark_batch(session, batch);
    for (const auto& one : batch.transitions)
      if (is_whole(one)) mark_dead(session, std::get<take_over>(one));
    session.commit(*transaction);
  } catch (const session_ended&) {
    // The next try finds out why.
  } catch (...) {
    // The next try meets it too.
    [[maybe_unused]] const auto met = session_.failure_of(std::current_exception());
  }
}

void odb_ledger::give_ids(const ledger_batch& batch, batch_result& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto count = std::visit(new_rows{}, batch.transitions[i]);
    if (results[i].status == transition_status::refused || results[i].ids.size() == count) continue;
    results[i].ids = session_.context().ids.take(session_.get(), count, batch.now);
  }
}

batch_result odb_ledger::run_and_commit(const ledger_batch& batch, batch_result results,
                                        bool read_begins) {
  session_.context().fault("before_batch");
  auto& session = session_.get();
  if (marker_ == 0 || marked_for_ != batch.owner) begin_session(session, batch);
  auto transaction = session.begin(sql_session::access::write);
  mark_batch(session, batch);
  batch_run run(session_.context().events, session, batch, results, events_of_batch());
  read_begins ? run.apply() : run.apply_unread();
  session_.context().connector->check_storage();
  if (batch.may_commit && !batch.may_commit()) throw commit_withdrawn();
  sent_ = sent_batch{batch_number_, std::move(results)};
  return commit(session, *transaction);
}

batch_result odb_ledger::commit(sql_session& session, odb::transaction& transaction) {
  try {
    session_.context().fault("before_commit");
    session.commit(transaction);
    session_.context().fault("after_commit");
    // A commit into a file that has lost its name is gone at the next start.
    session_.context().connector->check_storage();
  } catch (...) {
    const auto failure = session_.failure_of(std::current_exception());
    if (failure.kind() == failure_kind::transient) {
      // A deadlock or a lost certification at COMMIT: surely rolled back. Of one that waited too
      // long for a lock or its sync this is not known.
      sent_.reset();
      throw failure;
    }
    // SQLITE_IOERR_FSYNC; no error of MySQL has this number.
    constexpr int sqlite_ioerr_fsync = 1034;
    sent_->sync_failed = failure.code() == sqlite_ioerr_fsync;
    throw commit_unanswered{failure};
  }
  auto results = std::move(sent_->results);
  sent_.reset();
  return results;
}

result<void> odb_ledger::rehearse(const ledger_batch& batch) {
  auto prepared = check_values(batch);
  try {
    session_.context().connector->check_room();
    session_.get(session_.new_work());
    give_ids(batch, prepared);
    first_ones_pass(batch, std::move(prepared), batch.transitions.size());
    return {};
  } catch (...) {
    return unavailable(session_.failure_of(std::current_exception()));
  }
}

result<batch_result> odb_ledger::resolve() {
  if (!sent_) return ledger_error{ledger_errc::unavailable, "there is no batch to resolve"};
  try {
    session_.drop();
    session_.context().fault("before_resolve");
    auto& session = session_.get();
    auto transaction = session.begin(sql_session::access::write);
    const bool committed = last_marked(session) == sent_->number;
    // A commit whose sync failed is whole in SQLite's log, and a crash would find it there. This
    // one takes its place: sqlite3WalFrames() writes behind the last frame that the index knows.
    if (!committed && sent_->sync_failed) write_marker(session, session.now(), 0);
    session.commit(*transaction);
    auto results = std::move(sent_->results);
    sent_.reset();
    if (committed) return results;
    return ledger_error{ledger_errc::unavailable,
                        "the connection broke before the commit: nothing was changed"};
  } catch (...) {
    const auto met = unavailable(session_.failure_of(std::current_exception()));
    return ledger_error{ledger_errc::unknown_result,
                        "a commit was not answered, and it cannot be asked for yet: " + met.message,
                        met.code};
  }
}

void odb_ledger::begin_session(sql_session& session, const ledger_batch& batch) {
  marker_ = 0;
  auto transaction = session.begin(sql_session::access::write);
  if (batch.owner != 0) {
    sql_values node;
    node.add(batch.owner);
    if (session.execute("UPDATE node SET sessions = sessions + 1 WHERE id = ? AND alive = 1",
                        node) == 0)
      throw fenced_out();
  }
  // From here on the counter's row is locked: sessions begin one after the other.
  const auto marker = take_from_counter(session, "session", 1);
  sql_values before, values;
  before.add(marker - 1);
  session.query("SELECT began FROM batch_marker WHERE session = ?", before,
                [&](const sql_row& row) {
                  if (!row.null(0)) session_.context().events.observe(row.time(0));
                });
  values.add(marker).add(batch_number_).add(batch.now).add_or_null(batch.owner);
  values.add(session_.context().events.next(batch.now));
  session.insert_rows("INSERT INTO batch_marker (session, batch, updated_at, node, began)", 5,
                      values);
  session.commit(*transaction);
  marker_ = marker;
  marked_for_ = batch.owner;
}

event_recorder::target odb_ledger::events_of_batch() {
  return {marker_, batch_number_, session_.context().settings.record_events};
}

void odb_ledger::mark_batch(sql_session& session, const ledger_batch& batch) {
  if (write_marker(session, batch.now, batch.owner)) return;
  marker_ = 0;
  throw session_ended();
}

bool odb_ledger::write_marker(sql_session& session, time_point now, node_id owner) {
  sql_values values;
  values.add(++batch_number_).add(now).add(marker_);
  // Before a node is registered only providers and lists are written, which nobody owns.
  if (owner != 0) values.add(owner).add(owner);
  return session.execute(mark_statement(session.dialect(), owner != 0), values) == 1;
}

std::int64_t odb_ledger::last_marked(sql_session& session) {
  sql_values values;
  values.add(marker_);
  std::int64_t number = 0;
  // The old connection may still be committing: its lock on the marker lets this wait for the end
  // of it.
  session.query("SELECT batch FROM batch_marker WHERE session = ?" +
                    std::string(session.dialect().for_update),
                values, [&](const sql_row& row) { number = row.integer(0); });
  return number;
}

std::optional<database_failure> odb_ledger::refuse_guilty(const ledger_batch& batch,
                                                          batch_result& prepared,
                                                          const database_failure& because) {
  try {
    refuse(prepared[find_guilty(batch, prepared)], because);
    return std::nullopt;
  } catch (...) {
    return session_.failure_of(std::current_exception());
  }
}

std::size_t odb_ledger::find_guilty(const ledger_batch& batch, const batch_result& results) {
  std::size_t pass = 0, fail = batch.transitions.size();
  while (fail - pass > 1) {
    const auto middle = pass + (fail - pass) / 2;
    (first_ones_pass(batch, results, middle) ? pass : fail) = middle;
  }
  return fail - 1;
}

bool odb_ledger::first_ones_pass(const ledger_batch& batch, batch_result results,
                                 std::size_t count) {
  for (std::size_t i = count; i < results.size(); ++i)
    results[i].status = transition_status::refused;
  auto& session = session_.get();
  // Never committed.
  const auto transaction = session.begin(sql_session::access::write);
  try {
    batch_run(session_.context().events, session, batch, results, events_of_batch()).apply();
    return true;
  } catch (...) {
    const auto failure = session_.failure_of(std::current_exception());
    if (failure.kind() != failure_kind::data) throw failure;
    return false;
  }
}

result<void> odb_ledger::leave(node_id node, time_point now, time_point unknown_due_at) {
  ledger_batch batch;
  batch.owner = node;
  batch.now = now;
  batch.transitions.push_back(take_over{node, std::nullopt, unknown_due_at});
  auto applied = apply(batch);
  if (!applied) return applied.error();
  return {};
}

}  // namespace postrider::persistence
