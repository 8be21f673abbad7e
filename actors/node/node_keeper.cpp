#include "actors/node/node_keeper.hpp"

#include "actors/ledger/ledger_reader.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

constexpr milliseconds register_again_after{500};
constexpr milliseconds ledger_timeout{30'000};

}  // namespace

node_keeper_actor::behavior_type node_keeper_state::make_behavior(environment_ptr environment,
                                                                  keeper_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  self_->send(self_, tick_atom_v);
  return {
      [this](tick_atom) { on_tick(); },
      [this](nodes_atom) {
        looks_again_ = false;
        if (!leaving_) look_for_dead_nodes();
      },
      [this](owners_atom) { look_for_dead_owners(); },
      [this](leave_atom) { return on_leave(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void node_keeper_state::on_tick() {
  if (leaving_) return;
  if (node_ == 0) return register_node();
  self_->delayed_send(self_, between_ticks(), tick_atom_v);
  renew();
  look_for_dead_nodes();
}

milliseconds node_keeper_state::between_ticks() const {
  return std::min(environment_->settings.node.lease / 3, environment_->polls.nodes);
}

void node_keeper_state::register_node() {
  const auto asked_at = self_->clock().now();
  self_
      ->request(links_.writers.front(), ledger_timeout, register_atom_v,
                std::chrono::nanoseconds(environment_->settings.node.lease))
      .then(
          [this, asked_at](const reply<persistence::node_id>& registered) {
            on_registered(registered, asked_at);
          },
          [this](caf::error&) { self_->delayed_send(self_, register_again_after, tick_atom_v); });
}

void node_keeper_state::on_registered(const reply<persistence::node_id>& registered,
                                      steady_point asked_at) {
  if (registered.error) {
    if (last_error_ != registered.error->message)
      log(log_level::error, name, "cannot register this node: " + registered.error->message);
    last_error_ = registered.error->message;
    self_->delayed_send(self_, register_again_after, tick_atom_v);
    return;
  }
  node_ = registered.value;
  last_error_.clear();
  // Counted from before the question, so that ours ends before the database's.
  links_.lease->set(asked_at + environment_->settings.node.lease);
  for (std::size_t i = 1; i < links_.writers.size(); ++i)
    self_->send(links_.writers[i], adopt_atom_v, node_);
  log(log_level::info, name, "this is node " + std::to_string(node_));
  self_->delayed_send(self_, environment_->polls.owners, owners_atom_v);
  on_tick();
}

void node_keeper_state::renew() {
  const auto asked_at = self_->clock().now();
  const auto lease = environment_->settings.node.lease;
  self_
      ->request(links_.writers.front(), ledger_timeout, renew_atom_v,
                std::chrono::nanoseconds(lease))
      .then(
          [this, asked_at, lease](const reply<bool>& renewed) {
            if (renewed.error) last_error_ = renewed.error->message;
            if (renewed.error) return;
            // Taken over before anybody knew its number. Later the writers tell of it.
            if (!renewed.value && !announced_ && !leaving_)
              return self_->quit(caf::exit_reason::unhandled_exception);
            if (!renewed.value) return;
            ++renewals_;
            links_.lease->set(asked_at + lease);
          },
          [](caf::error&) {});
}

void node_keeper_state::look_for_dead_nodes() {
  self_->request(links_.reader, read_timeout, nodes_atom_v)
      .then(
          [this](const reply<std::vector<persistence::node>>& nodes) {
            if (nodes.error) return;
            look_again_at_lease_end(nodes.value);
            take_over(nodes.value);
          },
          [](caf::error&) {});
}

void node_keeper_state::look_again_at_lease_end(const std::vector<persistence::node>& nodes) {
  constexpr milliseconds for_the_end{50};
  auto next = between_ticks();
  for (const auto& node : nodes)
    if (node.alive && node.id != node_ && !node.lease_expired)
      next = std::min(next, node.lease_left + for_the_end);
  if (next >= between_ticks() || std::exchange(looks_again_, true)) return;
  self_->delayed_send(self_, next, nodes_atom_v);
}

bool node_keeper_state::is_dead(const persistence::node& node) const {
  if (!node.alive || node.id == node_) return false;
  return node.lease_expired || is_gone(node);
}

/// True for a node that has surely ended, whatever its lease says.
bool node_keeper_state::is_gone(const persistence::node& node) const {
  if (environment_->database->exclusive()) return true;
  const auto& own = environment_->process;
  // Without boot id and pid namespace we cannot check the process; rely on its lease.
  if (own.boot.empty() || own.pid_namespace.empty()) return false;
  if (node.process.boot != own.boot || node.process.pid_namespace != own.pid_namespace)
    return false;
  // An earlier node of this very process was given up by its supervisor.
  return node.process == own || !environment_->process_runs(node.process);
}

void node_keeper_state::take_over(const std::vector<persistence::node>& nodes) {
  write_request request;
  request.keep_trying = false;
  const auto unknown_due_at =
      environment_->wall_clock() + environment_->settings.messaging.retry_delay;
  for (const auto& node : nodes)
    if (is_dead(node))
      request.transitions.emplace_back(persistence::take_over{
          node.id, std::nullopt, unknown_due_at, node.lease_expired && !is_gone(node)});
  if (request.transitions.empty()) return announce();
  // One request at a time, so that none is acted upon when it is old news. A pipeline that waits
  // for its start does not wait for nodes that cannot be taken over soon.
  if (std::exchange(taking_over_, true)) {
    if (links_.takeovers) announce();
    return;
  }
  request_takeover(
      std::move(request), [this](const reply<write_results>& written) { on_taken_over(written); },
      [this](caf::error&) { on_no_answer(); });
}

template <class Answered, class Unanswered>
void node_keeper_state::request_takeover(write_request request, Answered answered,
                                         Unanswered unanswered) {
  if (links_.takeovers)
    self_->request(links_.takeovers, without_timer, node_, std::move(request))
        .then(std::move(answered), std::move(unanswered));
  else
    self_->request(links_.writers.front(), ledger_timeout, std::move(request))
        .then(std::move(answered), std::move(unanswered));
}

void node_keeper_state::look_for_dead_owners() {
  if (leaving_) return;
  self_->delayed_send(self_, environment_->polls.owners, owners_atom_v);
  self_->request(links_.reader, read_timeout, owners_atom_v)
      .then(
          [this](const reply<std::vector<persistence::node_id>>& dead) {
            if (!dead.error && !dead.value.empty()) free_rows_of(dead.value);
          },
          [](caf::error&) {});
}

/// Left by a release before schema version 5 on a cluster of databases, by a person's hand, or by a
/// take over that ended half way.
void node_keeper_state::free_rows_of(const std::vector<persistence::node_id>& dead) {
  if (leaving_ || std::exchange(taking_over_, true)) return;
  write_request request;
  request.keep_trying = false;
  const auto unknown_due_at =
      environment_->wall_clock() + environment_->settings.messaging.retry_delay;
  std::string nodes;
  for (const auto node : dead) {
    request.transitions.emplace_back(
        persistence::take_over{node, std::nullopt, unknown_due_at, true});
    nodes += (nodes.empty() ? "" : ", ") + std::to_string(node);
  }
  request_takeover(
      std::move(request),
      [this, nodes](const reply<write_results>& written) { on_freed(written, nodes); },
      [this](caf::error&) { taking_over_ = false; });
}

void node_keeper_state::on_freed(const reply<write_results>& written, const std::string& nodes) {
  taking_over_ = false;
  std::uint64_t rows = 0;
  for (const auto& result : written.value)
    rows += static_cast<std::uint64_t>(result.count);
  rows_taken_ += rows;
  if (rows > 0)
    log(log_level::warning, name,
        "freed " + std::to_string(rows) + " rows of nodes that were dead already: " + nodes);
}

void node_keeper_state::on_no_answer() {
  taking_over_ = false;
  if (links_.takeovers) announce();
}

void node_keeper_state::on_taken_over(const reply<write_results>& written) {
  taking_over_ = false;
  int nodes = 0;
  for (const auto& result : written.value) {
    if (result.status != persistence::transition_status::applied) continue;
    ++nodes;
    rows_taken_ += static_cast<std::uint64_t>(result.count);
  }
  taken_over_ += static_cast<std::uint64_t>(nodes);
  if (nodes > 0)
    log(log_level::info, name,
        "took over from dead nodes: " + std::to_string(nodes) +
            "; rows so far: " + std::to_string(rows_taken_));
  const auto failed = written.error ? written.error->message : std::string();
  // The desk says so itself.
  if (!links_.takeovers && !failed.empty() && failed != last_takeover_error_)
    log(log_level::warning, name, "a dead node cannot be taken over yet: " + failed);
  last_takeover_error_ = failed;
  // Rows of another node that are not free yet keep nobody from working on the others.
  if (!written.error || links_.takeovers) announce();
}

/// The pipeline starts when what a former node of this database left is free again.
void node_keeper_state::announce() {
  if (std::exchange(announced_, true)) return;
  self_->send(links_.supervisor, register_atom_v, node_);
}

caf::result<bool> node_keeper_state::on_leave() {
  leaving_ = true;
  auto promise = self_->make_response_promise<bool>();
  if (node_ == 0) {
    promise.deliver(true);
    return promise;
  }
  self_->request(links_.writers.front(), ledger_timeout, leave_atom_v)
      .then([promise](
                const reply<bool>& left) mutable { promise.deliver(!left.error && left.value); },
            [promise](caf::error&) mutable { promise.deliver(false); });
  return promise;
}

caf::result<inspection> node_keeper_state::on_inspect() const {
  const auto left =
      std::chrono::duration_cast<milliseconds>(links_.lease->until() - self_->clock().now());
  return inspection{{{"id", node_},
                     {"host", environment_->host},
                     {"pid", environment_->process.pid},
                     {"lease_ms", environment_->settings.node.lease.count()},
                     {"lease_left_ms", std::max<std::int64_t>(0, left.count())},
                     {"renewals", renewals_},
                     {"nodes_taken_over", taken_over_},
                     {"rows_taken_over", rows_taken_},
                     {"last_error", last_error_}}};
}

node_keeper_actor::behavior_type node_keeper(
    node_keeper_actor::stateful_pointer<node_keeper_state> self, environment_ptr environment,
    keeper_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
