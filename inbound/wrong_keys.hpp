#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>

namespace postrider::inbound {

/// How long answers to requests with a wrong API key are held back, by the client's address: the
/// first `at_once` are not, then one in `between` is free, and none waits longer than `longest`. A
/// connection whose answer is held back reads nothing meanwhile. At most `most_held` answers of an
/// address wait at one time, so that they leave its connections to others behind the same proxy:
/// further ones are given at once and end their connection. Requests with a right key, or with
/// none, are never held back. For any thread.
class wrong_keys {
 public:
  using clock = std::chrono::steady_clock;
  static constexpr int at_once = 100;
  static constexpr std::chrono::milliseconds between{1'000};
  static constexpr std::chrono::milliseconds longest{5'000};
  static constexpr int most_held = 16;
  /// Beyond these the address that was wrong least recently is forgotten.
  static constexpr std::size_t most_known = 10'000;

  /// The place of an answer that is held back; free again when this ends.
  class place {
   public:
    place() = default;
    place(wrong_keys& of, std::string address) : of_(&of), address_(std::move(address)) {}
    place(place&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), address_(std::move(other.address_)) {}
    place& operator=(place&&) = delete;
    ~place() {
      if (of_ != nullptr) of_->leave(address_);
    }

   private:
    wrong_keys* of_ = nullptr;
    std::string address_;
  };
  struct verdict {
    std::chrono::milliseconds wait{0};
    /// The address has no place left: the connection ends with the answer.
    bool ends = false;
    place held = {};
  };

  /// Takes note of a wrong key; how its answer is given.
  verdict note(const std::string& address, clock::time_point now);
  std::size_t known() const;

 private:
  /// How long the answer would wait if there were places for all.
  std::chrono::milliseconds wait_of(const std::string& address, clock::time_point now);
  void leave(const std::string& address);

  struct entry {
    std::string address;
    /// When it will have as many answers at once again as at first.
    clock::time_point full_at;
  };

  mutable std::mutex mutex_;
  /// The one that was wrong last is at the end.
  std::list<entry> order_;
  std::unordered_map<std::string, std::list<entry>::iterator> by_address_;
  /// Answers that are held back now.
  std::unordered_map<std::string, int> held_;
};

}  // namespace postrider::inbound
