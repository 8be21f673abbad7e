#pragma once

#include "actors/api/gateway.hpp"
#include "http/connection/connections.hpp"
#include "http/connection/tls.hpp"
#include "http/counters.hpp"
#include "http/settings.hpp"
#include "http/sources/source_board.hpp"
#include "http/wrong_keys.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace postrider::http {

class session;

/// The way from the pipeline's threads back to a connection. An answer may come when the server is
/// long gone: the gateway's callbacks hold this and nothing that belongs to the server.
class way_back {
 public:
  /// Resumes the session on its own executor, if both still exist.
  void wake(const std::weak_ptr<session>& waiting, std::uint64_t call);
  /// Nothing is posted after this returns.
  void close();

 private:
  std::mutex mutex_;
  bool closed_ = false;
};

/// State that all connections of a server share.
struct front {
  front(const http_settings& limits, actors::gateway& pipeline)
      : settings(limits),
        gateway(pipeline),
        connections(limits.max_connections, limits.max_connections_per_address) {
    sources.put(limits.sources);
  }

  const http_settings settings;
  actors::gateway& gateway;
  http::counters counters;
  /// The process ends; nothing undoes it.
  std::atomic<bool> draining{false};
  /// An operator wants no new work here for now (/admin/drain); /admin/resume undoes it.
  std::atomic<bool> drained{false};
  http::connections connections;
  source_board sources;
  http::wrong_keys wrong_keys;
  /// Empty: connections speak plainly.
  tls_slot tls;
  /// Known when the server listens.
  http::exposure exposure;
  const std::shared_ptr<way_back> back = std::make_shared<way_back>();
};

}  // namespace postrider::http
