#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /v1/users/{user_id}/providers
void get_user_providers(exchange& x);
/// PUT /v1/users/{user_id}/providers: the whole list
void put_user_providers(exchange& x);

}  // namespace postrider::http::routes
