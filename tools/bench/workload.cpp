#include "tools/bench/workload.hpp"

#include <algorithm>

namespace postrider::bench {

workload::workload(const options& o, std::int64_t begin_ns)
    : mode_(o.mode),
      interval_ns_(1e9 / o.rate),
      slots_(o.connections),
      count_(o.count == 0 ? std::numeric_limits<std::uint64_t>::max() : o.count),
      begin_ns_(begin_ns),
      end_ns_(begin_ns + static_cast<std::int64_t>(o.duration_s * 1e9)) {}

std::int64_t workload::new_due_ns() const {
  if (next_seq_ >= count_) return never;
  if (mode_ == load_mode::closed) return unfinished_ < slots_ ? begin_ns_ : never;
  return begin_ns_ + static_cast<std::int64_t>(static_cast<double>(next_seq_) * interval_ns_);
}

std::int64_t workload::next_due_ns() const {
  const std::int64_t fresh = new_due_ns();
  return waiting_.empty() ? fresh : std::min(fresh, waiting_.top().at_ns);
}

std::optional<job> workload::take(std::int64_t now_ns) {
  if (now_ns >= end_ns_) return std::nullopt;
  if (!waiting_.empty() && waiting_.top().at_ns <= now_ns) {
    const job again = waiting_.top().what;
    waiting_.pop();
    return again;
  }
  const std::int64_t due = new_due_ns();
  if (due > now_ns) return std::nullopt;
  ++unfinished_;
  return job{next_seq_++, mode_ == load_mode::closed ? now_ns : due};
}

bool workload::is_over(std::int64_t now_ns) const {
  return now_ns >= end_ns_ || (next_seq_ >= count_ && waiting_.empty());
}

std::vector<job> workload::take_waiting() {
  std::vector<job> result;
  for (; !waiting_.empty(); waiting_.pop())
    result.push_back(waiting_.top().what);
  return result;
}

}  // namespace postrider::bench
