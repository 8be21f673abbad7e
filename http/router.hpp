#pragma once

#include "http/exchange.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace postrider::http {

/// What a route expects as content. `foreign` is another service's call: any body, any query.
enum class content : std::uint8_t { none, json, optional_json, foreign };

/// One line of the table of contents.
struct endpoint {
  http::method method;
  /// "/v1/users/{user_id}/providers"
  std::string_view pattern;
  void (*handle)(exchange& x);
  http::content content = content::none;
  /// The query parameters that it knows; unused places are empty.
  std::array<std::string_view, request::max_arguments> query{};
  /// Answers also while the server is about to stop.
  bool while_draining = false;
};

/// All endpoints; router.cpp is the map of the interface.
std::span<const endpoint> endpoints();
/// Its place among them.
std::size_t place_of(const endpoint& at);

struct routing {
  /// Null when `refused` is set.
  const http::endpoint* endpoint = nullptr;
  std::optional<problem> refused;
  /// With 405: the methods that the path does have.
  std::string allow;
};

/// Finds the endpoint for a header, checks what of it can be checked before the body, and fills
/// the parameters of `from`.
routing route(request& from);

}  // namespace postrider::http
