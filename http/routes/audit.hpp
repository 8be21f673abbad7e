#pragma once

#include <array>
#include <string_view>

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

inline constexpr std::array<std::string_view, 10> audit_parameters{"who", "action", "since",
                                                                   "limit", "cursor"};

/// GET /v1/audit
void get_audit(exchange& x);

}  // namespace postrider::http::routes
