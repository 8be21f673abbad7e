#include "persistence/sql/ledger_context.hpp"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>

namespace postrider::persistence {

void throw_exception_from_error(const ledger_error& error, const boost::source_location&) {
  throw std::runtime_error(error.message);
}

void ledger_context::fault(std::string_view point) const {
  if (!settings.fault) return;
  try {
    settings.fault(point);
  } catch (const std::exception& e) {
    throw database_failure(failure_kind::connection, 0, std::string(point) + ": " + e.what());
  }
}

std::chrono::milliseconds tries::left() const {
  return time_for_locks_ - std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::steady_clock::now() - began_);
}

std::chrono::milliseconds tries::time_for_locks() const {
  return first_ ? time_for_locks_ : std::max(left(), shortest_wait);
}

bool tries::allow_another(failure_kind failed) {
  first_ = false;
  switch (failed) {
    case failure_kind::transient: return ++transient_ < max_tries;
    case failure_kind::locked: return left() > shortest_wait;
    // One that was idle too long is closed by the server. One that gave no answer for so long will
    // give none to the next connection either.
    case failure_kind::connection:
      return !std::exchange(reconnected_, true) && left() > shortest_wait;
    case failure_kind::data:
    case failure_kind::unavailable:
    case failure_kind::full:
    case failure_kind::storage: break;
  }
  return false;
}

sql_session& reconnecting_session::get(const tries& work) {
  auto& session = get();
  if (patience_ != patience::as_set) return session;
  if (!work.locks_only()) {
    session.wait_at_most(work.time_for_locks());
  } else {
    session.wait_at_most(context_->settings.statement_timeout);
    session.wait_for_locks_at_most(work.time_for_locks());
  }
  return session;
}

sql_session& reconnecting_session::get() {
  if (!session_) {
    context_->fault("before_connect");
    session_ = context_->connector->connect(patience_);
    end_lost();
  }
  return *session_;
}

/// Once: a server that does not let it happen frees the locks of the lost one in its own time.
void reconnecting_session::end_lost() {
  const auto lost = std::exchange(lost_, std::nullopt);
  if (!lost) return;
  try {
    session_->end(*lost);
  } catch (...) {
    const auto failure = session_->failure_of(std::current_exception());
    if (failure.kind() == failure_kind::connection) throw;
  }
}

void reconnecting_session::drop() {
  if (session_)
    if (const auto mark = session_->marked()) lost_ = mark;
  session_.reset();
}

database_failure reconnecting_session::failure_of(std::exception_ptr error) {
  const auto failure = [&]() -> database_failure {
    if (session_) return session_->failure_of(error);
    try {
      std::rethrow_exception(error);
    } catch (const database_failure& f) {
      return f;
    } catch (const std::exception& e) {
      return {failure_kind::connection, 0, e.what()};
    }
  }();
  switch (failure.kind()) {
    case failure_kind::connection:
    case failure_kind::unavailable:
    case failure_kind::full:
    case failure_kind::storage: drop(); break;
    case failure_kind::locked: return with_holders(failure);
    case failure_kind::transient:
    case failure_kind::data: break;
  }
  return failure;
}

database_failure reconnecting_session::with_holders(const database_failure& failure) {
  if (!session_) return failure;
  try {
    return {failure.kind(), failure.code(), failure.what(), session_->lock_holders()};
  } catch (const database_failure&) {
    return failure;
  }
}

ledger_error unavailable(const database_failure& failure) {
  std::string message = failure.what();
  if (failure.code() != 0) message += " (code " + std::to_string(failure.code()) + ")";
  if (failure.kind() == failure_kind::locked)
    message += ": another session holds a lock on the database";
  if (!failure.advice().empty()) message += ": " + failure.advice();
  switch (failure.kind()) {
    case failure_kind::full: return {ledger_errc::full, message};
    case failure_kind::storage:
    case failure_kind::unavailable: return {ledger_errc::no_writes, message};
    case failure_kind::locked: return {ledger_errc::locked, message};
    case failure_kind::connection:
      if (failure.advice().empty())
        message += ": check that the database runs, database.url and the password";
      break;
    case failure_kind::transient:
    case failure_kind::data: break;
  }
  return {ledger_errc::unavailable, message};
}

void pause_before_retry() {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::this_thread::sleep_for(
      std::chrono::milliseconds(std::uniform_int_distribution(5, 50)(random)));
}

}  // namespace postrider::persistence
