#include "actors/delivery/message_intake.hpp"

#include "actors/api/service_errors.hpp"
#include "actors/rules/explanation.hpp"
#include "actors/rules/message_check.hpp"
#include "actors/rules/message_log.hpp"
#include "actors/rules/no_route.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace postrider::actors {
namespace {

/// As the ledger stores it.
constexpr std::size_t longest_request_id = 128;

constexpr change_words storing{"whether the message was stored", "nothing was stored"};

service_error storing_failed(const persistence::ledger_error& error) {
  return to_service_error(error, storing);
}

service_error not_stored_in_time() {
  return unavailable("the database did not take the message in time; nothing was stored");
}

persistence::ledger_errc trouble_in(database_state state) {
  using persistence::ledger_errc;
  switch (state) {
    case database_state::locked: return ledger_errc::locked;
    case database_state::full: return ledger_errc::full;
    case database_state::failing: return ledger_errc::no_writes;
    default: return ledger_errc::unavailable;
  }
}

}  // namespace

message_intake_actor::behavior_type message_intake_state::make_behavior(environment_ptr environment,
                                                                        intake_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  ids_.emplace(environment_->seed);
  return {
      [this](const accept_job_ptr& job) { on_job(job); },
      [this](tick_atom) { on_deadline(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

std::optional<service_error> message_intake_state::refusal() const {
  const auto& flags = *environment_->flags;
  if (flags.draining) return stopping(storing.undone);
  if (const auto state = environment_->health->state(); state != database_state::usable)
    return storing_failed({trouble_in(state), {}});
  if (std::ssize(in_flight_) >= environment_->settings.limits.accepts_in_flight)
    return overloaded("too many messages are being accepted at the moment; nothing was stored");
  return std::nullopt;
}

void message_intake_state::on_job(const accept_job_ptr& job) {
  if (auto refused = refusal()) {
    ++(refused->code == service_errc::unavailable ? failed_ : refused_);
    job->finish(std::move(*refused));
    return;
  }
  if (const auto& once = job->request.once;
      once && !keys_in_flight_.emplace(once->client, once->key).second) {
    ++in_progress_;
    job->finish(service_error{service_errc::in_progress,
                              "the first request with this Idempotency-Key is being stored",
                              {},
                              std::chrono::seconds(1)});
    return;
  }
  auto& begun = in_flight_[++last_number_];
  begun = {last_number_, job, self_->clock().now() + environment_->settings.accept_patience, {}};
  watch_deadlines();
  auto message = message_of(job->request);
  if (!message) return refuse(begun, message.error());
  (*message)->request_id = job->trace.substr(0, longest_request_id);
  route_query query;
  query.message = *message;
  self_->request(links_.selector, without_timer, std::move(query))
      .then([this, number = begun.number,
             stored = *message](const route_reply& routes) { on_routed(number, stored, routes); },
            [this, number = begun.number](caf::error&) { end(number, not_stored_in_time()); });
}

result<std::shared_ptr<persistence::message>> message_intake_state::message_of(
    send_request& request) {
  const auto now = environment_->wall_clock();
  resolve_times(request, now);
  auto checked = take_message(request, now);
  if (!checked) return checked.error();
  auto message = std::make_shared<persistence::message>(std::move(*checked));
  message->id = ids_->next(message->created_at);
  message->traceparent = std::move(request.traceparent);
  return message;
}

void message_intake_state::on_routed(std::uint64_t number,
                                     std::shared_ptr<const persistence::message> message,
                                     const route_reply& routes) {
  auto* routed = find(number);
  if (!routed) return;
  if (routes.error) return end(number, storing_failed(*routes.error));
  auto accept = transactions_of(routed->job->request, std::move(message), routes);
  if (!accept) return refuse(*routed, accept.error());
  store(*routed, std::move(*accept));
}

result<persistence::accept_message> message_intake_state::transactions_of(
    const send_request& request, std::shared_ptr<const persistence::message> message,
    const route_reply& routes) {
  service_error failed{service_errc::no_route, "no provider can take this message", {}, {}};
  persistence::accept_message accept;
  accept.transactions.reserve(routes.rankings.size());
  for (std::size_t no = 0; no < routes.rankings.size(); ++no) {
    const auto* best = first_usable(routes.rankings[no]);
    if (!best) {
      failed.problems.push_back(no_route(request, no, message->recipients[no], routes.rankings[no],
                                         *links_.directory->get()));
      continue;
    }
    persistence::transaction row;
    row.message = message->id;
    row.recipient_no = static_cast<std::int32_t>(no);
    row.user = message->user;
    row.provider = best->provider;
    row.recipient = best->address;
    row.fallback_on_undelivered = best->fallback_on_undelivered;
    // Where nobody is called now it waits in the database, for whoever takes it first.
    row.owner = best->circuit_open ? 0 : our_node;
    row.decision = encode_decision(routes.rankings[no]);
    row.priority = request.priority;
    row.on_unknown = request.on_unknown;
    row.max_retries = request.max_retries.value_or(environment_->settings.messaging.max_retries);
    row.due_at = row.first_due = request.send_at.value_or(message->created_at);
    row.expires_at = request.expires_at;
    row.created_at = row.updated_at = message->created_at;
    accept.transactions.push_back(std::move(row));
  }
  if (!failed.problems.empty()) return failed;
  if (const auto& once = request.once)
    accept.once = persistence::idempotency_claim{once->client, once->key, once->body,
                                                 message->created_at + once->window};
  accept.message = std::move(message);
  return accept;
}

const ledger_writer_actor& message_intake_state::next_writer() {
  const auto all = links_.writers.size();
  for (std::size_t i = 1; i <= all; ++i) {
    const auto next = (next_writer_ + i) % all;
    if (!environment_->health->usable(links_.writers[next]->id())) continue;
    next_writer_ = next;
    break;
  }
  return links_.writers[next_writer_];
}

void message_intake_state::store(accepting& accepted, persistence::accept_message accept) {
  for (auto& row : accept.transactions)
    take_room(row, row.due_at <= accept.message->created_at);
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(accept);
  request.permit = accepted.permit = std::make_shared<commit_permit>();
  const auto number = accepted.number;
  self_->request(next_writer(), without_timer, std::move(request))
      .then([this, number, accept = std::move(accept)](
                const reply<write_results>& written) { on_stored(number, accept, written); },
            [this, number](caf::error&) {
              end(number, timed_out(std::string(storing.unknown) + " is not known"));
            });
}

/// A row that its sender can call at once is stored as begun, which saves the commit of a begin.
void message_intake_state::take_room(persistence::transaction& row, bool due) {
  const auto provider = links_.directory->get()->usable.at(row.provider);
  auto& window = *provider->window;
  const bool ours = row.owner != 0 && due && window.take_unless_backlog();
  row.owner = ours ? our_node : 0;
  // Calls to one of many hosts have a limit that only the sender knows.
  const bool starts =
      ours && provider->driver->host_of(row.recipient).empty() && window.starts().take();
  if (starts) row.status = persistence::transaction_status::processing;
}

void message_intake_state::on_deadline() {
  watching_ = false;
  const auto now = self_->clock().now();
  std::vector<std::uint64_t> withdrawn;
  for (auto& [number, one] : in_flight_) {
    if (one.deadline > now) break;
    // One that is being committed is answered by its writer.
    if (!one.permit || one.permit->withdraw()) withdrawn.push_back(number);
  }
  failed_ += withdrawn.size();
  for (const auto number : withdrawn)
    end(number, not_stored_in_time());
  watch_deadlines();
}

/// One timer for all: for the oldest that is not being committed too late already.
void message_intake_state::watch_deadlines() {
  if (watching_) return;
  const auto now = self_->clock().now();
  for (const auto& [number, one] : in_flight_) {
    if (one.deadline <= now) continue;
    watching_ = true;
    self_->delayed_send(self_, one.deadline - now, tick_atom_v);
    return;
  }
}

message_intake_state::accepting* message_intake_state::find(std::uint64_t number) {
  const auto found = in_flight_.find(number);
  return found == in_flight_.end() ? nullptr : &found->second;
}

void message_intake_state::on_stored(std::uint64_t number,
                                     const persistence::accept_message& stored,
                                     const reply<write_results>& written) {
  auto* accepted = find(number);
  // Withdrawn, so it was not stored.
  if (!accepted) return give_back_room(stored);
  if (written.error) {
    ++failed_;
    give_back_room(stored);
    return end(number, storing_failed(*written.error));
  }
  const auto& result = written.value.front();
  if (result.status == persistence::transition_status::conflict && result.first) {
    give_back_room(stored);
    return replay(*accepted, *result.first);
  }
  if (result.status != persistence::transition_status::applied) {
    ++invalid_;
    log(log_level::error, name, "the database does not take this message: " + result.reason,
        log_subject{stored.message.get()});
    give_back_room(stored);
    return end(number, invalid("the database does not take these values: " + result.reason));
  }
  ++accepted_;
  log(log_level::debug, name, "accepted", log_subject{stored.message.get()});
  transactions_ += result.ids.size();
  end(number, receipt_of(stored, result.ids));
  hand_over(stored, result.ids);
}

void message_intake_state::hand_over(const persistence::accept_message& stored,
                                     const std::vector<persistence::transaction_id>& ids) {
  std::map<persistence::provider_id, delivery_list> deliveries;
  std::set<persistence::provider_id> waiting;
  bool due_soon = false;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& row = stored.transactions[i];
    if (row.owner == 0) {
      // The dispatcher's look into the lanes finds rows that are due after it.
      const auto left = row.due_at - stored.message->created_at;
      if (left.count() <= 0) waiting.insert(row.provider);
      else due_soon |= left < environment_->polls.lanes;
      continue;
    }
    auto& delivery =
        deliveries[row.provider].emplace_back(persistence::delivery{row, stored.message});
    delivery.transaction.id = ids[i];
  }
  for (const auto provider : waiting)
    self_->send(links_.dispatcher, wake_atom_v, provider);
  if (due_soon) self_->send(links_.dispatcher, wake_atom_v);
  for (auto& [provider, list] : deliveries)
    self_->send(links_.senders->get()->at(provider), deliver_atom_v, std::move(list));
}

void message_intake_state::refuse(const accepting& refused, service_error why) {
  const auto number = refused.number;
  const auto& once = refused.job->request.once;
  if (!once) {
    ++invalid_;
    return end(number, std::move(why));
  }
  self_
      ->request(links_.reader, without_timer,
                answer_query{once->client, once->key, environment_->wall_clock()})
      .then(
          [this, number, why](const reply<std::optional<persistence::first_answer>>& found) {
            const auto* waiting = find(number);
            if (!waiting) return;
            if (found.error) return end(number, storing_failed(*found.error));
            if (found.value) return replay(*waiting, *found.value);
            ++invalid_;
            end(number, why);
          },
          [this, number](caf::error&) { end(number, not_stored_in_time()); });
}

void message_intake_state::replay(const accepting& again, const persistence::first_answer& first) {
  if (first.body != again.job->request.once->body) {
    ++invalid_;
    return end(again.number, service_error{service_errc::key_mismatch,
                                           "this Idempotency-Key came with another body before",
                                           {},
                                           {}});
  }
  ++replayed_;
  send_receipt receipt;
  receipt.message = first.message;
  receipt.replayed = true;
  for (const auto& row : first.transactions)
    receipt.transactions.push_back(receipt_of(row.id, row.provider, row.recipient));
  end(again.number, std::move(receipt));
}

void message_intake_state::give_back_room(const persistence::accept_message& accept) {
  const auto directory = links_.directory->get();
  for (const auto& row : accept.transactions) {
    if (row.owner == 0) continue;
    auto& window = directory->window(row.provider);
    if (row.status == persistence::transaction_status::processing) {
      window.starts().give_back();
      // A row that waits there may be called in its place.
      self_->send(links_.senders->get()->at(row.provider), pump_atom_v);
    }
    if (window.give_back(1)) self_->send(links_.dispatcher, wake_atom_v, row.provider);
  }
}

send_receipt message_intake_state::receipt_of(
    const persistence::accept_message& stored,
    const std::vector<persistence::transaction_id>& ids) const {
  send_receipt receipt;
  receipt.message = stored.message->id;
  receipt.transactions.reserve(ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const auto& row = stored.transactions[i];
    receipt.transactions.push_back(receipt_of(ids[i], row.provider, row.recipient));
  }
  return receipt;
}

transaction_receipt message_intake_state::receipt_of(persistence::transaction_id id,
                                                     persistence::provider_id provider,
                                                     const std::string& recipient) const {
  const auto directory = links_.directory->get();
  const auto known = directory->all.find(provider);
  // Another node answered first, with a provider that it alone has as yet.
  if (known == directory->all.end()) return {id, recipient, {}, {}};
  return {id, recipient, known->second.name, known->second.type};
}

void message_intake_state::end(std::uint64_t number, result<send_receipt> answer) {
  const auto ended = in_flight_.extract(number);
  if (ended.empty()) return;
  const auto& job = ended.mapped().job;
  if (const auto& once = job->request.once) keys_in_flight_.erase({once->client, once->key});
  job->finish(std::move(answer));
}

caf::result<inspection> message_intake_state::on_inspect() const {
  return inspection{
      {{"in_flight", in_flight_.size()},
       {"limit", environment_->settings.limits.accepts_in_flight},
       {"accepted", accepted_},
       {"replayed", replayed_},
       {"in_progress", in_progress_},
       {"transactions", transactions_},
       {"refused", refused_},
       {"invalid", invalid_},
       {"failed", failed_},
       {"refused_by", {{"overload", refused_}, {"invalid", invalid_}, {"database", failed_}}}}};
}

message_intake_actor::behavior_type message_intake(
    message_intake_actor::stateful_pointer<message_intake_state> self, environment_ptr environment,
    intake_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
