#include "actors/delivery/sender.hpp"
#include "actors/rules/receipt_token.hpp"
#include "actors/rules/trace_context.hpp"

#include <caf/send.hpp>

/// One call: what is said to the provider, and what its answer means.
namespace postrider::actors {
namespace {

/// After a simulated call, and from one of its receipts to the next.
constexpr milliseconds between_receipts{1'000};

}  // namespace

/// In place of a call. Its receipts come as those of a provider do: later, and to the collector.
void sender_state::answer(persistence::transaction_id id, simulated_call call) {
  self_->send(self_, transferred_atom_v, id, std::move(call.result));
  milliseconds after{0};
  for (auto& report : call.receipts) {
    after += between_receipts;
    self_->delayed_send(links_.receipts, after,
                        simulated_receipt{links_.provider->record.id, std::move(report)});
  }
}

transfer_request sender_state::request_of(const active& entry) const {
  auto request = links_.provider->driver->compose(content_of(entry));
  request.proxy = settings().proxy;
  const auto& row = entry.delivery.transaction;
  // Every protocol that is spoken over HTTP takes a field that it does not know.
  const auto trace =
      traceparent_of_attempt(entry.delivery.message->traceparent, row.id, entry.called);
  if (!trace.empty() && !request.mail) request.headers.push_back("traceparent: " + trace);
  return request;
}

delivery_content sender_state::content_of(const active& entry) const {
  const auto& row = entry.delivery.transaction;
  return {row.recipient,
          entry.delivery.message.get(),
          to_string(row.message) + "/" + std::to_string(row.recipient_no),
          receipt_url(environment_->settings.receipts, settings().name, row.id),
          entry.called,
          row.id,
          row.retry_count,
          row.first_due};
}

outcome sender_state::classify(const active& entry, const transfer_result& result) const {
  try {
    return entry.provider->driver->classify(content_of(entry), result);
  } catch (const std::exception& failure) {
    // A reply that a driver cannot read must not stop the others; whether it was sent is not known.
    return {
        outcome_kind::unknown, std::string("the reply cannot be read: ") + failure.what(), {}, {}};
  }
}

}  // namespace postrider::actors
