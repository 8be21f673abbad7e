#pragma once

#include "persistence/failures.hpp"
#include "persistence/sql/sql_session.hpp"

#include <array>

namespace postrider::persistence {

/// Errors with which a delivery ends that somebody wanted to arrive: cancelling is what somebody
/// wanted.
inline constexpr std::array lost_by{error_code::recipient_rejected,
                                    error_code::message_rejected,
                                    error_code::throttled,
                                    error_code::unavailable,
                                    error_code::misconfigured,
                                    error_code::outcome_unknown,
                                    error_code::expired,
                                    error_code::no_route,
                                    error_code::undelivered};

failure_groups group_failures(sql_session& session, const failure_query& what);

/// The newest rows in history with one error, made at a time or later.
std::string newest_failures_statement(const sql_dialect& dialect);

}  // namespace postrider::persistence
