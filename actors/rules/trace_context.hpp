#pragma once

#include "persistence/model.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// W3C Trace Context (https://www.w3.org/TR/trace-context/): a message belongs to its client's
/// trace, and each call of a provider is a span of its own in it. Pure functions.
namespace postrider::actors {

/// "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", as http/ has checked it, or empty.
std::string_view trace_id_of(std::string_view traceparent);

/// The traceparent for the provider: the same trace, with the id of this attempt as the parent.
/// Empty when the message has no trace. An attempt is a transaction and the time of its call,
/// because a throttled transaction is called again.
std::string traceparent_of_attempt(std::string_view traceparent, persistence::transaction_id id,
                                   persistence::time_point called);

}  // namespace postrider::actors
