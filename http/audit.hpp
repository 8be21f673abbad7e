#pragma once

#include "actors/api/gateway.hpp"
#include "http/router.hpp"

namespace postrider::http {

/// Whether a request to this endpoint changes what is set up, or a message by hand: each that takes
/// an admin's key and is no GET, a cancellation, and a browser's sign-in and sign-out. Messages
/// that are sent are history, and no entry.
bool is_audited(const endpoint& at);

/// The entry of a request that was answered; nothing for what is no change. Requests that were
/// refused for want of a key or a scope are only counted, so that nobody can fill the table.
std::optional<persistence::audit_entry> audit_of(const endpoint& at, const request& from,
                                                 const response& answer, std::string_view address);

}  // namespace postrider::http
