#include "actors/ledger/ledger_writer.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using persistence::ledger_errc;
using persistence::ledger_error;

constexpr milliseconds first_backoff{100};
constexpr milliseconds longest_backoff{500};

database_state state_of(ledger_errc code) {
  switch (code) {
    case ledger_errc::locked: return database_state::locked;
    case ledger_errc::full: return database_state::full;
    case ledger_errc::no_writes: return database_state::failing;
    default: return database_state::unreachable;
  }
}

const char* sentence_of(database_state trouble) {
  switch (trouble) {
    case database_state::locked: return "the database is locked";
    case database_state::full: return "the database has no room left";
    case database_state::failing: return "the database takes no changes";
    case database_state::usable:
    case database_state::unreachable: break;
  }
  return "the database cannot be used";
}

const char* database_word(const std::optional<ledger_error>& away) {
  if (!away) return "reached";
  switch (away->code) {
    case ledger_errc::locked: return "locked";
    case ledger_errc::full: return "full";
    case ledger_errc::no_writes: return "failing";
    default: return "away";
  }
}

/// A batch that fails so may be the only one that does: smaller ones may still pass.
bool depends_on_batch(ledger_errc code) {
  return code == ledger_errc::locked || code == ledger_errc::full;
}

ledger_error was_withdrawn() {
  return {ledger_errc::withdrawn, "the caller did not wait any longer"};
}

/// A request that accepts a message, and nothing else.
std::optional<persistence::priority> priority_of_accept(const write_request& request) {
  if (request.keep_trying || request.transitions.size() != 1) return std::nullopt;
  const auto* accept = std::get_if<persistence::accept_message>(&request.transitions.front());
  if (!accept || accept->transactions.empty()) return std::nullopt;
  return accept->transactions.front().priority;
}

/// Senders begin deliveries in requests of their own.
std::size_t begins_in(const write_request& request) {
  const auto& all = request.transitions;
  const bool any = !all.empty() && std::holds_alternative<persistence::begin_delivery>(all.front());
  return any ? all.size() : 0;
}

/// Rows that the senders made theirs are marked with a placeholder; the node's id is known here
/// only.
void stamp_owner(persistence::transition& transition, persistence::node_id node) {
  if (auto* accept = std::get_if<persistence::accept_message>(&transition)) {
    for (auto& row : accept->transactions)
      if (row.owner != 0) row.owner = node;
  } else if (auto* retry = std::get_if<persistence::retry_with>(&transition)) {
    if (retry->successor.owner != 0) retry->successor.owner = node;
  } else if (auto* reroute = std::get_if<persistence::reroute>(&transition)) {
    if (reroute->owner != 0) reroute->owner = node;
  }
}

}  // namespace

