#pragma once

#include "tools/postrider/sendmail/smtp_session.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::cli::tests {

/// The server's end of a connection. Its replies are there before the client asks, because the
/// client says a command only after the reply to the one before.
class mail_peer {
 public:
  /// `replies`: all that the server says, from the greeting on.
  explicit mail_peer(const std::string& replies) {
    std::array<int, 2> ends{};
    BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    server_ = ends[0];
    client_ = ends[1];
    BOOST_TEST_REQUIRE(::send(server_, replies.data(), replies.size(), 0) ==
                       static_cast<ssize_t>(replies.size()));
  }
  mail_peer(const mail_peer&) = delete;
  ~mail_peer() {
    if (client_ >= 0) ::close(client_);
    ::close(server_);
  }

  /// The server says no more, and reads on.
  void fall_silent() const { ::shutdown(server_, SHUT_WR); }

  socket_lines connection() { return socket_lines(std::exchange(client_, -1)); }

  /// All that the client has said so far.
  std::string heard() const {
    std::string text;
    std::array<char, 4'096> piece{};
    for (;;) {
      const auto got = ::recv(server_, piece.data(), piece.size(), MSG_DONTWAIT);
      if (got <= 0) return text;
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  int server_ = -1, client_ = -1;
};

inline constexpr smtp_session::time_limits short_limits{
    std::chrono::milliseconds(200), std::chrono::milliseconds(200), std::chrono::milliseconds(200)};

}  // namespace postrider::cli::tests
