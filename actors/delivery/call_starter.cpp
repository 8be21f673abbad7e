#include "actors/delivery/call_starter.hpp"

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>

namespace postrider::actors {
namespace {

/// After a simulated call, and from one of its receipts to the next.
constexpr std::chrono::milliseconds between_receipts{1'000};

}  // namespace

void call_starter::start(active_delivery& entry) {
  const auto id = entry.delivery.transaction.id;
  const auto& receipts = environment_.settings.receipts;
  entry.provider = links_.provider;
  if (auto simulated = entry.provider->driver->simulate(content_of(entry.call(), receipts))) {
    entry.simulated = true;
    return answer(id, std::move(*simulated));
  }
  // The engine may outlive the actor; an answer for a dead one is dropped.
  auto self = caf::actor_cast<sender_actor>(self_);
  environment_.engine->perform(request_of(entry.call(), receipts),
                               [self, id](transfer_result result) {
                                 caf::anon_send(self, transferred_atom_v, id, std::move(result));
                               });
}

/// In place of a call. Its receipts come as those of a provider do: later, and to the collector.
void call_starter::answer(persistence::transaction_id id, simulated_call call) {
  self_->send(self_, transferred_atom_v, id, std::move(call.result));
  std::chrono::milliseconds after{0};
  for (auto& report : call.receipts) {
    after += between_receipts;
    self_->delayed_send(links_.receipts, after,
                        simulated_receipt{links_.provider->record.id, std::move(report)});
  }
}

}  // namespace postrider::actors
