#pragma once

#include "http/counters.hpp"

#include <string>

namespace postrider::http {

/// Counts an answer, and at `debug` writes a line. The line names the route and not the target:
/// targets have tokens and recipients in them.
void note_answer(counters& counted, std::size_t route, unsigned status,
                 std::chrono::microseconds took, const std::string& request_id);

}  // namespace postrider::http
