#pragma once

#include <boost/json/value.hpp>

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// Replies are written straight into a reused string, because a tree of values for each would cost
// more than all the rest of a request.
void append_json_string(std::string& out, std::string_view text);
void append_json_value(std::string& out, const boost::json::value& value);

template <std::integral Number>
void append_number(std::string& out, Number number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

}  // namespace postrider::provider_sim
