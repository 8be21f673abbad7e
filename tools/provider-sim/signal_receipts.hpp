#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// The account identifier of a number: the same number always has the same one.
std::string uuid_for(std::string_view number);
void append_uuid_for(std::string& out, std::string_view number);

// The receipts that signal-cli tells its listeners of (JsonReceiveMessageHandler, HttpServerHandler
// of 0.13.19): `{"account", "envelope": {..., "receiptMessage"}}`, correlated by the timestamp of
// the send. Signal has no report for what is not delivered: the recipient stays silent.
void add_signal_receipts(provider& at, std::string_view account, std::string_view number,
                         std::string_view uuid, std::int64_t timestamp, reply& out);

}  // namespace postrider::provider_sim
