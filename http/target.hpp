#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace postrider::http {

/// Decodes %XX once (RFC 3986, 2.1). Nothing when a "%" is not followed by two digits, or when the
/// result is not UTF-8 or has a control character.
std::optional<std::string> percent_decode(std::string_view text);

/// The next "name=value" of a query, taken from its front; names and values are still encoded.
struct query_pair {
  std::string_view name, value;
};
std::optional<query_pair> next_pair(std::string_view& query);

}  // namespace postrider::http
