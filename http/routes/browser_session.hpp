#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// POST /ui/session: a browser signs in with a key.
void sign_in(exchange& x);
/// GET /ui/session
void show_session(exchange& x);
/// DELETE /ui/session
void sign_out(exchange& x);

}  // namespace postrider::http::routes
