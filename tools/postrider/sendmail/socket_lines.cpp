#include "tools/postrider/sendmail/socket_lines.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace postrider::cli {

namespace {

std::string last_error_text() { return std::generic_category().message(errno); }

}  // namespace

outcome<socket_lines> socket_lines::connect(const std::string& path, milliseconds limit) {
  ::sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    return failure::because(fmt::format("the path of the socket {} is too long", path));
  path.copy(address.sun_path, path.size());
  socket_lines made(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (made.socket_ < 0) return failure::because("a socket cannot be opened: " + last_error_text());
  const auto until = std::chrono::steady_clock::now() + limit;
  while (::connect(made.socket_, reinterpret_cast<const ::sockaddr*>(&address), sizeof address) !=
         0) {
    // EAGAIN: the server's queue of connections is full (unix(7)); nothing says when it has room.
    const bool full = errno == EAGAIN || errno == EINTR;
    if (!full || std::chrono::steady_clock::now() >= until)
      return failure::because(fmt::format("the server does not answer at {}: {}", path,
                                          full ? "too many connections" : last_error_text()));
    ::poll(nullptr, 0, 20);
  }
  return made;
}

socket_lines::socket_lines(int socket) : socket_(socket) {}

socket_lines::socket_lines(socket_lines&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}

socket_lines& socket_lines::operator=(socket_lines&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(input_, other.input_);
  return *this;
}

socket_lines::~socket_lines() {
  if (socket_ >= 0) ::close(socket_);
}

std::string socket_lines::wait(short events, milliseconds limit) const {
  ::pollfd one{socket_, events, 0};
  const auto until = std::chrono::steady_clock::now() + limit;
  for (;;) {
    const auto left =
        std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
    const int ready = ::poll(&one, 1, left.count() > 0 ? static_cast<int>(left.count()) : 0);
    if (ready > 0) return {};
    if (ready == 0)
      return fmt::format("the server did not answer within {} s",
                         static_cast<double>(limit.count()) / 1'000);
    if (errno != EINTR) return last_error_text();
  }
}

outcome<std::string> socket_lines::read(milliseconds limit) {
  for (;;) {
    if (const auto end = input_.find('\n'); end != std::string::npos) {
      auto line = input_.substr(0, end);
      input_.erase(0, end + 1);
      if (line.ends_with('\r')) line.pop_back();
      return line;
    }
    if (input_.size() > longest_line)
      return failure::because("the server sent a line that is too long");
    if (const auto why = wait(POLLIN, limit); !why.empty()) return failure::because(why);
    std::array<char, 1'024> piece{};
    const auto got = ::recv(socket_, piece.data(), piece.size(), 0);
    if (got > 0) input_.append(piece.data(), static_cast<std::size_t>(got));
    else if (got == 0) return failure::because("the server closed the connection");
    else if (errno != EINTR && errno != EAGAIN)
      return failure::because("the connection to the server broke: " + last_error_text());
  }
}

outcome<bool> socket_lines::write(std::string_view bytes, milliseconds limit) {
  while (!bytes.empty()) {
    if (const auto why = wait(POLLOUT, limit); !why.empty()) return failure::because(why);
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno != EINTR && errno != EAGAIN)
      return failure::because("the connection to the server broke: " + last_error_text());
  }
  return true;
}

}  // namespace postrider::cli
