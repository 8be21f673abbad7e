#include "actors/api/service_errors.hpp"
#include "actors/ask.hpp"
#include "actors/node/actor_gateway.hpp"

/// The gateway's calls about who changed what.
namespace postrider::actors {

void actor_gateway::note_audit(persistence::audit_entry entry, completion<bool> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  write_request request;
  request.keep_trying = false;
  request.transitions.emplace_back(persistence::note_audit{std::move(entry)});
  ask<reply<write_results>>(
      system_, actors->writers.front(),
      [done](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        done(answer.value.front().status == persistence::transition_status::applied);
      },
      [done] { done(no_answer()); }, std::move(request));
}

void actor_gateway::list_audit(persistence::audit_query query,
                               completion<persistence::audit_page> done) {
  const auto actors = board_->get();
  if (!actors) return done(starting());
  ask_database<reply<persistence::audit_page>>(
      system_, environment_, next_reader(*actors), done,
      [done](const auto& answer) {
        if (answer.error) return done(to_service_error(*answer.error));
        done(answer.value);
      },
      list_atom_v, std::move(query));
}

}  // namespace postrider::actors
