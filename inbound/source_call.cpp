#include "inbound/source_call.hpp"

#include "actors/api/service_errors.hpp"

#include <mutex>

namespace postrider::inbound {
namespace {

/// True when the same request may succeed later.
bool passes(actors::service_errc code) {
  switch (code) {
    case actors::service_errc::in_progress:
    case actors::service_errc::overloaded:
    case actors::service_errc::unavailable:
    case actors::service_errc::draining:
    case actors::service_errc::timeout:
    case actors::service_errc::internal: return true;
    default: return false;
  }
}

/// Waits for the ends of several messages; they come on any thread.
class gathering {
 public:
  gathering(sources::recipient_list to, actors::completion<std::vector<sent_message>> done)
      : left_(to.size()), done_(std::move(done)) {
    for (auto& one : to)
      ends_.push_back({std::move(one), actors::internal("it was not sent")});
  }

  void put(std::size_t at, actors::result<actors::send_receipt> end) {
    {
      const std::lock_guard lock(mutex_);
      ends_[at].end = std::move(end);
      if (--left_ > 0) return;
    }
    for (const auto& one : ends_)
      if (one.end.has_error() && passes(one.end.error().code)) return done_(one.end.error());
    done_(std::move(ends_));
  }

 private:
  std::mutex mutex_;
  std::size_t left_;
  std::vector<sent_message> ends_;
  actors::completion<std::vector<sent_message>> done_;
};

}  // namespace

void send_all(actors::gateway& gateway, std::vector<actors::send_request> messages,
              sources::recipient_list to, const std::string& trace,
              actors::completion<std::vector<sent_message>> done) {
  if (messages.empty()) return done(std::vector<sent_message>());
  const auto all = std::make_shared<gathering>(std::move(to), std::move(done));
  for (std::size_t i = 0; i < messages.size(); ++i)
    gateway.send(std::move(messages[i]), trace, [all, i](actors::result<actors::send_receipt> end) {
      all->put(i, std::move(end));
    });
}

}  // namespace postrider::inbound
