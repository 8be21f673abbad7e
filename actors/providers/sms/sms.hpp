#pragma once

#include "actors/providers/driver.hpp"

namespace postrider::actors {

/// Short messages, by an HTTP gateway: key `api` chooses Twilio or Kannel. SMPP is Kannel's work.
driver_type sms_driver_type();

}  // namespace postrider::actors
