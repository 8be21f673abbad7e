#pragma once

#include "inbound/connection.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace postrider::inbound {

/// The limit that one more connection would break.
enum class crowd : std::uint8_t { all, address };

/// All open connections of a server, and how many of them an address has, or a user of the local
/// socket. For any thread.
class connections {
 public:
  /// The address of connections of this user by the local socket.
  static std::string local_address(std::uint32_t user);
  static bool is_local(std::string_view address);
  /// So many of them are let in when there are as many others as may be, for the commands of an
  /// incident. They use the descriptors that are kept for the program.
  static constexpr std::size_t places_for_local = 16;

  connections(std::int32_t max, std::int32_t max_per_address);

  /// Why one more from this address is refused, if it is.
  std::optional<crowd> refuses(const std::string& address) const;
  void add(std::shared_ptr<connection> one, const std::string& address);
  void remove(const connection* one);
  std::vector<std::shared_ptr<connection>> all() const;
  /// The address that this connection counts for; of IPv6 the first 64 bits.
  std::string address_of(const connection* one) const;
  /// Those whose time is up.
  std::vector<std::shared_ptr<connection>> expired(std::chrono::steady_clock::time_point now) const;
  bool wait_until_empty(std::chrono::steady_clock::time_point deadline) const;
  /// Lets go of whatever is left, when no thread runs any more.
  void clear();

 private:
  struct entry {
    std::shared_ptr<inbound::connection> connection;
    /// The text that is counted: see client_of().
    std::string address;
  };

  const std::size_t max_;
  const std::size_t max_per_address_;
  mutable std::mutex mutex_;
  mutable std::condition_variable empty_;
  std::unordered_map<const connection*, entry> open_;
  std::unordered_map<std::string, std::size_t> by_address_;
  /// Those by the local socket, of all users.
  std::size_t local_ = 0;
};

}  // namespace postrider::inbound
