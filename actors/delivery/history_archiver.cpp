#include "actors/delivery/history_archiver.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/message_log.hpp"

namespace postrider::actors {
namespace {

/// Every outcome is there from 0, so that a counter's first step shows as an increase.
boost::json::object outcomes_of(const std::map<persistence::error_code, std::uint64_t>& counted) {
  using persistence::error_code;
  boost::json::object outcomes;
  for (int i = 0; i <= static_cast<int>(error_code::undelivered); ++i) {
    const auto error = static_cast<error_code>(i);
    const auto found = counted.find(error);
    outcomes[error == error_code::none ? "success" : to_string(error)] =
        found == counted.end() ? 0 : found->second;
  }
  return outcomes;
}

}  // namespace

history_archiver_actor::behavior_type history_archiver_state::make_behavior(
    environment_ptr environment, directory_board directory, ledger_writer_actor writer,
    sender_board senders) {
  environment_ = std::move(environment);
  directory_ = std::move(directory);
  writer_ = std::move(writer);
  senders_ = std::move(senders);
  return {
      [this](finished_delivery& delivery) { on_finished(delivery); },
      [this](flush_atom) { on_flush(); },
      [this](retire_atom, const caf::actor& successor) { on_retire(successor); },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void history_archiver_state::on_finished(finished_delivery& delivery) {
  if (successor_) {
    self_->send(*successor_, std::move(delivery));
    return;
  }
  waiting_.push_back(std::move(delivery));
  if (!std::exchange(flush_scheduled_, true)) self_->send(self_, flush_atom_v);
}

void history_archiver_state::on_flush() {
  flush_scheduled_ = false;
  if (waiting_.empty()) return;
  write_request request;
  request.transitions.reserve(waiting_.size());
  for (const auto& delivery : waiting_)
    request.transitions.emplace_back(
        persistence::finish{delivery.id, delivery.expected, delivery.status, delivery.result});
  const auto batch = next_batch_++;
  writing_.emplace(batch, std::exchange(waiting_, {}));
  self_->request(writer_, without_timer, std::move(request))
      .then([this, batch](const reply<write_results>& written) { on_written(batch, written); },
            [this, batch](caf::error&) {
              on_written(batch, {persistence::ledger_error{persistence::ledger_errc::unavailable,
                                                           "no answer"},
                                 {}});
            });
}

void history_archiver_state::on_written(std::uint64_t batch, const reply<write_results>& written) {
  // Fenced: what was not written is kept until the supervisor says where it goes.
  if (written.error) return;
  auto done = writing_.extract(batch);
  if (done.empty()) return;
  std::map<persistence::provider_id, std::vector<persistence::transaction_id>> recorded;
  for (std::size_t i = 0; i < done.mapped().size(); ++i) {
    const auto& delivery = done.mapped()[i];
    const auto& result = written.value[i];
    ++archived_;
    if (result.status == persistence::transition_status::applied) count(delivery);
    if (result.status == persistence::transition_status::conflict) ++late_;
    if (result.status == persistence::transition_status::refused)
      note(log_level::error, delivery,
           "the outcome of transaction " + std::to_string(delivery.id) +
               " cannot be stored: " + result.reason);
    recorded[delivery.provider].push_back(delivery.id);
  }
  const auto senders = senders_->get();
  for (auto& [provider, ids] : recorded)
    if (const auto sender = senders->find(provider); sender != senders->end())
      self_->send(sender->second, recorded_atom_v, std::move(ids));
}

void history_archiver_state::note(log_level level, const finished_delivery& delivery,
                                  std::string_view text) const {
  if (!logs(level)) return;
  persistence::transaction row;
  row.id = delivery.id;
  log(level, name, text, log_subject{delivery.message.get(), &row});
}

void history_archiver_state::count(const finished_delivery& delivery) {
  auto& ends = finished_[delivery.provider];
  ++ends.outcomes[delivery.result.error];
  note(log_level::debug, delivery, "is in history: " + std::string(to_string(delivery.status)));
  // In a sender's queue. When the look for expired rows was faster, that was told already.
  if (delivery.expected == persistence::transaction_status::pending &&
      delivery.result.error == persistence::error_code::expired)
    note(log_level::warning, delivery, "has failed for good: expired before it was sent");
  if (delivery.message)
    ends.seconds.add(seconds_of(environment_->wall_clock() - delivery.message->created_at));
}

void history_archiver_state::on_retire(const caf::actor& successor) {
  successor_ = caf::actor_cast<history_archiver_actor>(successor);
  for (auto& delivery : waiting_)
    self_->send(*successor_, std::move(delivery));
  for (auto& [batch, list] : writing_)
    for (auto& delivery : list)
      self_->send(*successor_, std::move(delivery));
  waiting_.clear();
  writing_.clear();
}

caf::result<inspection> history_archiver_state::on_inspect() const {
  std::size_t writing = 0;
  for (const auto& [batch, list] : writing_)
    writing += list.size();
  boost::json::array by_provider;
  const auto known = directory_->get();
  const finished nothing;
  for (const auto& [provider, record] : known->all) {
    const auto found = finished_.find(provider);
    const bool is_test = is_test_provider(record.name);
    if (is_test && found == finished_.end()) continue;
    const auto& ends = found == finished_.end() ? nothing : found->second;
    by_provider.push_back({{"provider", record.name},
                           {"type", is_test ? std::string("test") : record.type},
                           {"outcomes", outcomes_of(ends.outcomes)},
                           {"time_to_final_seconds", ends.seconds.report()}});
  }
  return inspection{{{"waiting", waiting_.size() + writing},
                     {"archived", archived_},
                     {"late_outcomes", late_},
                     {"finished", std::move(by_provider)}}};
}

history_archiver_actor::behavior_type history_archiver(
    history_archiver_actor::stateful_pointer<history_archiver_state> self,
    environment_ptr environment, directory_board directory, ledger_writer_actor writer,
    sender_board senders) {
  return self->state.make_behavior(std::move(environment), std::move(directory), std::move(writer),
                                   std::move(senders));
}

}  // namespace postrider::actors
