#include "actors/providers/transfer/completion.hpp"

#include "actors/providers/transfer/wire/loop.hpp"
#include "base/log.hpp"

namespace postrider::actors {

void answer(transfer_engine::completion& done, transfer_result result) {
  const auto receiver = std::exchange(done, nullptr);
  try {
    receiver(std::move(result));
  } catch (...) {
    log(log_level::error, "transfers",
        "the receiver of an answer failed: " + wire::text_of(std::current_exception()));
  }
}

}  // namespace postrider::actors
