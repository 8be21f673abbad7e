#pragma once

#include "persistence/access.hpp"

#include <string_view>

namespace postrider::actors {

/// FIPS 180-4.
persistence::hash sha256(std::string_view text);

}  // namespace postrider::actors
