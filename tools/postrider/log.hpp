#pragma once

#include "base/log.hpp"
#include "tools/postrider/settings.hpp"

#include <string_view>

/// The server's log, on stderr: UTC, one line for each thing that happened.
namespace postrider::cli {

/// Once, before anything logs: from here on log() writes there, for every layer.
void start_log(const log_settings& settings);

/// A line without its time: `[sender message_id=0193... provider=alpha] text`, or the members of a
/// JSON object. The text is last, so that it cannot pass for a field.
std::string log_line(log_format format, std::string_view component, std::string_view text,
                     log_fields fields = {});

}  // namespace postrider::cli
