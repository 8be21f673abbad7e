#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// Signal through a signal-cli daemon's JSON-RPC over HTTP (signal-cli 0.13 and 0.14, man page
/// signal-cli-jsonrpc(5)): `signal-cli daemon --http`. One recipient a request, one request at a
/// time.
driver_type signal_driver_type();

}  // namespace postrider::actors
