#include "actors/delivery/ended_attempts.hpp"

#include <caf/send.hpp>

namespace postrider::actors {

using persistence::transaction_status;

std::optional<std::uint64_t> ended_attempts::add(ended_attempt attempt) {
  if (successor_) {
    forward(std::move(attempt));
    return std::nullopt;
  }
  held_.emplace(++last_number_, std::move(attempt));
  return last_number_;
}

ended_attempt* ended_attempts::find(std::uint64_t number) {
  const auto found = held_.find(number);
  return found == held_.end() ? nullptr : &found->second;
}

ended_attempt ended_attempts::take(std::uint64_t number) {
  return std::move(held_.extract(number).mapped());
}

std::vector<ended_attempt> ended_attempts::recorded(const std::vector<std::uint64_t>& numbers) {
  std::vector<ended_attempt> attempts;
  attempts.reserve(numbers.size());
  std::map<persistence::provider_id, std::vector<persistence::transaction_id>> by_provider;
  for (const auto number : numbers) {
    auto node = held_.extract(number);
    if (node.empty()) continue;
    attempts.push_back(std::move(node.mapped()));
    const auto& row = attempts.back().delivery.transaction;
    // A row that was claimed for its retry has no credit of a sender.
    if (attempts.back().expected != transaction_status::failed)
      by_provider[row.provider].push_back(row.id);
  }
  const auto senders = senders_->get();
  for (auto& [provider, ids] : by_provider)
    if (const auto sender = senders->find(provider); sender != senders->end())
      caf::anon_send(sender->second, recorded_atom_v, std::move(ids));
  return attempts;
}

/// A row that was claimed for its retry has no news: it comes back from the ledger.
void ended_attempts::forward(ended_attempt attempt) const {
  if (attempt.expected != transaction_status::failed)
    caf::anon_send(*successor_, std::move(attempt));
}

void ended_attempts::retire(const history_archiver_actor& successor) {
  successor_ = successor;
  for (auto& [number, attempt] : std::exchange(held_, {}))
    forward(std::move(attempt));
}

}  // namespace postrider::actors
