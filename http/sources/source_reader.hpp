#pragma once

#include "http/request.hpp"
#include "sources/translate.hpp"

#include <optional>
#include <string>

/// A request to a source, taken apart: its key, and the rest.
namespace postrider::http {

/// The key, from the first of the places where the clients of all types put one: Authorization
/// (Bearer, or the password of Basic), X-Gotify-Key, ?key=, ?token=, ?auth= (ntfy), and a segment
/// of the path that begins with "pr_". Nothing: there is none.
std::optional<std::string> source_key(const request& from);

/// All but the key. Nothing when the path or the query is not percent-encoded UTF-8.
std::optional<sources::incoming> source_input(const request& from);

/// The path and query as they may be shown.
std::string shown_target(const request& from);

}  // namespace postrider::http
