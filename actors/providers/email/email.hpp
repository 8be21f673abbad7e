#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// Email through an SMTP server: one recipient in a transaction, so that each reply is about that
/// recipient; the same bytes for every attempt.
driver_type email_driver_type();

}  // namespace postrider::actors
