#include "actors/ask.hpp"
#include "actors/node/actor_gateway.hpp"
#include "actors/rules/explanation.hpp"
#include "actors/rules/message_status.hpp"
#include "actors/rules/retry_by_hand.hpp"
#include "actors/rules/settlement_check.hpp"

#include <caf/send.hpp>

// A person's decision about an unknown outcome: read, judged, routed when it is sent again, stored.
namespace postrider::actors {
namespace {

/// True when a new chain is to be begun. A decision that is repeated begins none.
bool sends_again(const settle_request& request, const persistence::transaction& row) {
  const auto before = persistence::decode_settlement(row.settlement);
  return request.outcome == persistence::settled_as::not_sent &&
         !(before && before->outcome == request.outcome);
}

settle_report report_of(const persistence::transition_result& stored,
                        const provider_directory& directory) {
  const auto& row = stored.rows.front().transaction;
  settle_report report;
  report.transaction = describe({row, row.completed_at.has_value()}, directory.all);
  if (!stored.ids.empty()) report.next = stored.ids.front();
  return report;
}

}  // namespace

void actor_gateway::settle(settle_request request, completion<settle_report> done) {
  find_transaction(request.id, [this, request, done](result<transaction_info> found) {
    if (!found) return done(std::move(found).error());
    find_message(found->transaction.message, [this, request, done](result<message_info> message) {
      if (!message) return done(std::move(message).error());
      auto refusal =
          refusal_to_settle(*message, request.id, request.outcome, environment_->wall_clock());
      if (refusal) return done(conflict(std::move(*refusal)));
      route_settlement(request, *message, done);
    });
  });
}

void actor_gateway::route_settlement(const settle_request& request, const message_info& message,
                                     const completion<settle_report>& done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  const auto row = find_in(message, request.id)->transaction;
  if (!sends_again(request, row)) return store_settlement(request, row, {}, done);
  route_query query{
      std::make_shared<persistence::message>(message.message), row.recipient_no, {}, true};
  ask<route_reply>(
      system_, actors->selector,
      [this, request, row, done](const route_reply& answer) {
        if (answer.error || answer.rankings.empty())
          return done(to_service_error(answer.error.value_or(persistence::ledger_error{})));
        const auto& ranking = answer.rankings.front();
        const auto* best = first_usable(ranking);
        if (!best)
          return done(
              conflict("no provider can take it now: settle it as not_sent when one can, "
                       "or as give_up"));
        auto first = first_after(row, *best, environment_->wall_clock());
        first.decision = encode_decision(ranking);
        store_settlement(request, row, std::move(first), done);
      },
      [done] { done(no_answer()); }, std::move(query));
}

void actor_gateway::store_settlement(const settle_request& request,
                                     const persistence::transaction& row,
                                     persistence::transaction first,
                                     const completion<settle_report>& done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  const auto provider = first.provider;
  write_request wanted;
  wanted.keep_trying = false;
  wanted.transitions.emplace_back(
      persistence::settle_unknown{request.id, request.outcome, request.by, std::move(first)});
  const auto stored = [this, request, actors, provider, message = row.message,
                       done](const reply<write_results>& answer) {
    if (answer.error) return done(to_service_error(*answer.error));
    const auto& result = answer.value.front();
    if (result.status == persistence::transition_status::conflict)
      return explain_conflict(request, message, done);
    if (result.status != persistence::transition_status::applied)
      return done(conflict(result.reason));
    // The new chain waits in its provider's lane.
    if (!result.ids.empty()) caf::anon_send(actors->dispatcher, wake_atom_v, provider);
    done(report_of(result, *actors->directory->get()));
  };
  const auto unknown = [done] {
    done(no_answer("whether it was settled is not known; asking again is safe"));
  };
  ask<reply<write_results>>(system_, actors->writers.front(), stored, unknown, std::move(wanted));
}

/// It changed between reading and storing: the reason shows from what it is now.
void actor_gateway::explain_conflict(const settle_request& request, const message_id& message,
                                     const completion<settle_report>& done) {
  find_message(message, [this, request, done](result<message_info> now) {
    if (!now) return done(std::move(now).error());
    auto refusal = refusal_to_settle(*now, request.id, request.outcome, environment_->wall_clock());
    done(conflict(refusal ? std::move(*refusal)
                          : "it changed meanwhile: look at it, and settle it again"));
  });
}

}  // namespace postrider::actors
