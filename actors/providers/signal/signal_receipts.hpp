#pragma once

#include "actors/providers/driver.hpp"

#include <optional>

namespace postrider::actors {

/// The receipts in one event of signal-cli, `{"account", "envelope"}`, with or without the JSON-RPC
/// notification around it. Empty for another account's events and for all that is not a receipt;
/// nothing when it is not a JSON object.
std::optional<std::vector<receipt_report>> read_signal_event(std::string_view event,
                                                             std::string_view account);

}  // namespace postrider::actors
