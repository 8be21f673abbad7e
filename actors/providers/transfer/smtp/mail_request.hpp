#pragma once

#include "actors/providers/transfer/transfer.hpp"
#include "actors/providers/transfer/wire/target_url.hpp"

#include <optional>

namespace postrider::actors::smtp {

/// A sentence when this must not go to a server: addresses and names become parts of commands, so a
/// line break in one would be another command (RFC 5321, 2.3.8 forbids bare CR and LF too).
std::string refusal_of(const transfer_request& request);

/// The same for requests that may share connections.
std::string key_of(const transfer_request& request);

/// The commands, without their line ends.
std::string ehlo_name(const mail_envelope& mail);
std::string mail_command(const mail_envelope& mail);
std::string rcpt_command(const mail_envelope& mail);

/// The message as it goes over the wire: dots doubled at the beginning of lines, and the line with
/// a dot that ends it (RFC 5321, 4.5.2).
std::string dotted(std::string_view message);

}  // namespace postrider::actors::smtp
