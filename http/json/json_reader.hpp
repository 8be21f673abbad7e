#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace postrider::http {

/// Why a text is not a document that Postrider takes, and where.
struct json_error {
  std::string what;
  /// From 1; columns count characters, not bytes.
  std::size_t line = 1;
  std::size_t column = 1;
};
[[noreturn]] void throw_exception_from_error(const json_error& error,
                                             const boost::source_location& where);

/// "line 2, column 14: the member \"type\" appears twice"
std::string to_string(const json_error& error);

/// Deeper nesting is refused: a reader must not be at the mercy of a client for its stack.
inline constexpr std::size_t max_json_depth = 16;

/// One JSON document in UTF-8 (RFC 8259), nothing after it. Stricter than Boost.JSON, which takes
/// the last of two members with one name, turns 1e400 into infinity and an integer beyond 64 bits
/// into a rounded double: those are refused, as RFC 7493 (I-JSON) asks.
boost::system::result<boost::json::value, json_error> parse_json(std::string_view text,
                                                                 boost::json::storage_ptr memory);

}  // namespace postrider::http
