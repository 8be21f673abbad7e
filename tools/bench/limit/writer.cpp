#include "tools/bench/limit/writer.hpp"

#include <utility>

namespace postrider::limit {

writer::writer(std::unique_ptr<store> into, caller call)
    : into_(std::move(into)), call_(std::move(call)), thread_([this] { run(); }) {}

writer::~writer() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  has_work_.notify_one();
  thread_.join();
}

void writer::accept(message_ptr one) {
  {
    const std::lock_guard lock(mutex_);
    accepted_.push_back(std::move(one));
  }
  has_work_.notify_one();
}

void writer::delivered(message_ptr one) {
  {
    const std::lock_guard lock(mutex_);
    delivered_.push_back(std::move(one));
  }
  has_work_.notify_one();
}

void writer::run() {
  std::uint64_t next = 1;
  messages begun;
  for (;;) {
    messages accepted, delivered;
    {
      std::unique_lock lock(mutex_);
      has_work_.wait(lock, [&] {
        return ends_ || !begun.empty() || !accepted_.empty() || !delivered_.empty();
      });
      if (ends_) return;
      accepted = std::exchange(accepted_, {});
      delivered = std::exchange(delivered_, {});
    }
    for (const auto& m : accepted)
      m->id = next++;
    into_->begin();
    into_->insert(accepted);
    into_->mark_begun(begun);
    into_->archive(delivered);
    into_->commit();
    for (const auto& m : accepted)
      m->stored();
    call_(std::exchange(begun, std::move(accepted)));
  }
}

}  // namespace postrider::limit
