#pragma once

#include "actors/api/gateway.hpp"
#include "http/json/json_writer.hpp"

namespace postrider::http::routes {

/// The 202 of a send request; with `line`, of one line of many.
void write_receipt(json_writer& json, const actors::send_receipt& receipt, std::size_t line = 0);
/// The member `waits_for`.
void write_waiting(json_writer& json, const actors::transaction_info& info);
void write_transaction(json_writer& json, const actors::transaction_info& info);
/// The member `outcomes`: how many recipients came to each; `open` are those whose delivery goes
/// on.
void write_outcomes(json_writer& json, const std::vector<actors::recipient_info>& recipients);
/// A recipient in short, with the provider and the error of its last transaction.
void write_recipient_line(json_writer& json, const actors::recipient_info& info);
void write_message(json_writer& json, const actors::message_info& info);

}  // namespace postrider::http::routes
