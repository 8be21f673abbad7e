#pragma once

#include "actors/providers/sms/sms_settings.hpp"

namespace postrider::actors {

/// Twilio's Messages resource, version 2010-04-01: https://www.twilio.com/docs/messaging/api. It
/// knows no idempotency key, so a request that may have been read must not be written again.
std::unique_ptr<driver> make_sms_twilio(sms_settings settings);

}  // namespace postrider::actors
