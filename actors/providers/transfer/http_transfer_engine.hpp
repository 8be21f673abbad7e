#pragma once

#include "actors/providers/transfer/transfer.hpp"

#include <memory>

namespace postrider::actors {

namespace wire {
class loop;
}

struct http_transfer_settings {
  /// An idle connection is closed when there are more than these, over all providers.
  long max_connections = 512;
  /// An idle connection older than this is not used again: the peer may be closing it.
  std::chrono::seconds max_idle_age{20};
  /// The same as `max_connections`, of one host.
  long max_per_host = 256;
};

/// HTTP/1.1, with TLS or without, by Beast on a loop's thread. Connections are reused; a
/// request is never written twice; certificates are verified; no redirects; no proxy from the
/// environment. A provider that hangs holds only its own transfers. Destroying it ends what is in
/// flight: those requests are answered as their stage says.
std::unique_ptr<transfer_engine> make_http_transfer_engine(http_transfer_settings settings,
                                                           std::shared_ptr<wire::loop> on);
/// On a thread of its own.
std::unique_ptr<transfer_engine> make_http_transfer_engine(http_transfer_settings settings = {});

}  // namespace postrider::actors
