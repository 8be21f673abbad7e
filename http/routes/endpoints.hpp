#pragma once

#include "http/connection/exchange.hpp"

#include <array>

/// Endpoints, the URLs to which events are sent.
namespace postrider::http::routes {

inline constexpr std::array<std::string_view, 10> delivery_parameters{"state", "limit", "before"};

void create_endpoint(exchange& x);
void get_endpoints(exchange& x);
void get_endpoint(exchange& x);
void patch_endpoint(exchange& x);
void delete_endpoint(exchange& x);
void get_endpoint_deliveries(exchange& x);
void replay_endpoint(exchange& x);
void test_endpoint(exchange& x);

}  // namespace postrider::http::routes
