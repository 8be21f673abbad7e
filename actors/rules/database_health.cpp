#include "actors/rules/database_health.hpp"

#include <algorithm>

namespace postrider::actors {

bool database_health::report_trouble(writer_id writer, database_state trouble, time_point now) {
  const std::lock_guard lock(mutex_);
  const bool known =
      std::ranges::any_of(writers_, [&](const auto& entry) { return entry.second == trouble; });
  writers_[writer] = trouble;
  if (!since_) {
    since_ = now;
    failures_ = 0;
  }
  ++failures_;
  return !known;
}

std::optional<database_health::ended_trouble> database_health::report_usable(writer_id writer,
                                                                             time_point now) {
  const std::lock_guard lock(mutex_);
  writers_[writer] = database_state::usable;
  if (!since_ || count_troubled() > 0) return std::nullopt;
  const auto began = *std::exchange(since_, std::nullopt);
  return ended_trouble{std::chrono::duration_cast<std::chrono::milliseconds>(now - began),
                       failures_};
}

void database_health::forget(writer_id writer) {
  const std::lock_guard lock(mutex_);
  writers_.erase(writer);
  if (count_troubled() == 0) since_.reset();
}

bool database_health::reads_away() const { return state() == database_state::unreachable; }

database_state database_health::state() const {
  const std::lock_guard lock(mutex_);
  auto state = database_state::unreachable;
  for (const auto& [writer, found] : writers_) {
    if (found == database_state::usable) return found;
    state = found;
  }
  return state;
}

bool database_health::usable(writer_id writer) const {
  const std::lock_guard lock(mutex_);
  const auto found = writers_.find(writer);
  return found != writers_.end() && found->second == database_state::usable;
}

std::pair<std::size_t, std::size_t> database_health::troubled() const {
  const std::lock_guard lock(mutex_);
  return {count_troubled(), writers_.size()};
}

std::size_t database_health::count_troubled() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      writers_, [](const auto& entry) { return entry.second != database_state::usable; }));
}

}  // namespace postrider::actors
