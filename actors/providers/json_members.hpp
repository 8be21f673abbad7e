#pragma once

#include <boost/json.hpp>

#include <cstdint>
#include <optional>
#include <string_view>

/// Members of a peer's JSON object, which may be missing or of another type: then null, empty or
/// nothing.
namespace postrider::actors {

inline const boost::json::object* object_at(const boost::json::object& parent,
                                            std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value ? value->if_object() : nullptr;
}

inline const boost::json::array* array_at(const boost::json::object& parent,
                                          std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value ? value->if_array() : nullptr;
}

inline std::string_view text_at(const boost::json::object& parent, std::string_view name) {
  const auto* value = parent.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

inline std::optional<std::int64_t> integer_at(const boost::json::object& parent,
                                              std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value && value->is_int64() ? std::optional(value->as_int64()) : std::nullopt;
}

inline bool is_true_at(const boost::json::object& parent, std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value && value->is_bool() && value->as_bool();
}

}  // namespace postrider::actors
