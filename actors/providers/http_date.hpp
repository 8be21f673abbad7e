#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace postrider::actors {

/// An HTTP-date in any of the three forms of RFC 9110 (5.6.7): IMF-fixdate, RFC 850 and asctime.
/// The two-digit year of RFC 850 is the one that lies at most 50 years after `now`.
std::optional<std::chrono::sys_seconds> read_http_date(std::string_view text,
                                                       std::chrono::sys_seconds now);

}  // namespace postrider::actors
