#include "tests/tools/line_client.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace postrider::tests {

line_client::line_client(unsigned short port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return;
  ::close(socket_);
  throw std::runtime_error("cannot connect");
}

line_client::~line_client() { ::close(socket_); }

// The other side may have gone already, which reading tells.
void line_client::send(std::string_view text) const {
  [[maybe_unused]] const auto sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
}

std::string line_client::read_line(int patience_ms) {
  for (;;) {
    if (const std::size_t end = text_.find('\n'); end != text_.npos) {
      std::string line = text_.substr(0, end);
      text_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    pollfd ready{socket_, POLLIN, 0};
    how_ = ending::silent;
    if (::poll(&ready, 1, patience_ms) != 1) return std::exchange(text_, {});
    char piece[4096];
    const ssize_t size = ::recv(socket_, piece, sizeof piece, 0);
    how_ = size < 0 && errno == ECONNRESET ? ending::reset : ending::closed;
    if (size <= 0) return std::exchange(text_, {});
    how_ = ending::none;
    text_.append(piece, static_cast<std::size_t>(size));
  }
}

}  // namespace postrider::tests
