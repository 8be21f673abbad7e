#pragma once

#include "tools/postrider/failure.hpp"

#include <cstddef>
#include <iosfwd>
#include <string>

namespace postrider::cli {

/// More than any request may have.
inline constexpr std::size_t max_text_bytes = 16u << 20;

/// All bytes of a file; a failure names it.
outcome<std::string> read_text_file(const std::string& path);

/// All that a stream has; a failure names it as `name`.
outcome<std::string> read_text(std::istream& in, const std::string& name);

}  // namespace postrider::cli
