#include "actors/providers/transfer/wire/connect_race.hpp"

namespace postrider::actors::wire {
namespace {

/// The resolver's order (RFC 6724) within each family; the families take turns.
std::vector<tcp::endpoint> interleaved(std::vector<tcp::endpoint> addresses) {
  std::vector<tcp::endpoint> preferred, other, all;
  for (auto& address : addresses)
    (address.protocol() == addresses.front().protocol() ? preferred : other).push_back(address);
  for (std::size_t i = 0; i < std::max(preferred.size(), other.size()); ++i) {
    if (i < preferred.size()) all.push_back(preferred[i]);
    if (i < other.size()) all.push_back(other[i]);
  }
  return all;
}

}  // namespace

connect_race::connect_race(const executor& on, std::vector<tcp::endpoint> addresses)
    : executor_(on), addresses_(interleaved(std::move(addresses))), next_start_(on), ended_(on) {}

awaitable<void> connect_race::run() {
  const auto self = shared_from_this();
  start_next();
  co_await ended_.wait();
}

void connect_race::cancel() { end(); }

void connect_race::start_next() {
  if (over_) return;
  if (runners_.size() == addresses_.size()) {
    if (running_ == 0) end();
    return;
  }
  const auto runner = runners_.size();
  runners_.push_back(std::make_unique<tcp_socket>(executor_));
  ++running_;
  runners_.back()->async_connect(
      addresses_[runner],
      [self = shared_from_this(), runner](error_code error) { self->on_connected(runner, error); });
  next_start_.expires_after(head_start);
  next_start_.async_wait([self = shared_from_this()](error_code cancelled) {
    if (!cancelled) self->start_next();
  });
}

void connect_race::on_connected(std::size_t runner, error_code error) {
  --running_;
  if (over_) return;
  if (!error) {
    winner_ = std::move(*runners_[runner]);
    winner_->set_option(tcp::no_delay(true), error);
    return end();
  }
  if (!error_) error_ = error;
  runners_[runner].reset();
  start_next();
}

void connect_race::end() {
  over_ = true;
  next_start_.cancel();
  runners_.clear();
  ended_.set();
}

}  // namespace postrider::actors::wire
