#pragma once

#include "tools/bench/options.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <queue>
#include <vector>

namespace postrider::bench {

// One message to be sent. Times are nanoseconds of the monotonic clock.
struct job {
  std::uint64_t seq = 0;
  std::int64_t start_ns = 0;  // when it was to be sent first: the latency counts from here
};

// Decides what is sent next and when; pure but for its own counting.
//
// Closed: a new message whenever fewer than `connections` are unfinished. Open: message i at
// begin + i / rate, however slow the server is; a message that has to wait for a connection keeps
// its intended start, so that a stall of the server is not left out of the latencies.
class workload {
 public:
  workload(const options& o, std::int64_t begin_ns);

  // The message to send now, if there is one. It is unfinished until one of the next three.
  std::optional<job> take(std::int64_t now_ns);
  void finish() { --unfinished_; }
  void retry(const job& refused, std::int64_t at_ns) { waiting_.push({refused, at_ns}); }
  void give_back(const job& unsent) { waiting_.push({unsent, 0}); }

  // When take() has something to give; never, when that depends on a finish().
  std::int64_t next_due_ns() const;
  // No new message will be started.
  bool is_over(std::int64_t now_ns) const;
  void stop() { end_ns_ = std::numeric_limits<std::int64_t>::min(); }
  std::uint64_t unfinished() const { return unfinished_; }
  std::uint64_t started() const { return next_seq_; }
  // Messages that still wait for a retry when the time is over.
  std::vector<job> take_waiting();

  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

 private:
  struct waiting_job {
    job what;
    std::int64_t at_ns;
    bool operator<(const waiting_job& other) const {
      return at_ns > other.at_ns;
    }  // earliest first
  };
  std::int64_t new_due_ns() const;

  load_mode mode_;
  double interval_ns_;
  std::uint64_t slots_;
  std::uint64_t count_;
  std::int64_t begin_ns_;
  std::int64_t end_ns_;
  std::uint64_t next_seq_ = 0;
  std::uint64_t unfinished_ = 0;
  std::priority_queue<waiting_job> waiting_;
};

}  // namespace postrider::bench
