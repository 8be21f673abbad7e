#pragma once

#include "sources/settings.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::http {

/// The bounds of the HTTP front; docs/reference/configuration.md lists their keys.
struct http_settings {
  /// "127.0.0.1:8080" or "[::1]:8080"; port 0 takes a free one.
  std::string listen = "127.0.0.1:8080";
  /// A listening socket that is open already, in place of `listen`. The server closes it, which
  /// does not end it where others have it too.
  std::optional<int> handed_over_socket;
  /// An additional Unix socket, for the owner and the group of its file; empty: none.
  std::string local_socket;
  /// Without it the server starts all the same, with a warning.
  bool local_socket_is_optional = false;
  /// PEM files; empty: plain HTTP.
  std::string tls_certificate, tls_key;
  /// Requests without an API key are refused.
  bool keys_required = false;
  std::int32_t threads = 1;
  std::size_t max_header_bytes = 8 * 1024;
  std::size_t max_body_bytes = 1024 * 1024;
  std::int32_t max_connections = 10'000;
  std::int32_t max_connections_per_address = 1'000;
  std::chrono::milliseconds header_timeout{10'000};
  std::chrono::milliseconds body_timeout{30'000};
  std::chrono::milliseconds idle_timeout{60'000};
  /// From the last byte of the request to the first of the answer.
  std::chrono::milliseconds request_timeout{35'000};
  std::chrono::milliseconds write_timeout{30'000};
  /// The sources at the start; server::common() has those in force.
  std::vector<sources::source_settings> sources;
};

/// The demands of a server on its clients, and how it is reached.
struct exposure {
  /// As in http_settings.
  bool keys_required = false;
  /// Others than this machine can reach it, and connections are not encrypted.
  bool plain_to_others = false;
};

inline constexpr std::string_view keys_without_tls =
    "API keys come over the network without TLS, where others can read them: set "
    "http.tls_certificate "
    "and http.tls_key, or listen on loopback behind a proxy that has TLS";

}  // namespace postrider::http
