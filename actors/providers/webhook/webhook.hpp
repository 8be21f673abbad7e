#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// A POST to the recipient's own URL, signed by Standard Webhooks 1.0.0
/// (https://www.standardwebhooks.com). Delivered at least once: `webhook-id` is the same for every
/// attempt, so that the receiver can drop what it has already.
driver_type webhook_driver_type();

}  // namespace postrider::actors
