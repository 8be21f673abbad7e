#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::test {

/// An answer as it came. Field names are in lower case.
struct reply {
  int status = 0;
  std::map<std::string, std::string> fields;
  std::string body;

  std::string field(const std::string& name) const;
  /// The member `code` of a problem document; empty when it is none.
  std::string code() const;
};

/// A blocking socket that sends exactly the bytes it is given: what no HTTP library would send.
/// Every wait ends after five seconds with an exception.
class raw_client {
 public:
  /// "127.0.0.1:8080", or the path of a Unix socket.
  explicit raw_client(const std::string& address);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  void send(std::string_view bytes);
  /// As far as the server takes it: it may close in the middle. Whether all of it went.
  bool try_send(std::string_view bytes);
  void shutdown_send();
  void close();
  /// The next answer. `head` is set when it answers HEAD: then it has no content.
  reply receive(bool head = false);
  /// Whether something can be received now.
  bool has_answer() const;
  /// Whether the server closes the connection without another byte.
  bool closed_by_server();
  /// Bytes up to and with `end`.
  std::string receive_until(std::string_view end);

 private:
  bool fill();
  std::string receive_chunks();

  int socket_ = -1;
  std::string buffer_;
};

/// One request on a connection of its own.
reply ask(const std::string& address, std::string_view bytes);
/// "GET /livez HTTP/1.1" with Host and whatever fields are given.
std::string get(std::string_view target, std::string_view fields = "");
std::string post(std::string_view target, std::string_view json, std::string_view fields = "");

/// Waits for a condition, at most thirty seconds.
template <class Condition>
bool eventually(Condition condition);

}  // namespace postrider::test

#include <thread>

template <class Condition>
bool postrider::test::eventually(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}
