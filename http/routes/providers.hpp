#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// GET /v1/providers
void get_providers(exchange& x);
/// GET /v1/providers/{name}
void get_provider(exchange& x);
/// PATCH /v1/providers/{name}
void patch_provider(exchange& x);
/// POST /v1/providers/{name}/challenge
void answer_challenge(exchange& x);
/// POST /v1/providers/{name}/test
void test_provider(exchange& x);
/// GET /v1/provider-types
void get_provider_types(exchange& x);

}  // namespace postrider::http::routes
