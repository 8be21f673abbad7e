#pragma once

#include "tools/postrider/failure.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace postrider::cli {

/// The addresses of a header field or an argument (RFC 5322, 3.4 and 4.4): names, comments, groups
/// and routes are left out, quotes that an address needs are kept. An address without a domain
/// gets `domain`. The failure is a sentence about the part that is no address.
outcome<std::vector<std::string>> read_address_list(std::string_view text, std::string_view domain);

}  // namespace postrider::cli
