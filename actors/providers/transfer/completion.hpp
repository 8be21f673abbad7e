#pragma once

#include "actors/providers/transfer/transfer.hpp"

namespace postrider::actors {

/// Answers a request, once: `done` is empty afterwards. What the receiver throws is logged and ends
/// there, because the engine serves others too.
void answer(transfer_engine::completion& done, transfer_result result);

}  // namespace postrider::actors
