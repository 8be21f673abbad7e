#include "tests/tools/scripted_receiver.hpp"

#include <arpa/inet.h>
#include <cstdlib>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace postrider::tests {
namespace {

void wait_readable(int socket) {
  pollfd ready{socket, POLLIN, 0};
  if (::poll(&ready, 1, 10'000) != 1) throw std::runtime_error("nobody called in time");
}

bool is_complete(const std::string& text) {
  const std::size_t head = text.find("\r\n\r\n");
  if (head == text.npos) return false;
  const std::size_t at = text.find("Content-Length: ");
  const std::size_t size =
      at == text.npos ? 0 : static_cast<std::size_t>(std::atoi(text.c_str() + at + 16));
  return text.size() >= head + 4 + size;
}

}  // namespace

scripted_receiver::scripted_receiver(std::vector<unsigned> statuses)
    : listener_(::socket(AF_INET, SOCK_STREAM, 0)), statuses_(std::move(statuses)) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&at), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("cannot listen");
  port_ = ntohs(at.sin_port);
}

scripted_receiver::~scripted_receiver() {
  if (client_ >= 0) ::close(client_);
  ::close(listener_);
}

std::string scripted_receiver::accept() {
  wait_readable(listener_);
  client_ = ::accept(listener_, nullptr, nullptr);
  std::string text;
  while (!is_complete(text)) {
    wait_readable(client_);
    char piece[4096];
    const ssize_t size = ::recv(client_, piece, sizeof piece, 0);
    if (size <= 0) throw std::runtime_error("half a request: " + text);
    text.append(piece, static_cast<std::size_t>(size));
  }
  return text;
}

void scripted_receiver::answer_accepted() {
  const std::string text = "HTTP/1.1 " + std::to_string(statuses_.at(answered_++)) +
                           " Status\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
  [[maybe_unused]] const auto sent = ::send(client_, text.data(), text.size(), MSG_NOSIGNAL);
  ::close(std::exchange(client_, -1));
}

std::string scripted_receiver::next() {
  std::string text = accept();
  answer_accepted();
  return text;
}

}  // namespace postrider::tests
