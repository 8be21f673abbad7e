#include "actors/delivery/history_archiver.hpp"

#include "actors/providers/test_mode.hpp"
#include "actors/rules/message_log.hpp"

#include <algorithm>
#include <utility>

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
  attempts_.set_senders(std::move(senders));
  return {
      [this](ended_attempt& attempt) { on_ended(attempt); },
      [this](flush_atom) { on_flush(); },
      [this](retire_atom, const caf::actor& successor) {
        attempts_.retire(caf::actor_cast<history_archiver_actor>(successor));
      },
      [this](inspect_atom) { return on_inspect(); },
  };
}

void history_archiver_state::on_ended(ended_attempt& attempt) {
  const auto number = attempts_.add(std::move(attempt));
  if (!number) return;
  if (unwritten_.empty()) self_->send(self_, flush_atom_v);
  unwritten_.push_back(*number);
}

void history_archiver_state::on_flush() {
  const auto waiting = std::exchange(unwritten_, {});
  if (attempts_.retired()) return;
  const auto limit = static_cast<std::size_t>(environment_->settings.limits.batch);
  for (std::size_t begin = 0; begin < waiting.size(); begin += limit) {
    const auto end = std::min(waiting.size(), begin + limit);
    write({waiting.begin() + static_cast<std::ptrdiff_t>(begin),
           waiting.begin() + static_cast<std::ptrdiff_t>(end)});
  }
}

void history_archiver_state::write(std::vector<std::uint64_t> numbers) {
  write_request request;
  request.transitions.reserve(numbers.size());
  for (const auto number : numbers) {
    const auto& ended = *attempts_.find(number);
    request.transitions.emplace_back(persistence::finish{
        ended.delivery.transaction.id, ended.expected, ended.status, ended.result});
  }
  self_->request(writer_, without_timer, std::move(request))
      .then([this, numbers = std::move(numbers)](
                const reply<write_results>& written) { on_written(numbers, written); },
            [](caf::error&) {});
}

void history_archiver_state::on_written(const std::vector<std::uint64_t>& numbers,
                                        const reply<write_results>& written) {
  // Fenced: the attempts are kept until the supervisor says where they go.
  if (written.error) return;
  const auto attempts = attempts_.recorded(numbers);
  for (std::size_t i = 0; i < attempts.size(); ++i) {
    const auto& attempt = attempts[i];
    const auto& result = written.value[i];
    ++archived_;
    if (result.status == persistence::transition_status::applied) count(attempt);
    if (result.status == persistence::transition_status::conflict) ++late_;
    if (result.status == persistence::transition_status::refused)
      note(log_level::error, attempt,
           "the outcome of transaction " + std::to_string(attempt.delivery.transaction.id) +
               " cannot be stored: " + result.reason);
  }
}

void history_archiver_state::note(log_level level, const ended_attempt& attempt,
                                  std::string_view text) const {
  if (!logs(level)) return;
  persistence::transaction row;
  row.id = attempt.delivery.transaction.id;
  log(level, name, text, log_subject{attempt.delivery.message.get(), &row});
}

void history_archiver_state::count(const ended_attempt& attempt) {
  auto& ends = finished_[attempt.delivery.transaction.provider];
  ++ends.outcomes[attempt.result.error];
  note(log_level::debug, attempt, "is in history: " + std::string(to_string(attempt.status)));
  // In a sender's queue. When the look for expired rows was faster, that was told already.
  if (attempt.expected == persistence::transaction_status::pending &&
      attempt.result.error == persistence::error_code::expired)
    note(log_level::warning, attempt, "has failed for good: expired before it was sent");
  if (attempt.delivery.message)
    ends.seconds.add(seconds_of(environment_->wall_clock() - attempt.delivery.message->created_at));
}

caf::result<inspection> history_archiver_state::on_inspect() const {
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
  return inspection{{{"waiting", attempts_.size()},
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
