#include "actors/delivery/active_delivery.hpp"

#include "actors/rules/retry_policy.hpp"
#include "base/mutant.hpp"

namespace postrider::actors {

bool has_expired(const persistence::transaction& row, persistence::time_point wall) {
  return row.expires_at && *row.expires_at <= wall && !mutant(mutation::expired_but_sent);
}

persistence::attempt_result expired_unsent() {
  return {persistence::error_code::expired, "not sent before it expired", {}};
}

persistence::attempt_result result_of(const active_delivery& entry, outcome came,
                                      std::string answer, persistence::time_point ended) {
  persistence::attempt_result result{error_of(came.kind),
                                     std::move(came.detail),
                                     std::move(came.provider_ref),
                                     entry.called,
                                     ended,
                                     std::move(answer)};
  if (came.retry_after) result.not_before = ended + *came.retry_after;
  result.recipient_only = came.recipient_only;
  return result;
}

bool has_failed(const persistence::attempt_result& result) {
  using persistence::error_code;
  return result.error != error_code::none && result.error != error_code::expired;
}

ended_attempt ended(persistence::delivery delivery, persistence::transaction_status expected,
                    persistence::attempt_result result) {
  using persistence::transaction_status;
  const bool arrived = result.error == persistence::error_code::none;
  return {std::move(delivery), std::move(result), expected,
          arrived ? transaction_status::success : transaction_status::failed};
}

std::string sentence_of(const outcome& came) {
  std::string text(to_string(came.kind));
  return came.detail.empty() ? text : text + ": " + came.detail;
}

}  // namespace postrider::actors
