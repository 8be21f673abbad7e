#pragma once

#include "base/ascii.hpp"

#include <algorithm>
#include <string_view>

namespace postrider::actors::http1 {

/// True for "Name: value" of that name, in whatever case.
inline bool is_named(std::string_view line, std::string_view name) {
  return line.size() > name.size() && line[name.size()] == ':' &&
         std::ranges::equal(line.substr(0, name.size()), name, {}, ascii::lower, ascii::lower);
}

}  // namespace postrider::actors::http1
