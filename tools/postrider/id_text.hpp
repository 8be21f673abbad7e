#pragma once

#include <string>

namespace postrider::cli {

/// Why a text cannot be the number of a user or a transaction; empty when it can. For CLI11's
/// check(): its own numbers saturate, and read a leading zero as octal.
std::string refusal_of_id(const std::string& text);

}  // namespace postrider::cli
