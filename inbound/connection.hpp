#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>

namespace postrider::inbound {

/// An open connection, as its server sees it. All public functions are for any thread.
///
/// It has one deadline at a time, which the server looks at a few times in the shortest timeout: a
/// timer for each operation would cost more than the operation.
class connection : public std::enable_shared_from_this<connection> {
 public:
  using clock = std::chrono::steady_clock;

  virtual ~connection() = default;
  connection() = default;
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// When the connection's present work must be over.
  clock::time_point deadline() const {
    return clock::time_point(clock::duration(deadline_.load()));
  }
  /// The deadline has passed.
  virtual void expire() = 0;
  /// The server stops; a connection that has nothing under way has no reason to stay.
  virtual void end_if_idle() = 0;
  /// The server waits no longer.
  virtual void abort() = 0;
  /// The gateway has answered this call.
  virtual void wake(std::uint64_t call) = 0;

 protected:
  void due_in(std::chrono::milliseconds at_most) {
    deadline_.store((clock::now() + at_most).time_since_epoch().count());
  }

 private:
  std::atomic<clock::rep> deadline_{clock::duration::max().count()};
};

/// The way from the pipeline's threads back to a connection. An answer may come when the server is
/// long gone: the gateway's callbacks hold this and nothing that belongs to the server.
class way_back {
 public:
  /// Resumes the connection on its own executor, if both still exist.
  void wake(const std::weak_ptr<connection>& waiting, std::uint64_t call) {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    if (const auto still_there = waiting.lock()) still_there->wake(call);
  }
  /// Nothing is posted after this returns.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }

 private:
  std::mutex mutex_;
  bool closed_ = false;
};

}  // namespace postrider::inbound
