#pragma once

#include "actors/providers/sms/sms_settings.hpp"

namespace postrider::actors {

/// Kannel's sendsms, user guide 1.4.5, chapter 7. One receiver a request; Kannel has neither an
/// idempotency key nor an id in its answer, so a request that may have been read must not be
/// written again, and receipts name their message by the URL that they are sent to.
std::unique_ptr<driver> make_sms_kannel(sms_settings settings);

}  // namespace postrider::actors
