#include "actors/delivery/provider_call.hpp"

#include "actors/rules/receipt_token.hpp"
#include "actors/rules/trace_context.hpp"

namespace postrider::actors {

transfer_request request_of(const provider_call& call, const receipt_settings& receipts) {
  auto request = call.provider.driver->compose(content_of(call, receipts));
  request.proxy = call.provider.settings.proxy;
  // Every protocol that is spoken over HTTP takes a field that it does not know.
  const auto trace = traceparent_of_attempt(call.delivery.message->traceparent,
                                            call.delivery.transaction.id, call.called);
  if (!trace.empty() && !request.mail) request.headers.push_back("traceparent: " + trace);
  return request;
}

delivery_content content_of(const provider_call& call, const receipt_settings& receipts) {
  const auto& row = call.delivery.transaction;
  return {row.recipient,
          call.delivery.message.get(),
          to_string(row.message) + "/" + std::to_string(row.recipient_no),
          receipt_url(receipts, call.provider.settings.name, row.id),
          call.called,
          row.id,
          row.retry_count,
          row.first_due};
}

outcome classify(const provider_call& call, const receipt_settings& receipts,
                 const transfer_result& result) {
  try {
    return call.provider.driver->classify(content_of(call, receipts), result);
  } catch (const std::exception& failure) {
    // A reply that a driver cannot read must not stop the others; whether it was sent is not known.
    return {
        outcome_kind::unknown, std::string("the reply cannot be read: ") + failure.what(), {}, {}};
  }
}

}  // namespace postrider::actors
