#pragma once

#include "http/request.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace postrider::http {

/// A traceparent in the form of version 00, or nothing when it is malformed (W3C Trace Context,
/// 3.2.2 and 4.3): then it is ignored. Of a later version the fields that this one knows are taken;
/// of the flags only "sampled" is passed on.
std::optional<std::string> parse_traceparent(std::string_view text);

/// That of a request; empty when it has none, more than one, or a malformed one.
std::string traceparent_of(const request& from);

}  // namespace postrider::http
