#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace postrider::actors {

/// How long the database takes for a commit beyond its changes: the quickest of the last commits,
/// less an allowance for each change. A database on another machine answers each of a batch's
/// statements a round trip later, so changes that go along cost little there.
class commit_pace {
 public:
  /// On the same machine a commit takes no longer.
  static constexpr std::chrono::microseconds usual{1'000};
  /// A change takes about that; less on SQLite, more on MariaDB.
  static constexpr std::chrono::microseconds each_change{20};
  /// The quickest of so many commits counts, and of as many before them.
  static constexpr int remembered = 32;

  void add(std::chrono::microseconds whole, std::size_t changes) {
    const auto commit = whole - each_change * static_cast<std::int64_t>(changes);
    quickest_ = count_ == 0 ? commit : std::min(quickest_, commit);
    if (++count_ < remembered) return;
    before_ = quickest_;
    count_ = 0;
  }
  /// As many times as a usual commit, at least once.
  std::size_t factor() const {
    const auto quickest = count_ == 0 ? before_ : std::min(before_, quickest_);
    return static_cast<std::size_t>(std::max<std::int64_t>(1, quickest / usual));
  }

 private:
  std::chrono::microseconds quickest_{0}, before_{0};
  int count_ = 0;
};

}  // namespace postrider::actors
