#pragma once

#include "actors/gateway.hpp"
#include "http/json_writer.hpp"

namespace postrider::http::routes {

/// The 202 of a send request.
void write_receipt(json_writer& json, const actors::send_receipt& receipt);
void write_transaction(json_writer& json, const actors::transaction_info& info);
void write_message(json_writer& json, const actors::message_info& info);

}  // namespace postrider::http::routes