ledger_writer_actor::behavior_type ledger_writer_state::make_behavior(environment_ptr environment,
                                                                      supervisor_actor supervisor) {
  environment_ = std::move(environment);
  supervisor_ = std::move(supervisor);
  id_ = self_->id();
  ledger_ = environment_->database->open_ledger();
  // Only a database of one process has files that can be looked at.
  if (environment_->database->exclusive())
    self_->delayed_send(self_, environment_->polls.storage, tick_atom_v);
  return {
      [this](write_request& request) { return on_write(request); },
      [this](register_atom, std::chrono::nanoseconds lease) {
        return on_register(std::chrono::duration_cast<milliseconds>(lease));
      },
      [this](adopt_atom, persistence::node_id node) {
        node_ = node;
        if (!away_) report_usable();
      },
      [this](renew_atom, std::chrono::nanoseconds lease) {
        return on_renew(std::chrono::duration_cast<milliseconds>(lease));
      },
      [this](leave_atom) { return on_leave(); },
      [this](flush_atom) { on_flush(); },
      [this](reconnect_atom) { on_reconnect(); },
      [this](tick_atom) { on_look(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

ledger_writer_state::~ledger_writer_state() {
  if (environment_) environment_->health->forget(id_);
}

caf::result<reply<write_results>> ledger_writer_state::on_write(write_request& request) {
  auto promise = self_->make_response_promise<reply<write_results>>();
  if (fenced_) {
    // Rows that were taken over are no longer ours to change; the pipeline starts again.
    promise.deliver(
        reply<write_results>{ledger_error{ledger_errc::fenced, "this node was taken over"}, {}});
    return promise;
  }
  if (away_ && !request.keep_trying) {
    promise.deliver(reply<write_results>{away_, {}});
    return promise;
  }
  const auto size = request.transitions.size();
  const auto accepts = priority_of_accept(request);
  const auto begins = begins_in(request);
  queue_.add({std::move(request), promise, size, begins, accepts});
  if (!away_) schedule_flush();
  return promise;
}

/// The flush goes to the end of the mailbox: what arrived meanwhile is in front of it, and so in
/// the batch.
void ledger_writer_state::schedule_flush() {
  if (std::exchange(flush_scheduled_, true)) return;
  self_->send(self_, flush_atom_v);
}

void ledger_writer_state::on_flush() {
  flush_scheduled_ = false;
  if (away_ || fenced_ || queue_.empty()) return;
  apply_next();
  if (!queue_.empty() && !away_ && !fenced_) schedule_flush();
}

void ledger_writer_state::collect() {
  batch_.owner = node_;
  batch_.now = environment_->wall_clock();
  batch_.transitions.clear();
  batch_.may_commit = [this] { return take_permits(); };
  queue_.begin_batch(static_cast<std::size_t>(environment_->settings.limits.batch), pace_.factor());
  while (auto next = queue_.next()) {
    if (next->withdrawn()) {
      next->promise.deliver(reply<write_results>{was_withdrawn(), {}});
      continue;
    }
    for (auto& transition : next->request.transitions) {
      stamp_owner(transition, node_);
      batch_.transitions.push_back(std::move(transition));
    }
    next->request.transitions.clear();
    in_batch_.push_back(std::move(*next));
  }
}

bool ledger_writer_state::take_permits() {
  std::vector<commit_permit*> taken;
  for (auto& part : in_batch_) {
    auto* permit = part.request.permit.get();
    if (!permit) continue;
    if (!permit->take()) {
      for (auto* one : taken)
        one->put_back();
      return false;
    }
    taken.push_back(permit);
  }
  return true;
}

void ledger_writer_state::apply_next() {
  collect();
  if (in_batch_.empty()) return;
  const auto begin = std::chrono::steady_clock::now();
  const auto begin_of_pace = self_->clock().now();
  auto results = ledger_->apply(batch_);
  // By the actors' clock, so that a day of the simulation depends on nothing else.
  pace_.add(
      std::chrono::duration_cast<std::chrono::microseconds>(self_->clock().now() - begin_of_pace),
      batch_.transitions.size());
  statistics_.on_batch(batch_.transitions.size(),
                       std::chrono::duration_cast<std::chrono::microseconds>(
                           std::chrono::steady_clock::now() - begin));
  if (results) {
    answer(std::move(*results));
  } else {
    on_error(results.error());
  }
}

void ledger_writer_state::answer(persistence::batch_result results) {
  report_usable();
  statistics_.on_applied(batch_, results);
  environment_->commits->committed();
  auto next = results.begin();
  for (auto& part : in_batch_) {
    const auto end = next + static_cast<std::ptrdiff_t>(part.transitions);
    reply<write_results> own;
    own.value.assign(std::make_move_iterator(next), std::make_move_iterator(end));
    next = end;
    part.promise.deliver(std::move(own));
  }
  in_batch_.clear();
}

void ledger_writer_state::on_error(const ledger_error& error) {
  if (error.code == ledger_errc::withdrawn) {
    back_to_waiting();
    return drop_withdrawn();
  }
  statistics_.on_error();
  if (error.code == ledger_errc::fenced) {
    fenced_ = true;
    log(log_level::warning, name,
        "this node was taken over by another one: the pipeline starts again");
    // Those who asked keep what they hold: the supervisor tells them where to bring it.
    for (auto& part : in_batch_)
      part.promise.deliver(reply<write_results>{error, {}});
    queue_.for_each([&](waiting& part) { part.promise.deliver(reply<write_results>{error, {}}); });
    in_batch_.clear();
    queue_ = {};
    self_->send(supervisor_, fenced_atom_v, node_);
    return;
  }
  unresolved_ = error.code == ledger_errc::unknown_result;
  if (depends_on_batch(error.code) && !in_batch_.empty()) rehearsal_ = batch_;
  // An unresolved batch stays as it is: nobody is answered on a guess.
  if (!unresolved_) back_to_waiting();
  wait_for_database(error);
}

/// Puts the batch's parts back to the front of the queue, in their order.
void ledger_writer_state::back_to_waiting() {
  auto next = batch_.transitions.begin();
  for (auto& part : in_batch_) {
    const auto end = next + static_cast<std::ptrdiff_t>(part.transitions);
    part.request.transitions.assign(std::make_move_iterator(next), std::make_move_iterator(end));
    next = end;
  }
  queue_.put_back(std::exchange(in_batch_, {}));
}

void ledger_writer_state::wait_for_database(const ledger_error& error) {
  const auto trouble =
      state_of(error.code == ledger_errc::unknown_result ? error.cause : error.code);
  const bool locked = trouble == database_state::locked;
  reported_usable_ = false;
  auto& health = *environment_->health;
  if (health.report_trouble(id_, trouble, self_->clock().now())) {
    std::string what = sentence_of(trouble);
    what += health.state() == database_state::usable ? " for one of the connections that write: "
                                                     : ", new messages are refused: ";
    log(locked ? log_level::warning : log_level::error, name, what + error.message);
  }
  // Each try waits for the lock itself.
  backoff_ = away_ && !locked ? std::min(backoff_ * 2, longest_backoff) : first_backoff;
  away_ = error;
  if (away_->code == ledger_errc::unknown_result) away_->code = ledger_errc::unavailable;
  give_up_tries(*away_);
  self_->delayed_send(self_, backoff_, reconnect_atom_v);
}

void ledger_writer_state::give_up_tries(const ledger_error& error) {
  queue_.for_each([&](waiting& part) {
    if (part.try_once()) part.promise.deliver(reply<write_results>{error, {}});
  });
  queue_.remove_if([](const waiting& part) { return part.try_once(); });
}

/// Nothing goes back into the queue but what keeps trying.
void ledger_writer_state::drop_withdrawn() {
  queue_.for_each([](waiting& part) {
    if (part.withdrawn()) part.promise.deliver(reply<write_results>{was_withdrawn(), {}});
  });
  queue_.remove_if([](const waiting& part) { return part.withdrawn(); });
}

void ledger_writer_state::report_usable() {
  if (std::exchange(reported_usable_, true)) return;
  const auto ended = environment_->health->report_usable(id_, self_->clock().now());
  if (ended)
    log(log_level::info, name,
        "the database can be used again after " + std::to_string(ended->lasted.count()) +
            " ms; writes that failed meanwhile: " + std::to_string(ended->failures));
}

/// Finds out while nothing is written that the database's file was moved.
void ledger_writer_state::on_look() {
  self_->delayed_send(self_, environment_->polls.storage, tick_atom_v);
  if (away_ || fenced_) return;
  if (auto in_place = environment_->database->check_storage(); !in_place)
    wait_for_database(in_place.error());
}

/// An empty batch proves that the ledger can be written.
persistence::result<persistence::batch_result> ledger_writer_state::apply_nothing() {
  persistence::ledger_batch nothing;
  nothing.owner = node_;
  nothing.now = environment_->wall_clock();
  return ledger_->apply(nothing);
}

void ledger_writer_state::on_reconnect() {
  if (!away_ || fenced_) return;
  if (!unresolved_ && (!rehearsal_.transitions.empty() || away_->code == ledger_errc::full))
    if (auto passed = ledger_->rehearse(rehearsal_); !passed) return on_error(passed.error());
  auto results = unresolved_ ? ledger_->resolve() : apply_nothing();
  if (!results && unresolved_ && results.error().code == ledger_errc::unavailable) {
    // The lost batch was not committed. It goes back into the queue, to be tried like the rest.
    unresolved_ = false;
    back_to_waiting();
    give_up_tries(results.error());
    results = apply_nothing();
  }
  if (!results) return on_error(results.error());
  if (std::exchange(unresolved_, false)) answer(std::move(*results));
  away_.reset();
  rehearsal_.transitions.clear();
  report_usable();
  if (!queue_.empty()) schedule_flush();
}

caf::result<reply<persistence::node_id>> ledger_writer_state::on_register(milliseconds lease) {
  auto node = ledger_->register_node(environment_->process, environment_->host, lease);
  if (!node) return reply<persistence::node_id>{node.error(), {}};
  node_ = *node;
  report_usable();
  return reply<persistence::node_id>{std::nullopt, node_};
}

caf::result<reply<bool>> ledger_writer_state::on_renew(milliseconds lease) {
  if (fenced_) return reply<bool>{std::nullopt, false};
  if (unresolved_) return reply<bool>{away_, false};
  const auto renewed = ledger_->renew_lease(node_, lease);
  if (renewed) return reply<bool>{std::nullopt, true};
  if (renewed.error().code == ledger_errc::fenced) {
    on_error(renewed.error());
    return reply<bool>{std::nullopt, false};
  }
  // While nothing else is written this is how it is found out.
  if (!away_) wait_for_database(renewed.error());
  return reply<bool>{renewed.error(), false};
}

caf::result<reply<bool>> ledger_writer_state::on_leave() {
  if (fenced_ || node_ == 0) return reply<bool>{std::nullopt, false};
  if (unresolved_) return reply<bool>{away_, false};
  const auto now = environment_->wall_clock();
  const auto left = ledger_->leave(node_, now, now + environment_->settings.messaging.retry_delay);
  if (!left) return reply<bool>{left.error(), false};
  fenced_ = true;
  return reply<bool>{std::nullopt, true};
}

caf::result<inspection> ledger_writer_state::on_inspect() const {
  boost::json::object content{{"waiting", queue_.size()}};
  statistics_.report(content);
  content["database"] = database_word(away_);
  if (away_) content["last_error"] = away_->message;
  return inspection{std::move(content)};
}

ledger_writer_actor::behavior_type ledger_writer(
    ledger_writer_actor::stateful_pointer<ledger_writer_state> self, environment_ptr environment,
    supervisor_actor supervisor) {
  return self->state.make_behavior(std::move(environment), std::move(supervisor));
}

}  // namespace postrider::actors
