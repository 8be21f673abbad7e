#pragma once

#include "tools/postrider/failure.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace postrider::cli {

/// Lines over a connected Unix socket, each read and write with a time limit. A failure ends it.
class socket_lines {
 public:
  using milliseconds = std::chrono::milliseconds;

  /// Connects to the socket at a path. The failure says what is wrong there.
  static outcome<socket_lines> connect(const std::string& path, milliseconds limit);
  /// Takes a connected socket over.
  explicit socket_lines(int socket);
  socket_lines(socket_lines&& other) noexcept;
  socket_lines& operator=(socket_lines&& other) noexcept;
  ~socket_lines();

  /// The next line without its end, at most `longest_line` bytes.
  outcome<std::string> read(milliseconds limit);
  /// All of it, or a failure; `limit` begins again with each piece that the peer takes.
  outcome<bool> write(std::string_view bytes, milliseconds limit);

  static constexpr std::size_t longest_line = 4'096;

 private:
  /// Empty, or why the socket did not become ready.
  std::string wait(short events, milliseconds limit) const;

  int socket_ = -1;
  std::string input_;
};

}  // namespace postrider::cli
