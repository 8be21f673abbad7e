#pragma once

#include "http/connection/exchange.hpp"
#include "http/json/json_writer.hpp"

namespace postrider::http::routes {

void create_key(exchange& x);
void get_keys(exchange& x);
void revoke_key(exchange& x);

/// `secret` is shown once, when the key was made; else it is empty.
void write_key(json_writer& json, const persistence::api_key& key, std::string_view secret = {});

}  // namespace postrider::http::routes
