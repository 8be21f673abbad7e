#pragma once

#include <string>
#include <string_view>

namespace postrider::tests {

// A blocking connection to a port on loopback that shows what really goes over the wire. Every
// wait ends after ten seconds.
class raw_client {
 public:
  explicit raw_client(unsigned short port);
  ~raw_client();
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  bool is_connected() const { return socket_ >= 0; }
  bool send(std::string_view text) const;

  enum class ending { answered, closed, reset, silent };
  struct received {
    ending how = ending::answered;
    unsigned status = 0;
    std::string head;
    std::string body;  // as much as came
  };
  // Reads one answer with a Content-Length. `patience_ms` is how long silence is waited for.
  received read(int patience_ms = 10'000);
  received ask(std::string_view method, std::string_view target, std::string_view body = "");

 private:
  bool wait_readable(int patience_ms) const;

  int socket_ = -1;
  std::string text_;
};

// One request on a connection of its own.
raw_client::received ask(unsigned short port, std::string_view method, std::string_view target,
                         std::string_view body = "");

}  // namespace postrider::tests
