#pragma once

#include "actors/api/gateway.hpp"
#include "actors/rules/provider_lookup.hpp"

namespace postrider::actors {

/// A user's provider list with names in place of ids, in the order of priority.
std::vector<user_provider_line> lines_of(const std::vector<persistence::user_provider>& list,
                                         const providers_by_id& all);

/// The other way round, or everything that is wrong with the lines: unknown or repeated providers,
/// bad addresses.
result<std::vector<persistence::user_provider>> check_lines(
    const std::vector<user_provider_line>& lines, const providers_by_id& all);

/// Lines that a list may have.
inline constexpr std::size_t max_user_providers = 100;

}  // namespace postrider::actors
