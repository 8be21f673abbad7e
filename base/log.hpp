#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

/// The server's log. Lines say what an operator should know, never a message's text, never a
/// secret. At `debug` there is one for each step of each message.
namespace postrider {

enum class log_level : std::uint8_t { debug, info, warning, error };

/// The subject of a line: request_id, message_id, trace_id, transaction, provider, recipient.
/// Values may be a client's own: the sink escapes them.
struct log_field {
  std::string_view name;
  std::string value;
};
using log_fields = std::span<const log_field>;
using log_sink = std::function<void(log_level, std::string_view component, std::string_view text,
                                    log_fields fields)>;

/// Set once, before the pipeline starts; without a sink lines are dropped. The sink is called from
/// any thread, for lines of `least` and above.
void set_log_sink(log_sink sink, log_level least = log_level::info);
/// Tells whether a line of this level is written, for callers that must work for its text.
bool logs(log_level level);
void log(log_level level, std::string_view component, std::string_view text,
         log_fields fields = {});

}  // namespace postrider
