#pragma once

#include "tools/postrider/failure.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

/// The commands that talk to a server do so through this interface.
namespace postrider::cli {

struct http_reply {
  int status = 0;
  std::string content_type;
  std::string body;
  /// Retry-After; 0 when the server gave none.
  std::chrono::seconds retry_after{0};
};

class http_client {
 public:
  virtual ~http_client() = default;
  /// `target` begins with a slash; a body is sent as JSON. The failure says why there is no reply.
  outcome<http_reply> request(const std::string& method, const std::string& target,
                              const std::string& body, const std::string& idempotency_key = {}) {
    return send(method, target, body, idempotency_key);
  }
  /// Posts lines and takes their answers while they go: `next` gives what comes next, nothing when
  /// there is no more; `take` gets what comes back, and ends it all with false. The reply has a
  /// body only when the status is not 200.
  virtual outcome<http_reply> stream(const std::string& target,
                                     const std::function<std::string()>& next,
                                     const std::function<bool(std::string_view)>& take) = 0;

 private:
  virtual outcome<http_reply> send(const std::string& method, const std::string& target,
                                   const std::string& body, const std::string& idempotency_key) = 0;
};

struct server_location {
  std::string url = "http://127.0.0.1:8080";
  /// Sent as a bearer token unless empty.
  std::string key;
  /// A PEM file with the authorities to trust in place of the system's.
  std::string ca_file;
  /// The local socket to go through; empty: TCP.
  std::string socket = {};
  /// Why it is not another server, for a person when this one cannot be reached; may be empty.
  std::string hint = {};
};

/// Over one connection; no proxy of the environment is used.
std::unique_ptr<http_client> make_http_client(const server_location& server);

}  // namespace postrider::cli
