#include "inbound/loop.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace postrider::inbound {
namespace {

/// So long the connections of busy clients have for their next request, which ends them.
constexpr std::chrono::milliseconds idle_grace{500};

}  // namespace

loop::loop(connections& open, std::int32_t threads, std::chrono::milliseconds shortest_timeout,
           std::string part)
    : open_(open),
      count_(std::max(threads, 1)),
      part_(std::move(part)),
      io_(count_),
      work_(net::make_work_guard(io_)),
      watch_(net::make_strand(io_)),
      tick_(std::clamp(shortest_timeout / 4, std::chrono::milliseconds(1),
                       std::chrono::milliseconds(250))) {}

void loop::start() {
  watch();
  for (std::int32_t i = 0; i < count_; ++i)
    threads_.emplace_back([this] { work(); });
}

void loop::work() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {
      log(log_level::error, part_, error.what());
    }
  }
}

void loop::watch() {
  watch_.expires_after(tick_);
  watch_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    for (const auto& late : open_.expired(std::chrono::steady_clock::now()))
      late->expire();
    watch();
  });
}

void loop::stop(std::chrono::steady_clock::time_point deadline, way_back& back) {
  using clock = std::chrono::steady_clock;
  // A request may be on its way on a connection that is idle here. It is better refused by words.
  open_.wait_until_empty(std::min(deadline, clock::now() + idle_grace));
  for (const auto& one : open_.all())
    one->end_if_idle();
  open_.wait_until_empty(deadline);
  // Coroutines end on their own executor, while it still runs, and not with the io_context.
  for (const auto& one : open_.all())
    one->abort();
  constexpr std::chrono::seconds to_unwind{5};
  if (!open_.wait_until_empty(clock::now() + to_unwind))
    log(log_level::error, part_, "connections are left that do not end");
  back.close();
  work_.reset();
  io_.stop();
  for (auto& one : threads_)
    one.join();
  threads_.clear();
  open_.clear();
}

}  // namespace postrider::inbound
