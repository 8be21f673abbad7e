#include "tests/tools/raw_client.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::tests {

raw_client::raw_client(unsigned short port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) return;
  ::close(socket_);
  socket_ = -1;
}

raw_client::~raw_client() {
  if (socket_ >= 0) ::close(socket_);
}

bool raw_client::send(std::string_view text) const {
  return ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(text.size());
}

bool raw_client::wait_readable(int patience_ms) const {
  pollfd ready{socket_, POLLIN, 0};
  return ::poll(&ready, 1, patience_ms) == 1;
}

raw_client::received raw_client::read(int patience_ms) {
  received got;
  for (;;) {
    const std::size_t head = text_.find("\r\n\r\n");
    if (head != text_.npos) {
      got.head = text_.substr(0, head);
      got.status = static_cast<unsigned>(std::atoi(got.head.c_str() + 9));
      const std::size_t at = got.head.find("Content-Length: ");
      const std::size_t size =
          at == got.head.npos ? 0 : static_cast<std::size_t>(std::atoi(got.head.c_str() + at + 16));
      got.body = text_.substr(head + 4, size);
      if (got.body.size() == size) {
        text_.erase(0, head + 4 + size);
        return got;
      }
    }
    char piece[4096];
    got.how = ending::silent;
    if (!wait_readable(patience_ms)) return got;
    const ssize_t size = ::recv(socket_, piece, sizeof piece, 0);
    got.how = size < 0 && errno == ECONNRESET ? ending::reset : ending::closed;
    if (size <= 0) return got;
    got.how = ending::answered;
    text_.append(piece, static_cast<std::size_t>(size));
  }
}

raw_client::received raw_client::ask(std::string_view method, std::string_view target,
                                     std::string_view body) {
  std::string request(method);
  request += ' ';
  request += target;
  request += " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: " +
             std::to_string(body.size()) + "\r\n\r\n";
  request += body;
  send(request);
  return read();
}

raw_client::received ask(unsigned short port, std::string_view method, std::string_view target,
                         std::string_view body) {
  return raw_client(port).ask(method, target, body);
}

}  // namespace postrider::tests
