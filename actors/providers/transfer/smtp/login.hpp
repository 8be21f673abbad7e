#pragma once

#include "actors/providers/transfer/smtp/extensions.hpp"
#include "actors/providers/transfer/transfer.hpp"

#include <optional>

namespace postrider::actors::smtp {

/// One way to log in (RFC 4954), as the lines that it sends.
struct login {
  /// The command, with its first answer (RFC 4954, 4): no round trip for an empty challenge.
  std::string command;
  /// The answer to the server's challenge (334); empty where the mechanism has no more to say.
  std::string answer;
};

/// PLAIN (RFC 4616), LOGIN or XOAUTH2: that of the envelope, or the best for a password that the
/// server has. Nothing when the server has none of these.
std::optional<login> choose_login(const mail_envelope& mail, const extensions& server);

}  // namespace postrider::actors::smtp
