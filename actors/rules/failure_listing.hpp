#pragma once

#include "actors/api/message_requests.hpp"
#include "actors/rules/provider_lookup.hpp"

/// Failures in groups. Pure functions; `all` names the providers.
namespace postrider::actors {

inline constexpr std::chrono::hours failure_span{24};

persistence::failure_query ledger_query(const failure_request& request, const providers_by_id& all,
                                        time_point now);
failure_report describe(const persistence::failure_groups& found, time_point since,
                        const providers_by_id& all);

}  // namespace postrider::actors
