#pragma once

#include "actors/providers/signal/signal_settings.hpp"

namespace postrider::actors {

/// signal-cli-rest-api's POST /v2/send (https://github.com/bbernhard/signal-cli-rest-api, 0.100).
/// One recipient a request. Receipts are what it posts to RECEIVE_WEBHOOK_URL.
std::unique_ptr<driver> make_signal_rest(signal_settings settings);

}  // namespace postrider::actors
