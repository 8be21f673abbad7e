#pragma once

#include "actors/providers/transfer/smtp/extensions.hpp"
#include "actors/providers/transfer/transfer.hpp"

#include <optional>
#include <string>
#include <vector>

namespace postrider::actors::smtp {

/// One way to log in (RFC 4954), as the lines that it sends.
struct login {
  /// The command, with its first answer where a line holds both (RFC 4954, 4): no round trip for
  /// an empty challenge.
  std::string command;
  /// The answers to the server's challenges (334), in order.
  std::vector<std::string> answers;
};

/// PLAIN (RFC 4616), LOGIN or XOAUTH2: that of the envelope, or the best for a password that the
/// server has. Nothing when the server has none of these.
std::optional<login> choose_login(const mail_envelope& mail, const extensions& server);

}  // namespace postrider::actors::smtp
