#pragma once

#include "actors/providers/transfer/wire/byte_stream.hpp"
#include "actors/providers/transfer/wire/deadlines.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <deque>
#include <list>
#include <string>
#include <unordered_map>

namespace postrider::actors::http1 {

/// A connection to a peer and the memory of its exchanges.
struct connection {
  connection(std::string the_key, wire::tcp_socket socket)
      : key(std::move(the_key)), stream(std::move(socket)) {}

  /// Connections with the same key may serve each other's requests.
  std::string key;
  wire::byte_stream stream;
  boost::beast::flat_buffer input;
  /// A request's head, or all of a small one.
  std::string output;
  /// False for one that was made where all addresses are allowed, to one that is not public.
  bool public_peer = false;
};

struct pool_limits {
  /// Idle connections, over all hosts; the oldest is closed when there are more.
  std::size_t connections = 512;
  /// The same for one host, so that a busy one leaves the others theirs.
  std::size_t connections_per_host = 256;
  /// An idle connection older than this is closed: the peer may be closing it too.
  std::chrono::seconds idle_age{20};
};

/// Idle connections. Those in use belong to their exchanges, and are as many as the providers'
/// max_in_flight allows.
class connection_pool final : private wire::expiring {
 public:
  connection_pool(wire::deadlines& deadlines, pool_limits limits)
      : deadlines_(deadlines), limits_(limits) {}

  /// The one that was used last, for it is the least likely to be closed by its peer. Null when
  /// there is none. A peer that closed it, or sent what nobody asked for, is found out here.
  std::unique_ptr<connection> take(const std::string& key, bool public_addresses_only);
  void give_back(std::unique_ptr<connection> served);
  /// Closes all.
  void clear();
  std::size_t size() const { return idle_.size(); }

 private:
  struct idle_connection {
    std::unique_ptr<connection> kept;
    wire::clock::time_point since;
  };
  /// Oldest first.
  using order = std::list<idle_connection>;

  void on_deadline() override;
  void close_oldest();
  void watch_oldest();

  wire::deadlines& deadlines_;
  pool_limits limits_;
  order idle_;
  /// Oldest first, as in `idle_`.
  std::unordered_map<std::string, std::deque<order::iterator>> by_key_;
  bool watching_ = false;
};

}  // namespace postrider::actors::http1
