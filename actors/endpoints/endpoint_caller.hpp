#pragma once

#include "actors/pipeline.hpp"
#include "actors/rules/endpoint_window.hpp"

namespace postrider::actors {

/// Calls endpoints for the desk: it reads the event where the delivery waited in the ledger,
/// writes it, signs it and sends it.
class endpoint_caller {
 public:
  /// A call that could not be made.
  using unsent = std::function<void(persistence::endpoint_id, std::int64_t turn,
                                    std::uint64_t token, endpoint_answer)>;

  void begin(endpoint_desk_actor::pointer self, environment_ptr environment,
             ledger_reader_actor reader, directory_board directory, unsent on_unsent);

  /// The answer comes to the desk as a message (transferred_atom, endpoint, turn, token, result).
  void call(const persistence::endpoint& to, const endpoint_window::start& start);

 private:
  void call_stored(const persistence::endpoint& to, const endpoint_window::start& start);
  void send(const persistence::endpoint& to, std::uint64_t token, const event_info& event);

  endpoint_desk_actor::pointer self_ = nullptr;
  environment_ptr environment_;
  ledger_reader_actor reader_;
  directory_board directory_;
  unsent on_unsent_;
};

}  // namespace postrider::actors
