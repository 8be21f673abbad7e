#pragma once

#include <atomic>
#include <cstddef>

namespace postrider::smtp {

/// The bytes that all connections together hold of mails. For any thread.
class memory_budget {
 public:
  explicit memory_budget(std::size_t most) : most_(most) {}

  /// False: there is no room for so much more.
  bool take(std::size_t bytes) {
    if (held_.fetch_add(bytes) + bytes <= most_) return true;
    held_.fetch_sub(bytes);
    return false;
  }
  void give_back(std::size_t bytes) { held_.fetch_sub(bytes); }
  std::size_t held() const { return held_.load(); }

 private:
  const std::size_t most_;
  std::atomic<std::size_t> held_{0};
};

/// One mail's part of it.
class memory_share {
 public:
  explicit memory_share(memory_budget& of) : of_(of) {}
  memory_share(const memory_share&) = delete;
  memory_share& operator=(const memory_share&) = delete;
  ~memory_share() { of_.give_back(bytes_); }

  /// False: there is no room; the share stays as it was.
  bool grow_to(std::size_t bytes) {
    if (bytes > bytes_) {
      if (!of_.take(bytes - bytes_)) return false;
    } else {
      of_.give_back(bytes_ - bytes);
    }
    bytes_ = bytes;
    return true;
  }

 private:
  memory_budget& of_;
  std::size_t bytes_ = 0;
};

}  // namespace postrider::smtp
