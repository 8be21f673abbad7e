#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

/// Where the pipeline's log lines go. It writes few: what an operator should know, never a
/// message's text, never a secret.
namespace postrider::actors {

enum class log_level : std::uint8_t { debug, info, warning, error };
using log_sink = std::function<void(log_level, std::string_view component, std::string_view text)>;

/// Set once, before the pipeline starts; without a sink lines are dropped. The sink is called from
/// any thread.
void set_log_sink(log_sink sink);
void log(log_level level, std::string_view component, std::string_view text);

}  // namespace postrider::actors
