#pragma once

#include "actors/api/gateway.hpp"
#include "http/json/json_writer.hpp"

namespace postrider::http::routes {

/// The 202 of a send request; with `line`, of one line of many.
void write_receipt(json_writer& json, const actors::send_receipt& receipt, std::size_t line = 0);
/// The member `waits_for`.
void write_waiting(json_writer& json, const actors::transaction_info& info);
void write_transaction(json_writer& json, const actors::transaction_info& info);
void write_message(json_writer& json, const actors::message_info& info);

}  // namespace postrider::http::routes
