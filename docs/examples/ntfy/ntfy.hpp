#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// Notifications through an ntfy server: https://docs.ntfy.sh/publish/. A recipient is a topic's
/// URL, such as https://ntfy.sh/alerts.
driver_type ntfy_driver_type();

}  // namespace postrider::actors
