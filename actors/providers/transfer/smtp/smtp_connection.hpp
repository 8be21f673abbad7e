#pragma once

#include "actors/providers/transfer/smtp/extensions.hpp"
#include "actors/providers/transfer/wire/byte_stream.hpp"

#include <array>
#include <memory>

namespace postrider::actors::smtp {

/// A connection to a server that has greeted us, and what it said of itself.
struct connection {
  connection(std::string the_key, wire::tcp_socket socket)
      : key(std::move(the_key)), stream(std::move(socket)) {}

  /// Messages with the same key may share it.
  std::string key;
  wire::byte_stream stream;
  /// The bytes of one read.
  std::array<char, 4096> block{};
  /// Received, and not yet read as lines.
  std::string input;
  extensions server;
};

/// Says QUIT and closes, without waiting for an answer. Takes a second at most.
wire::awaitable<void> say_goodbye(wire::executor on, std::shared_ptr<connection> served);

}  // namespace postrider::actors::smtp
