#pragma once

#include "tools/bench/limit/store.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace postrider::limit {

/// The only thread that writes. Each commit carries all that has come since the last one.
class writer {
 public:
  /// Messages that may be called now, from the writer's thread.
  using caller = std::function<void(messages)>;

  writer(std::unique_ptr<store> into, caller call);
  ~writer();

  // From any thread.
  void accept(message_ptr one);
  void delivered(message_ptr one);

 private:
  void run();

  std::unique_ptr<store> into_;
  caller call_;
  std::mutex mutex_;
  std::condition_variable has_work_;
  messages accepted_, delivered_;
  bool ends_ = false;
  std::thread thread_;
};

}  // namespace postrider::limit
