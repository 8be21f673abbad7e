#pragma once

#include "inbound/source_board.hpp"
#include "inbound/source_call.hpp"
#include "sources/answers.hpp"

#include <optional>
#include <string>
#include <vector>

/// The ends of all messages of one request to a source.
namespace postrider::inbound {

/// The recipients that can never get this message, each with the reason, as one text.
std::string failures_of(const std::vector<sent_message>& ends);

std::vector<sources::stored_message> stored_of(const std::vector<sent_message>& ends);

/// The error when no message can succeed later. Nothing: some cannot, but a repeat would send the
/// others twice (it is not harmless), so it is a success with a warning.
std::optional<actors::service_error> failure_of(const std::vector<sent_message>& ends,
                                                bool harmless);

/// The outcome of a request whose messages are stored; those that cannot be are logged.
source_outcome outcome_of(const source_ptr& source, const sources::translation& made,
                          const std::vector<sent_message>& ends, const std::string& request_id);

}  // namespace postrider::inbound
