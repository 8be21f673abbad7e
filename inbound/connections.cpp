#include "inbound/connections.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace postrider::inbound {
namespace {

constexpr std::string_view local = "local:";

/// An IPv6 client has a whole /64 of addresses; IPv4 is one address in either form.
std::string client_of(const std::string& text) {
  using namespace boost::asio::ip;
  boost::system::error_code error;
  const auto address = make_address(text, error);
  if (error || address.is_v4()) return text;
  const auto six = address.to_v6();
  if (six.is_v4_mapped()) return make_address_v4(v4_mapped, six).to_string();
  const auto bytes = six.to_bytes();
  return {bytes.begin(), bytes.begin() + 8};
}

}  // namespace

std::string connections::local_address(std::uint32_t user) {
  return std::string(local) + std::to_string(user);
}

bool connections::is_local(std::string_view address) { return address.starts_with(local); }

connections::connections(std::int32_t max, std::int32_t max_per_address)
    : max_(static_cast<std::size_t>(std::max(max, 1))),
      max_per_address_(static_cast<std::size_t>(std::max(max_per_address, 1))) {}

std::optional<crowd> connections::refuses(const std::string& address) const {
  const std::lock_guard lock(mutex_);
  const auto apart = std::min(local_, places_for_local);
  const bool full =
      is_local(address) ? open_.size() >= max_ + places_for_local : open_.size() - apart >= max_;
  if (full) return crowd::all;
  const auto found = by_address_.find(client_of(address));
  if (found != by_address_.end() && found->second >= max_per_address_) return crowd::address;
  return std::nullopt;
}

void connections::add(std::shared_ptr<connection> one, const std::string& address) {
  const std::lock_guard lock(mutex_);
  const connection* key = one.get();
  auto client = client_of(address);
  ++by_address_[client];
  if (is_local(client)) ++local_;
  open_.emplace(key, entry{std::move(one), std::move(client)});
}

void connections::remove(const connection* one) {
  entry last;  // Destroyed after the lock is released: a connection's end must not happen under it.
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(one);
  if (found == open_.end()) return;
  last = std::move(found->second);
  open_.erase(found);
  const auto count = by_address_.find(last.address);
  if (--count->second == 0) by_address_.erase(count);
  if (is_local(last.address)) --local_;
  if (open_.empty()) empty_.notify_all();
}

std::string connections::address_of(const connection* one) const {
  const std::lock_guard lock(mutex_);
  const auto found = open_.find(one);
  return found == open_.end() ? std::string() : found->second.address;
}

std::vector<std::shared_ptr<connection>> connections::all() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<connection>> result;
  result.reserve(open_.size());
  for (const auto& [key, one] : open_)
    result.push_back(one.connection);
  return result;
}

std::vector<std::shared_ptr<connection>> connections::expired(
    std::chrono::steady_clock::time_point now) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<connection>> result;
  for (const auto& [key, one] : open_)
    if (one.connection->deadline() <= now) result.push_back(one.connection);
  return result;
}

bool connections::wait_until_empty(std::chrono::steady_clock::time_point deadline) const {
  std::unique_lock lock(mutex_);
  return empty_.wait_until(lock, deadline, [this] { return open_.empty(); });
}

void connections::clear() {
  const std::lock_guard lock(mutex_);
  open_.clear();
  by_address_.clear();
  local_ = 0;
}

}  // namespace postrider::inbound
