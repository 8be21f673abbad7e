#include "actors/endpoints/endpoint_caller.hpp"

#include "actors/api/event_json.hpp"
#include "actors/endpoints/endpoint_call.hpp"
#include "actors/ledger/ledger_reader.hpp"

namespace postrider::actors {

void endpoint_caller::begin(endpoint_desk_actor::pointer self, environment_ptr environment,
                            ledger_reader_actor reader, directory_board directory,
                            unsent on_unsent) {
  self_ = self;
  environment_ = std::move(environment);
  reader_ = std::move(reader);
  directory_ = std::move(directory);
  on_unsent_ = std::move(on_unsent);
}

void endpoint_caller::call(const persistence::endpoint& to, const endpoint_window::start& start) {
  if (!start.event) return call_stored(to, start);
  send(to, start.token, {start.event, start.provider});
}

void endpoint_caller::call_stored(const persistence::endpoint& to,
                                  const endpoint_window::start& start) {
  using kind = endpoint_answer::kind;
  const auto token = start.token;
  self_->request(reader_, read_timeout, events_atom_v, std::vector{start.place})
      .then(
          [this, to, token](reply<std::vector<persistence::found_event>>& found) {
            if (found.error)
              return on_unsent_(to.id, to.turn, token, {kind::failed, found.error->message, {}});
            if (found.value.empty())
              return on_unsent_(to.id, to.turn, token,
                                {kind::lost, "retention has removed the event", {}});
            event_info event{
                std::make_shared<const persistence::found_event>(std::move(found.value.front())),
                {}};
            const auto directory = directory_->get();
            const auto known = directory->all.find(event.found->event.provider);
            if (known != directory->all.end()) event.provider = known->second.name;
            send(to, token, event);
          },
          [this, id = to.id, turn = to.turn, token](caf::error&) {
            on_unsent_(id, turn, token, {kind::failed, "the event could not be read in time", {}});
          });
}

void endpoint_caller::send(const persistence::endpoint& to, std::uint64_t token,
                           const event_info& event) {
  std::string body;
  append_event_json(body, event);
  const auto desk = caf::actor_cast<caf::weak_actor_ptr>(self_->ctrl());
  environment_->endpoint_engine->perform(
      endpoint_request(to, to_string(event.found->place), std::move(body),
                       environment_->wall_clock()),
      [desk, id = to.id, turn = to.turn, token](transfer_result result) {
        if (const auto alive = caf::actor_cast<caf::actor>(desk))
          caf::anon_send(alive, transferred_atom_v, id, turn, token, std::move(result));
      });
}

}  // namespace postrider::actors
