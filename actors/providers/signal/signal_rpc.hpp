#pragma once

#include "actors/providers/signal/signal_settings.hpp"

namespace postrider::actors {

/// A signal-cli daemon's JSON-RPC over HTTP (signal-cli 0.13 and 0.14, man page
/// signal-cli-jsonrpc(5)): `signal-cli daemon --http`. One recipient a request. Receipts come from
/// its stream of events.
std::unique_ptr<driver> make_signal_rpc(signal_settings settings);

}  // namespace postrider::actors
