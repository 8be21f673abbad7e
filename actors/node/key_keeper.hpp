#pragma once

#include "actors/protocol.hpp"

namespace postrider::actors {

/// Keeps the ring of API keys, by which requests are let in, as the ledger has it: it looks for
/// changes that other nodes made, and when it is told of one. Once a minute it has the ledger take
/// down when keys were used last. When it dies the ring stays as it is, and a minute's uses are
/// forgotten at most.
class key_keeper_state {
 public:
  static inline constexpr const char* name = "key_keeper";
  /// Keys whose use is stored in one commit; the others wait for the next minute.
  static constexpr std::size_t noted_at_once = 100;
  /// A session's use is stored only when it is so much later than what is known of it.
  static constexpr std::chrono::minutes session_note{10};

  explicit key_keeper_state(key_keeper_actor::pointer self) : self_(self) {}
  key_keeper_actor::behavior_type make_behavior(environment_ptr environment,
                                                ledger_reader_actor reader,
                                                ledger_writer_actor writer);

 private:
  caf::result<bool> on_changed();
  void on_note_use();
  void note_uses();
  caf::result<inspection> on_inspect() const;

  /// `then` learns whether this process now knows what the ledger has.
  void load(std::function<void(bool)> then);

  key_keeper_actor::pointer self_;
  environment_ptr environment_;
  ledger_reader_actor reader_;
  ledger_writer_actor writer_;
  std::int64_t version_ = -1;
  std::uint64_t loads_ = 0, noted_ = 0;
};

key_keeper_actor::behavior_type key_keeper(
    key_keeper_actor::stateful_pointer<key_keeper_state> self, environment_ptr environment,
    ledger_reader_actor reader, ledger_writer_actor writer);

}  // namespace postrider::actors
