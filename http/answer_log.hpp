#pragma once

#include "http/counters.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/router.hpp"

#include <string>

namespace postrider::http {

/// Counts an answer, and at `debug` writes a line. The line names the route and not the target:
/// targets have tokens and recipients in them.
void note_answer(counters& counted, std::size_t route, unsigned status,
                 std::chrono::microseconds took, const std::string& request_id);

/// At `info` a line for what an admin changed: who (the key's name and beginning), what, and how it
/// was answered. Refusals for want of a key are counted only, so that nobody can fill the log.
void note_change(const endpoint& at, const request& from, const response& answer);

}  // namespace postrider::http
