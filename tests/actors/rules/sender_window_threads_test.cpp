#include "actors/rules/lane_feed.hpp"
#include "actors/rules/sender_window.hpp"

#include <array>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

/// Intakes, senders and the dispatcher of one provider on threads of their own, with the real
/// window and the real feed, without actors and without a poll. Bursts of messages are accepted;
/// the next burst begins when the last one was delivered, so that each end of a claim may meet
/// credit that comes back at that moment. A lost wake stops a burst for ever. And the permits to
/// begin at once, between an intake and its sender. Built with ThreadSanitizer, which CAF of the
/// distribution is not.
namespace {

using namespace std::chrono_literals;
using namespace postrider::actors;

constexpr int bursts = 1'500;
constexpr int burst_messages = 40;
constexpr int intakes = 2;
constexpr int senders = 3;
constexpr auto longest_burst = 20s, longest_run = 60s;

/// A mailbox in which one wake is as good as two.
class mailbox {
 public:
  void wake() {
    const std::lock_guard lock(mutex_);
    woken_ = true;
    changed_.notify_one();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_one();
  }
  enum class event { woken, timer, closed };
  event next(std::optional<steady_point> timer) {
    std::unique_lock lock(mutex_);
    const auto ready = [this] { return woken_ || closed_; };
    if (timer) changed_.wait_until(lock, *timer, ready);
    else changed_.wait(lock, ready);
    if (closed_) return event::closed;
    return std::exchange(woken_, false) ? event::woken : event::timer;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool woken_ = false, closed_ = false;
};

/// Up to `wanted` of the number.
std::int32_t take_some(std::atomic<std::int32_t>& number, std::int32_t wanted) {
  auto there = number.load();
  while (there > 0)
    if (number.compare_exchange_weak(there, there - std::min(there, wanted)))
      return std::min(there, wanted);
  return 0;
}

class provider {
 public:
  explicit provider(std::int32_t size) : window_(size) {}

  void accept(int number) {
    if (window_.take_unless_backlog()) {
      ++in_sender_;
      return;
    }
    ++lanes_[static_cast<std::size_t>(number) % lanes_.size()];
    mailbox_.wake();
  }
  void send() {
    while (!over_.load()) {
      if (take_some(in_sender_, 1) == 0) {
        std::this_thread::yield();
        continue;
      }
      const bool wakes = window_.give_back(1);
      ++delivered_;
      if (wakes) mailbox_.wake();
    }
  }
  void dispatch() {
    for (;;) {
      const auto timer = take_steps();
      const auto event = mailbox_.next(timer);
      if (event == mailbox::event::closed) return;
      if (event == mailbox::event::woken) feed_.wake();
    }
  }
  bool wait_for(std::int32_t delivered) const {
    const auto end = std::chrono::steady_clock::now() + longest_burst;
    while (delivered_.load() < delivered) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::yield();
    }
    return true;
  }
  void close() {
    over_ = true;
    mailbox_.close();
  }
  /// When all threads have ended.
  bool is_whole() const {
    return window_.room() == window_.size() && in_sender_ == 0 && lanes_[0] == 0 &&
           lanes_[1] == 0 && lanes_[2] == 0;
  }
  void print() const {
    std::printf("delivered %d, in the lanes %d %d %d, in the sender %d, credit %d of %d%s\n",
                delivered_.load(), lanes_[0].load(), lanes_[1].load(), lanes_[2].load(),
                in_sender_.load(), window_.room(), window_.size(),
                window_.backlog() ? ", backlog" : "");
  }

 private:
  /// Until nothing is to be done; answers when the feed wants to look again.
  std::optional<steady_point> take_steps() {
    for (;;) {
      const auto now = std::chrono::steady_clock::now();
      const auto room =
          window_.wait_for_credit(sender_window::claims_of(feed_.backlog(now), false));
      const auto next = feed_.next({circuit_state::closed, false}, {room, window_.size()}, now);
      if (const auto* waits = std::get_if<lane_feed::wait>(&next)) return waits->until;
      const auto* all = std::get_if<lane_feed::claim>(&next);
      if (!all) return std::nullopt;
      const auto got = window_.take(all->rows);
      if (got == 0) return std::nullopt;
      const auto shares = feed_.begin_claim(got, now);
      std::array<lane_feed::claimed, priority_turns::count> claimed{};
      std::int32_t rows = 0;
      for (std::size_t i = 0; i < shares.size(); ++i)
        rows += claimed[i].rows = take_some(lanes_[i], shares[i]);
      in_sender_ += rows;
      feed_.end_claim(claimed, now);
      static_cast<void>(window_.give_back(got - rows));
    }
  }

  sender_window window_;
  lane_feed feed_;
  mailbox mailbox_;
  std::array<std::atomic<std::int32_t>, priority_turns::count> lanes_{};
  std::atomic<std::int32_t> in_sender_{0}, delivered_{0};
  std::atomic<bool> over_{false};
};

bool all_bursts_end(std::int32_t window_size) {
  provider one(window_size);
  std::vector<std::thread> threads;
  threads.emplace_back([&] { one.dispatch(); });
  for (int i = 0; i < senders; ++i)
    threads.emplace_back([&] { one.send(); });
  bool good = true;
  for (int burst = 1; good && burst <= bursts; ++burst) {
    std::vector<std::thread> accepting;
    for (int i = 0; i < intakes; ++i)
      accepting.emplace_back([&] {
        for (int number = 0; number < burst_messages; ++number)
          one.accept(number);
      });
    for (auto& thread : accepting)
      thread.join();
    good = one.wait_for(burst * intakes * burst_messages);
    if (!good) std::printf("burst %d stands still\n", burst);
  }
  one.close();
  for (auto& thread : threads)
    thread.join();
  if (good && one.is_whole()) return true;
  one.print();
  return false;
}

/// Intakes take permits, and give back every third; the messages of the others come to the sender,
/// who offers as many as calls are free. No permit gets lost, and no more are out than were free.
bool permits_are_kept() {
  constexpr std::int32_t limit = 5;
  constexpr int wanted = 5'000;
  start_permits permits;
  std::atomic<std::int32_t> coming{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> intaking;
  for (int i = 0; i < intakes; ++i)
    intaking.emplace_back([&] {
      for (int number = 0; !over.load(); ++number) {
        if (!permits.take()) std::this_thread::yield();
        else if (number % 3 == 0) permits.give_back();
        else ++coming;
      }
    });
  bool good = true;
  const auto end = std::chrono::steady_clock::now() + longest_run;
  std::int32_t calls = 0;
  for (int came = 0, round = 0; good && came < wanted; ++round) {
    for (; take_some(coming, 1) == 1; ++came, ++calls)
      permits.on_message();
    good = calls + permits.out() <= limit && std::chrono::steady_clock::now() < end;
    if (round % 2 == 0) calls = 0;
    permits.offer(round % 7 == 0 ? 0 : limit - calls);
    if (calls == limit) std::this_thread::yield();
  }
  over = true;
  for (auto& thread : intaking)
    thread.join();
  while (take_some(coming, 1) == 1)
    permits.on_message();
  permits.offer(0);
  good &= permits.out() == 0;
  if (!good) std::printf("permits: %d calls, %d are out\n", calls, permits.out());
  return good;
}

}  // namespace

int main() {
  bool good = permits_are_kept();
  for (const std::int32_t size : {1, 2, 7, 30})
    good &= all_bursts_end(size);
  std::puts(good ? "all bursts were delivered" : "a wake was lost");
  return good ? 0 : 1;
}
