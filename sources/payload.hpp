#pragma once

#include "sources/translate.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

/// JSON of programs that change without us: members that are missing or of another type are absent,
/// and others are ignored.
namespace postrider::sources {

/// Deeper nesting is refused.
inline constexpr std::size_t max_payload_depth = 64;

/// The body as JSON. The refusal says where it is none.
boost::system::result<boost::json::value, refusal> parse_payload(const source_settings& of,
                                                                 std::string_view body);
/// The same, for types whose payload is an object.
boost::system::result<boost::json::value, refusal> parse_object(const source_settings& of,
                                                                std::string_view body);

const boost::json::value* member(const boost::json::value& of, std::string_view name);
/// A text, or a number or a boolean as a text; empty: there is none.
std::string text_member(const boost::json::value& of, std::string_view name);
std::string text_of(const boost::json::value& value);
std::optional<std::int64_t> whole_number(const boost::json::value* value);

/// "commonLabels.alertname", "alerts.0.status"; null: there is none.
const boost::json::value* by_dots(const boost::json::value& from, std::string_view path);

}  // namespace postrider::sources
