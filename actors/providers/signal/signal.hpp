#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// Signal through signal-cli: key `api` chooses its own daemon or signal-cli-rest-api. One request
/// at a time: messages of one account have been lost when two were sent at once.
driver_type signal_driver_type();

}  // namespace postrider::actors
