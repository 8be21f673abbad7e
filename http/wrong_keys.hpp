#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

namespace postrider::http {

/// How long answers to requests with a wrong API key are held back, by the client's address: the
/// first `at_once` are not, then an address gets one in `between`, and none waits longer than
/// `longest`. A connection whose answer is held back reads nothing meanwhile. Requests with a right
/// key, or with none, are never held back. For any thread.
class wrong_keys {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr int at_once = 100;
  static constexpr std::chrono::milliseconds between{1'000};
  static constexpr std::chrono::milliseconds longest{5'000};
  /// Beyond these the address that was wrong least recently is forgotten.
  static constexpr std::size_t most_known = 10'000;

  /// Takes note of a wrong key; how long its answer is held back.
  std::chrono::milliseconds note(const std::string& address, clock::time_point now);
  std::size_t known() const;

 private:
  struct entry {
    std::string address;
    /// When it will have as many answers at once again as at first.
    clock::time_point full_at;
  };

  mutable std::mutex mutex_;
  /// The one that was wrong last is at the end.
  std::list<entry> order_;
  std::unordered_map<std::string, std::list<entry>::iterator> by_address_;
};

}  // namespace postrider::http
