#include "actors/node/supervisor.hpp"

#include "actors/ask.hpp"
#include "actors/delivery/dispatcher.hpp"
#include "actors/delivery/message_intake.hpp"
#include "actors/delivery/provider_selector.hpp"
#include "actors/delivery/receipt_collector.hpp"
#include "actors/delivery/retry_desk.hpp"
#include "actors/delivery/retry_scheduler.hpp"
#include "actors/delivery/sender.hpp"
#include "actors/endpoints/endpoint_desk.hpp"
#include "actors/ledger/event_feed.hpp"
#include "actors/ledger/ledger_reader.hpp"
#include "actors/ledger/ledger_writer.hpp"
#include "actors/node/inspector.hpp"
#include "actors/node/key_keeper.hpp"
#include "actors/node/node_keeper.hpp"
#include "actors/node/provider_watcher.hpp"
#include "actors/node/retention_keeper.hpp"
#include "actors/node/takeover_desk.hpp"
#include "actors/rules/provider_directory.hpp"
#include "base/log.hpp"

#include <caf/spawn_options.hpp>

namespace postrider::actors {
namespace {

constexpr std::size_t max_restarts = 10;
constexpr std::chrono::seconds restart_window{60};
constexpr milliseconds start_again_after{500};

/// Blocking actors have threads of their own, except in the simulation.
template <class Self, class Function, class... Args>
auto spawn_blocking(Self* self, bool detach, Function function, Args&&... args) {
  return detach ? self->template spawn<caf::detached>(function, std::forward<Args>(args)...)
                : self->spawn(function, std::forward<Args>(args)...);
}

/// Not `kill`: that reason would end the supervisor too, who is linked to it.
template <class Handle>
void end(const Handle& actor) {
  if (actor) caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
}

}  // namespace

supervisor_actor::behavior_type supervisor_state::make_behavior(environment_ptr environment,
                                                                board_ptr board) {
  environment_ = std::move(environment);
  board_ = std::move(board);
  changes_.begin(
      environment_,
      [this] { return current_ && current_->intake ? current_ : std::shared_ptr<pipeline>(); },
      [this] { start_senders(); });
  self_->set_exit_handler([](const caf::exit_msg&) {});
  self_->set_down_handler([this](const caf::down_msg& down) { on_down(down); });
  self_->send(self_, start_atom_v);
  return {
      [this](start_atom) { on_start(); },
      [this](register_atom, persistence::node_id node) { on_registered(node); },
      [this](fenced_atom, persistence::node_id node) { on_fenced(node); },
      [this](const reload_job_ptr& job) { changes_.add(job); },
      [this](changes_atom) { changes_.read_again(); },
      [this](drain_atom) { return on_drain(); },
      [this](leave_atom) { return on_leave(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

template <class Handle>
Handle supervisor_state::watch(const char* what, Handle actor) {
  self_->monitor(actor);
  // The end of the supervisor, for any reason, ends them all.
  self_->link_to(actor);
  watched_.emplace(actor.address(), what);
  return actor;
}

void supervisor_state::on_start() {
  if (leaving_ || current_) return;
  current_ = std::make_shared<pipeline>();
  current_->supervisor = caf::actor_cast<supervisor_actor>(self_);
  start_ledger();
}

void supervisor_state::start_ledger() {
  const auto& settings = environment_->settings;
  const bool detach = environment_->detach_blocking_actors;
  auto self = caf::actor_cast<supervisor_actor>(self_);
  for (std::int32_t i = 0; i < settings.ledger_writers; ++i)
    current_->writers.push_back(
        watch("ledger_writer", spawn_blocking(self_, detach, ledger_writer, environment_, self)));
  for (std::int32_t i = 0; i < settings.ledger_readers; ++i)
    current_->readers.push_back(
        watch("ledger_reader", spawn_blocking(self_, detach, ledger_reader, environment_)));
  if (!environment_->database->exclusive())
    current_->takeovers =
        watch("takeover_desk", spawn_blocking(self_, detach, takeover_desk, environment_));
  lease_ = std::make_shared<node_lease>();
  keeper_links links{current_->writers, current_->readers.front(), current_->takeovers, self,
                     lease_};
  current_->keeper =
      watch("node_keeper", self_->spawn(node_keeper, environment_, std::move(links)));
}

void supervisor_state::on_registered(persistence::node_id node) {
  if (!current_ || leaving_) return;
  current_->node = node;
  self_->request(current_->writers.front(), without_timer, put_request(changes_.configured()))
      .then(
          [this, pipeline = current_](const reply<write_results>& written) {
            // A pipeline that was told to leave meanwhile must not fill the board again. It would
            // stay there, and keep the threads of the ledger's actors alive for ever.
            if (leaving_ || pipeline != current_ || written.error) return;
            start_rest(written.value.front().providers);
          },
          [](caf::error&) {});
}

void supervisor_state::start_rest(const std::vector<persistence::provider>& known) {
  auto& p = *current_;
  p.directory->set(make_directory(known, changes_.configured(), environment_->settings.limits));
  p.senders->set(std::make_shared<sender_map>());
  const auto& writer = p.writers.back();
  p.archiver = watch("history_archiver",
                     self_->spawn(history_archiver, environment_, p.directory, writer, p.senders));
  p.feed =
      watch("event_feed", self_->spawn(event_feed, environment_, p.readers.back(), p.directory));
  p.endpoints =
      watch("endpoint_desk",
            self_->spawn(endpoint_desk, environment_,
                         endpoint_links{p.readers.back(), writer, p.feed, p.node}, p.directory));
  p.retention = watch("retention_keeper", self_->spawn(retention_keeper, environment_, writer));
  p.keys = watch("key_keeper",
                 self_->spawn(key_keeper, environment_, p.readers.front(), p.writers.front()));
  p.selector = watch("provider_selector",
                     self_->spawn(provider_selector, environment_, p.directory, p.readers.front(),
                                  p.writers.front(), caf::actor_cast<supervisor_actor>(self_)));
  p.dispatcher = watch("dispatcher", self_->spawn(dispatcher, environment_,
                                                  dispatcher_links{p.directory, p.senders, writer,
                                                                   p.readers.front(), p.selector}));
  p.scheduler =
      watch("retry_scheduler",
            self_->spawn(retry_scheduler, environment_,
                         scheduler_links{p.directory, p.senders, writer, p.readers.front(),
                                         p.selector, p.archiver, p.dispatcher}));
  p.receipts = watch("receipt_collector",
                     self_->spawn(receipt_collector, environment_,
                                  receipt_links{p.directory, p.writers.front(), p.scheduler}));
  p.retries =
      watch("retry_desk", self_->spawn(retry_desk, environment_,
                                       desk_links{p.directory, p.writers.front(), p.readers.back(),
                                                  p.selector, p.dispatcher, p.scheduler}));
  start_senders();
  p.watcher = watch("provider_watcher", self_->spawn(provider_watcher, environment_, p.directory,
                                                     p.senders, p.readers.back(), writer));
  p.intake = watch("message_intake",
                   self_->spawn(message_intake, environment_,
                                intake_links{p.directory, p.senders, p.writers, p.readers.back(),
                                             p.selector, p.dispatcher}));
  p.inspector = watch("inspector", self_->spawn(inspector, environment_, current_,
                                                caf::actor_cast<supervisor_actor>(self_)));
  environment_->flags->node_registered = true;
  self_->send(p.dispatcher, wake_atom_v);
  self_->send(p.scheduler, wake_atom_v);
  board_->set(current_);
  retire_old();
  changes_.go_on();
}

/// Starts a sender for each provider that has none yet.
void supervisor_state::start_senders() {
  auto& p = *current_;
  const auto directory = p.directory->get();
  auto senders = std::make_shared<sender_map>(*p.senders->get());
  for (const auto& [id, provider] : directory->usable) {
    if (senders->contains(id)) continue;
    sender_links links{provider,   lease_,       p.writers[senders->size() % p.writers.size()],
                       p.selector, p.dispatcher, p.scheduler,
                       p.archiver, p.receipts};
    senders->emplace(id, watch("sender", self_->spawn(sender, environment_, std::move(links))));
  }
  p.senders->set(std::move(senders));
}

/// Tells what is left of old pipelines where their outcomes go: to this one's archiver, whichever
/// they knew before. None of their calls outlasts the lease that it began under.
void supervisor_state::retire_old() {
  const auto now = self_->clock().now();
  for (auto& old : std::exchange(old_, {}))
    if (old->archiver) forwarding_.push_back({now, std::move(old)});
  while (!forwarding_.empty() &&
         now - forwarding_.front().since > environment_->settings.node.lease) {
    end(forwarding_.front().left->scheduler);
    end(forwarding_.front().left->archiver);
    forwarding_.pop_front();
  }
  const auto archiver = caf::actor_cast<caf::actor>(current_->archiver);
  for (const auto& [since, left] : forwarding_) {
    const auto senders = left->senders->get();
    for (const auto& [id, sender] : *senders)
      self_->send(sender, retire_atom_v, archiver);
    self_->send(left->scheduler, retire_atom_v, archiver);
    self_->send(left->archiver, retire_atom_v, archiver);
  }
}

void supervisor_state::on_fenced(persistence::node_id node) {
  if (current_ && current_->node == node)
    restart("node " + std::to_string(node) + " was taken over by another one");
}

void supervisor_state::on_down(const caf::down_msg& down) {
  const auto known = watched_.find(down.source);
  if (known == watched_.end()) return;
  const std::string what = known->second;
  watched_.erase(known);
  // Old senders leave in their own time.
  if (leaving_ || down.reason == caf::exit_reason::normal) return;
  restart(what + " died: " + caf::to_string(down.reason));
}

void supervisor_state::restart(const std::string& reason) {
  const auto now = self_->clock().now();
  last_reason_ = reason;
  ++restart_count_;
  restarts_.push_back(now);
  while (now - restarts_.front() > restart_window)
    restarts_.pop_front();
  log(log_level::error, name, "the pipeline starts again: " + reason);
  board_->set(nullptr);
  environment_->flags->node_registered = false;
  changes_.interrupt();
  watched_.clear();
  end_now(current_);
  old_.push_back(std::move(current_));
  current_ = nullptr;
  if (restarts_.size() > max_restarts) {
    log(log_level::error, name,
        "the pipeline was started again too often in a minute; last: " + reason);
    if (environment_->give_up)
      environment_->give_up("the pipeline cannot be kept running: " + reason);
    return;
  }
  self_->delayed_send(self_, restarts_.size() == 1 ? milliseconds(1) : start_again_after,
                      start_atom_v);
}

/// Ends the actors that hold nothing a provider said.
void supervisor_state::end_now(const std::shared_ptr<pipeline>& old) {
  if (!old) return;
  end(old->intake);
  end(old->inspector);
  end(old->selector);
  end(old->dispatcher);
  end(old->receipts);
  end(old->feed);
  end(old->endpoints);
  end(old->retention);
  end(old->retries);
  end(old->keys);
  end(old->watcher);
  end(old->keeper);
  end(old->takeovers);
  for (const auto& writer : old->writers)
    end(writer);
  for (const auto& reader : old->readers)
    end(reader);
}

caf::result<std::int64_t> supervisor_state::on_drain() {
  environment_->flags->draining = true;
  auto promise = self_->make_response_promise<std::int64_t>();
  if (!current_ || !current_->scheduler) {
    promise.deliver(std::int64_t{0});
    return promise;
  }
  self_->send(current_->dispatcher, drain_atom_v);
  self_->send(current_->scheduler, drain_atom_v);
  struct tally {
    std::int64_t total = 0;
    std::size_t missing = 1;
  };
  auto sum = std::make_shared<tally>();
  auto add = [promise, sum](std::int64_t count) mutable {
    sum->total += count;
    if (--sum->missing == 0) promise.deliver(sum->total);
  };
  ++sum->missing;
  self_->request(current_->endpoints, ask_timeout, drain_atom_v)
      .then([add](std::int64_t count) mutable { add(count); },
            [add](caf::error&) mutable { add(0); });
  const auto senders = current_->senders->get();
  for (const auto& [id, sender] : *senders) {
    ++sum->missing;
    self_->request(sender, ask_timeout, drain_atom_v)
        .then([add](std::int64_t count) mutable { add(count); },
              [add](caf::error&) mutable { add(0); });
  }
  add(0);
  return promise;
}

caf::result<bool> supervisor_state::on_leave() {
  leaving_ = true;
  changes_.close();
  environment_->flags->draining = true;
  board_->set(nullptr);
  auto promise = self_->make_response_promise<bool>();
  auto done = [promise](bool left) mutable { promise.deliver(left); };
  if (!current_) {
    done(true);
    return promise;
  }
  end(current_->intake);
  self_->request(current_->keeper, ask_timeout, leave_atom_v)
      .then([done](bool left) mutable { done(left); },
            [done](caf::error&) mutable { done(false); });
  return promise;
}

caf::result<inspection> supervisor_state::on_inspect() const {
  return inspection{{{"restarts", restart_count_},
                     {"last_restart_reason", last_reason_},
                     {"actors", watched_.size()}}};
}

supervisor_actor::behavior_type supervisor(
    supervisor_actor::stateful_pointer<supervisor_state> self, environment_ptr environment,
    board_ptr board) {
  return self->state.make_behavior(std::move(environment), std::move(board));
}

}  // namespace postrider::actors
