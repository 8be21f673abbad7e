#pragma once

#include "actors/providers/transfer/wire/executor.hpp"

#include <set>
#include <utility>

namespace postrider::actors::wire {

/// An owner of one deadline at a time.
class expiring {
 public:
  virtual void on_deadline() = 0;

 protected:
  virtual ~expiring() = default;

 private:
  friend class deadlines;
  static constexpr clock::time_point never = clock::time_point::max();
  clock::time_point deadline_ = never;
};

/// All deadlines, kept in their order under a single timer. A transfer that ends in time costs two
/// steps in a tree and no timer of its own.
class deadlines {
 public:
  explicit deadlines(const executor& on) : timer_(on) {}

  /// Takes the place of the owner's earlier deadline.
  void set(expiring& owner, clock::time_point when);
  void clear(expiring& owner);
  /// Ends the timer, without which the executor would not come to rest.
  void stop();

 private:
  void wait_for_first();
  void call_those_due();

  timer timer_;
  /// The time that the timer waits for.
  clock::time_point awaited_ = expiring::never;
  std::set<std::pair<clock::time_point, expiring*>> waiting_;
  bool stopped_ = false;
};

}  // namespace postrider::actors::wire
