#include "actors/providers/foreign_reply.hpp"

#include "actors/providers/transfer/transport_outcome.hpp"

namespace postrider::actors {

outcome classify_foreign_reply(const delivery_content& content, const transfer_result& result,
                               std::string detail) {
  outcome out{outcome_kind::unknown, std::move(detail), {}, {}};
  const auto pause = retry_after(result, content.now);
  if (result.status == 429 || (result.status == 503 && pause)) {
    out.kind = outcome_kind::throttled;
    out.retry_after = pause;
  } else if (result.status >= 300 && result.status < 500 && result.status != 303) {
    out.kind = outcome_kind::unavailable;
    out.recipient_only = result.status >= 400;
  }
  return out;
}

}  // namespace postrider::actors
