#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>

namespace postrider::cli {

/// How far a bulk run is.
struct bulk_count {
  std::size_t accepted = 0, refused = 0;
  /// Answered in an earlier run.
  std::size_t skipped = 0;
  std::uint64_t position = 0, file_bytes = 0;
  /// Refused in an earlier run, and not corrected since.
  std::size_t refused_before = 0;
};

/// Shows it to a person: on a terminal a bar that is drawn again, elsewhere a line now and then.
class bulk_progress {
 public:
  using clock = std::chrono::steady_clock;

  bulk_progress(std::ostream& out, bool terminal, clock::time_point start)
      : out_(out), terminal_(terminal), start_(start), shown_(start) {}

  /// Not more often than it can be read.
  void show(const bulk_count& count, clock::time_point now);
  /// Makes place for other output; the bar comes back with the next `show`.
  void clear();

 private:
  std::ostream& out_;
  const bool terminal_;
  const clock::time_point start_;
  clock::time_point shown_;
  bool drawn_ = false;
};

/// "[#####     ]  50%  5000 sent, 1250/s, 12 refused, 4s left"
std::string bulk_bar(const bulk_count& count, std::chrono::milliseconds passed);

}  // namespace postrider::cli
