#include "actors/api/service_errors.hpp"
#include "actors/ask.hpp"
#include "actors/node/actor_gateway.hpp"
#include "actors/rules/failure_listing.hpp"
#include "actors/rules/message_listing.hpp"
#include "actors/rules/provider_directory.hpp"

/// Lists and counts of messages, and of failures.
namespace postrider::actors {

void actor_gateway::list_messages(message_query query, completion<message_listing> done) {
  const auto read = [this, query = std::move(query), done](const read_turns::turn& turn) {
    const auto actors = board_->get();
    if (!actors) return done(starting());
    ask_database<reply<persistence::message_page>>(
        system_, environment_, next_reader(*actors), done,
        [done, actors, turn](const auto& answer) {
          if (answer.error) return done(to_service_error(*answer.error));
          auto page = describe(answer.value, actors->directory->get()->all);
          page.turn = turn;
          done(std::move(page));
        },
        list_atom_v, ledger_list(query, actors->directory->get()->all));
  };
  if (!lists_.take(read)) done(overloaded("too many are reading now"));
}

void actor_gateway::count_messages(message_query query, completion<message_counts> done) {
  const auto read = [this, query = std::move(query), done](const read_turns::turn& turn) {
    const auto actors = board_->get();
    if (!actors) return done(starting());
    const auto counts = std::make_shared<message_counts>();
    ask_database<reply<persistence::message_page>>(
        system_, environment_, next_reader(*actors), done,
        [done, counts, turn](const auto& answer) {
          if (answer.error) return done(to_service_error(*answer.error));
          counts->seen = answer.value.seen;
          counts->complete = !answer.value.next_before;
          done(*counts);
        },
        list_atom_v,
        counting_list(query, actors->directory->get()->all, environment_->wall_clock(), counts));
  };
  if (!lists_.take(read)) done(overloaded("too many are reading now"));
}

void actor_gateway::failures(failure_request request, completion<failure_report> done) {
  const auto read = [this, request = std::move(request), done](const read_turns::turn& turn) {
    const auto actors = board_->get();
    if (!actors) return done(starting());
    const auto& all = actors->directory->get()->all;
    const auto what = ledger_query(request, all, environment_->wall_clock());
    ask_database<reply<persistence::failure_groups>>(
        system_, environment_, next_reader(*actors), done,
        [done, actors, turn, since = what.since](const auto& answer) {
          if (answer.error) return done(to_service_error(*answer.error));
          done(describe(answer.value, since, actors->directory->get()->all));
        },
        list_atom_v, what);
  };
  if (!lists_.take(read)) done(overloaded("too many are reading now"));
}

}  // namespace postrider::actors
