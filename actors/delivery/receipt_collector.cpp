#include "actors/delivery/receipt_collector.hpp"

#include "actors/rules/receipt_token.hpp"
#include "base/log.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <array>
#include <iterator>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

/// When a receipt that found no transaction is tried again, after its arrival.
constexpr std::array<milliseconds, 4> try_again_after{1s, 3s, 10s, 30s};
/// The last try comes when every call that could be meant has ended, so that its answer would be
/// known: then it is evidence.
constexpr milliseconds after_every_call = 10s;
constexpr milliseconds look_every = 1s;
/// Beyond the first what comes new is dropped, beyond the second what is oldest.
constexpr std::size_t max_waiting = 10'000;
constexpr std::size_t max_unknown = 10'000;
/// A provider's clock and ours may differ so much.
constexpr std::chrono::seconds clock_difference = 2s;

constexpr milliseconds first_reconnect = 1s;
constexpr milliseconds longest_reconnect = 60s;
/// A stream that lasted so long was a good one.
constexpr milliseconds lasting = 20s;

constexpr std::size_t max_detail = 300;

}  // namespace

receipt_collector_state::~receipt_collector_state() {
  for (auto& [id, stream] : streams_)
    if (stream.end) stream.end();
}

receipt_collector_actor::behavior_type receipt_collector_state::make_behavior(
    environment_ptr environment, receipt_links links) {
  environment_ = std::move(environment);
  links_ = std::move(links);
  listen_to_all();
  return {
      [this](const receipt_job_ptr& job) { on_job(job); },
      [this](unknown_attempt& attempt) { on_unknown(attempt); },
      [this](simulated_receipt& receipt) { on_simulated(receipt); },
      [this](event_atom, std::uint64_t stream, const std::string& piece) {
        on_event(stream, piece);
      },
      [this](ended_atom, std::uint64_t stream, const transfer_result& result) {
        on_ended(stream, result);
      },
      [this](listen_atom, persistence::provider_id provider) { on_listen(provider); },
      [this](configure_atom) { on_configured(); },
      [this](tick_atom) { on_tick(); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

// ---- calls --------------------------------------------------------------------------------------

provider_ptr receipt_collector_state::find_provider(std::string_view wanted) const {
  const auto directory = links_.directory->get();
  for (const auto& [id, provider] : directory->usable)
    if (provider->settings.name == wanted) return provider;
  return nullptr;
}

void receipt_collector_state::on_job(const receipt_job_ptr& job) {
  ++calls_;
  const auto& call = job->request;
  const auto& settings = environment_->settings.receipts;
  const auto provider = find_provider(call.provider);
  // The same answer for both, so that nobody learns names here.
  const auto id = read_receipt_token(settings.secret, call.provider, call.token);
  if (!provider || !id) {
    ++refused_;
    return job->finish(
        service_error{service_errc::not_found, "there is no such receipt URL", {}, {}});
  }
  const auto url = settings.public_url + call.target;
  auto reading =
      provider->driver->read_receipt({call.method, url, call.query, call.headers, call.body});
  if (!reading) {
    ++refused_;
    const auto& why = reading.error();
    log(log_level::warning, name, "a receipt for " + call.provider + " was refused: " + why.detail);
    const auto code = why.status == 403   ? service_errc::forbidden
                      : why.status == 404 ? service_errc::not_found
                                          : service_errc::invalid;
    return job->finish(service_error{code, why.detail, {}, {}});
  }
  store(job, provider->record.id, *id, std::move(*reading));
}

void receipt_collector_state::store(const receipt_job_ptr& job, persistence::provider_id provider,
                                    persistence::transaction_id id,
                                    std::vector<receipt_report> reports) {
  if (reports.empty()) return job->finish(receipt_answer{});
  write_request request;
  request.keep_trying = false;
  for (const auto& report : reports)
    request.transitions.emplace_back(persistence::record_receipt{
        id, provider, report.provider_refs, report.recipient_refs, report.address, 0, report.kind,
        report.detail.substr(0, max_detail)});
  const auto stored = [this, job, id, provider,
                       reports = std::move(reports)](const reply<write_results>& written) {
    if (written.error)
      return job->finish(service_error{service_errc::unavailable,
                                       "the database cannot be used now; nothing was stored",
                                       {},
                                       std::chrono::seconds(2)});
    receipt_answer answer;
    for (std::size_t i = 0; i < reports.size(); ++i) {
      note(written.value[i]);
      const bool found = written.value[i].status == persistence::transition_status::applied;
      answer.stored += found;
      // One that names its transaction and does not find it comes too late: it was deleted.
      if (!found && id == 0) wait_for_transaction({provider, reports[i], now(), 0});
    }
    job->finish(answer);
  };
  self_->request(links_.writer, without_timer, std::move(request)).then(stored, [](caf::error&) {});
}

void receipt_collector_state::note(const persistence::transition_result& result) {
  stored_ += result.status == persistence::transition_status::applied;
  if (result.count == 0) return;
  ++fallbacks_;
  self_->send(links_.scheduler, wake_atom_v);
}

// ---- event streams ------------------------------------------------------------------------------

void receipt_collector_state::listen_to_all() {
  const auto directory = links_.directory->get();
  for (const auto& [id, provider] : directory->usable)
    if (!provider->gone && provider->driver->event_stream()) self_->send(self_, listen_atom_v, id);
}

/// The stream of a provider that is as before goes on.
void receipt_collector_state::on_configured() {
  const auto directory = links_.directory->get();
  for (auto stream = streams_.begin(); stream != streams_.end();) {
    const auto& provider = stream->second.provider;
    if (directory->usable.at(provider->record.id) == provider) {
      ++stream;
      continue;
    }
    if (stream->second.end) stream->second.end();
    stream = streams_.erase(stream);
  }
  listen_to_all();
}

bool receipt_collector_state::listens_to(persistence::provider_id id) const {
  return std::ranges::any_of(
      streams_, [id](const auto& open) { return open.second.provider->record.id == id; });
}

void receipt_collector_state::on_listen(persistence::provider_id id) {
  if (listens_to(id)) return;
  const auto directory = links_.directory->get();
  const auto found = directory->usable.find(id);
  auto request = found == directory->usable.end() || found->second->gone
                     ? std::nullopt
                     : found->second->driver->event_stream();
  if (!request) return;
  request->proxy = found->second->settings.proxy;
  const auto stream = ++last_stream_;
  auto& open = streams_[stream];
  open.provider = found->second;
  open.opened = now();
  // The engine may outlive the actor; an event for a dead one is dropped.
  auto self = caf::actor_cast<receipt_collector_actor>(self_);
  open.end = environment_->engine->listen(
      std::move(*request),
      [self, stream](std::string piece) {
        caf::anon_send(self, event_atom_v, stream, std::move(piece));
      },
      [self, stream](transfer_result result) {
        caf::anon_send(self, ended_atom_v, stream, std::move(result));
      });
}

void receipt_collector_state::on_event(std::uint64_t stream, const std::string& piece) {
  const auto found = streams_.find(stream);
  if (found == streams_.end()) return;
  auto& open = found->second;
  std::vector<waiting_receipt> receipts;
  for (const auto& event : open.events.feed(piece)) {
    ++events_;
    for (auto& report : open.provider->driver->read_event(event.data))
      receipts.push_back({open.provider->record.id, std::move(report), now(), 0});
  }
  if (!receipts.empty()) store(std::move(receipts));
}

/// Real receipts have more room to wait for their transactions.
void receipt_collector_state::on_simulated(simulated_receipt& receipt) {
  ++events_;
  if (waiting_.size() >= max_waiting / 2) {
    ++dropped_;
    return;
  }
  std::vector<waiting_receipt> receipts;
  receipts.push_back({receipt.provider, std::move(receipt.report), now(), 0});
  store(std::move(receipts));
}

void receipt_collector_state::on_ended(std::uint64_t stream, const transfer_result& result) {
  auto node = streams_.extract(stream);
  if (node.empty()) return;
  const auto id = node.mapped().provider->record.id;
  auto& pause = reconnect_after_[id];
  if (now() - node.mapped().opened >= lasting) pause = first_reconnect;
  pause = std::clamp(pause, first_reconnect, longest_reconnect);
  // Once for each row of failures, not for each of them.
  if (pause == first_reconnect)
    log(log_level::warning, name,
        "the receipts of " + node.mapped().provider->settings.name + " cannot be read: " +
            (result.status != 0 && result.status != 200
                 ? "it answered HTTP " + std::to_string(result.status)
             : result.error_text.empty() ? "the stream ended"
                                         : result.error_text));
  self_->delayed_send(self_, pause, listen_atom_v, id);
  pause = std::min(pause * 2, longest_reconnect);
}

persistence::record_receipt receipt_collector_state::transition_of(
    const waiting_receipt& receipt) const {
  const auto& report = receipt.report;
  return {0,
          receipt.provider,
          report.provider_refs,
          report.recipient_refs,
          report.address,
          receipt.evidence_for,
          report.kind,
          report.detail.substr(0, max_detail)};
}

void receipt_collector_state::store(std::vector<waiting_receipt> receipts) {
  const auto batch = static_cast<std::size_t>(environment_->settings.limits.batch);
  while (!receipts.empty()) {
    const auto begin =
        receipts.end() - static_cast<std::ptrdiff_t>(std::min(batch, receipts.size()));
    std::vector<waiting_receipt> part(std::make_move_iterator(begin),
                                      std::make_move_iterator(receipts.end()));
    receipts.erase(begin, receipts.end());
    write_request request;
    request.keep_trying = false;
    for (auto& receipt : part) {
      receipt.evidence_for = attempt_for(receipt);
      request.transitions.emplace_back(transition_of(receipt));
    }
    self_->request(links_.writer, without_timer, std::move(request))
        .then([this, part = std::move(part)](
                  const reply<write_results>& written) { on_stored(part, written); },
              [](caf::error&) {});
  }
}

void receipt_collector_state::on_stored(std::vector<waiting_receipt> receipts,
                                        const reply<write_results>& written) {
  for (std::size_t i = 0; i < receipts.size(); ++i) {
    const bool found =
        !written.error && written.value[i].status == persistence::transition_status::applied;
    if (!found) {
      wait_for_transaction(std::move(receipts[i]));
      continue;
    }
    note(written.value[i]);
    // One attempt is one message, and has one time of sending.
    const auto used = receipts[i].evidence_for;
    if (used != 0 && written.value[i].ids.front() == used)
      std::erase_if(unknown_, [used](const auto& attempt) { return attempt.id == used; });
  }
}

// ---- receipts that find no transaction ----------------------------------------------------------

void receipt_collector_state::wait_for_transaction(waiting_receipt receipt) {
  if (receipt.tries > try_again_after.size()) {
    ++unmatched_;
    return;
  }
  if (waiting_.size() == max_waiting) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(receipt));
  if (!std::exchange(tick_scheduled_, true)) self_->delayed_send(self_, look_every, tick_atom_v);
}

milliseconds receipt_collector_state::next_try(const waiting_receipt& receipt) const {
  if (receipt.tries < try_again_after.size()) return try_again_after[receipt.tries];
  const auto directory = links_.directory->get();
  const auto provider = directory->usable.find(receipt.provider);
  const auto longest_call =
      provider == directory->usable.end() ? milliseconds(0) : provider->second->settings.timeout;
  return std::max(longest_call + after_every_call, try_again_after.back() + look_every);
}

void receipt_collector_state::on_tick() {
  tick_scheduled_ = false;
  const auto at = now();
  std::vector<waiting_receipt> due;
  std::deque<waiting_receipt> later;
  for (auto& receipt : waiting_) {
    if (at - receipt.arrived < next_try(receipt)) {
      later.push_back(std::move(receipt));
      continue;
    }
    ++receipt.tries;
    due.push_back(std::move(receipt));
  }
  waiting_.swap(later);
  if (!waiting_.empty() && !std::exchange(tick_scheduled_, true))
    self_->delayed_send(self_, look_every, tick_atom_v);
  if (!due.empty()) store(std::move(due));
}

void receipt_collector_state::on_unknown(unknown_attempt& attempt) {
  if (unknown_.size() == max_unknown) unknown_.pop_front();
  unknown_.push_back(std::move(attempt));
}

/// Only in the last try. Of several attempts the one that was begun last before the message was
/// sent.
persistence::transaction_id receipt_collector_state::attempt_for(
    const waiting_receipt& receipt) const {
  const auto& report = receipt.report;
  if (receipt.tries <= try_again_after.size() || !report.sent_at || report.address.empty())
    return 0;
  const unknown_attempt* best = nullptr;
  for (const auto& attempt : unknown_) {
    if (attempt.provider != receipt.provider || attempt.address != report.address) continue;
    if (*report.sent_at < attempt.begun - clock_difference ||
        *report.sent_at > attempt.ended + clock_difference)
      continue;
    if (!best || attempt.begun > best->begun) best = &attempt;
  }
  return best ? best->id : 0;
}

caf::result<inspection> receipt_collector_state::on_inspect() const {
  boost::json::array streams;
  for (const auto& [id, stream] : streams_)
    streams.push_back(
        {{"provider", stream.provider->settings.name},
         {"age_ms",
          std::chrono::duration_cast<milliseconds>(self_->clock().now() - stream.opened).count()}});
  return inspection{{{"calls", calls_},
                     {"events", events_},
                     {"stored", stored_},
                     {"refused", refused_},
                     {"waiting", waiting_.size()},
                     {"unmatched", unmatched_},
                     {"dropped", dropped_},
                     {"fallbacks", fallbacks_},
                     {"unknown_attempts", unknown_.size()},
                     {"streams", std::move(streams)}}};
}

receipt_collector_actor::behavior_type receipt_collector(
    receipt_collector_actor::stateful_pointer<receipt_collector_state> self,
    environment_ptr environment, receipt_links links) {
  return self->state.make_behavior(std::move(environment), std::move(links));
}

}  // namespace postrider::actors
