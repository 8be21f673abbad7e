#pragma once

namespace postrider::http {
class exchange;
}

namespace postrider::http::routes {

/// POST /send/message, POST /v1/messages
void send_message(exchange& x);
/// GET /v1/messages/{message_id}
void get_message(exchange& x);
void cancel_message(exchange& x);

}  // namespace postrider::http::routes
