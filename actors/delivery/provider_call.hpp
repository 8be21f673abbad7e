#pragma once

#include "actors/environment.hpp"

namespace postrider::actors {

/// One delivery that is being sent, as its provider's driver sees it.
struct provider_call {
  const persistence::delivery& delivery;
  /// By the wall clock.
  persistence::time_point called{};
  /// As it was when the call began.
  const provider_runtime& provider;
};

delivery_content content_of(const provider_call& call, const receipt_settings& receipts);
transfer_request request_of(const provider_call& call, const receipt_settings& receipts);
/// The meaning of the provider's answer.
outcome classify(const provider_call& call, const receipt_settings& receipts,
                 const transfer_result& result);

}  // namespace postrider::actors
