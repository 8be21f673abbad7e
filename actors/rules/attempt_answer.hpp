#pragma once

#include "actors/providers/driver.hpp"

#include <string>

namespace postrider::actors {

/// A provider's answer in short, for the record of the attempt: the outcome's detail, or for what
/// was accepted the status line: "HTTP 201", "250 2.0.0 Ok: queued as 4F2".
std::string answer_of(const outcome& what, const transfer_result& result);

}  // namespace postrider::actors
