#include "actors/api/service_errors.hpp"
#include "actors/ask.hpp"
#include "actors/node/actor_gateway.hpp"
#include "actors/rules/message_listing.hpp"
#include "actors/rules/provider_directory.hpp"

/// Lists of messages.
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

}  // namespace postrider::actors
