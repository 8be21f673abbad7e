#pragma once

#include "actors/protocol.hpp"
#include "base/histogram.hpp"
#include "base/log.hpp"

#include <map>

namespace postrider::actors {

using sender_map = std::map<persistence::provider_id, sender_actor>;
/// The senders are spawned after those who report to them, and have their place here before the
/// first message.
using sender_board = std::shared_ptr<const board<sender_map>>;

/// Owns what is finished until history has it: one transition moves the row and records how it
/// ended. Many of them go to the writer together. Tells the sender when its room is free again.
/// When it dies, its rows are still processing in the ledger and come back as unknown.
class history_archiver_state {
 public:
  static inline constexpr const char* name = "history_archiver";
  explicit history_archiver_state(history_archiver_actor::pointer self) : self_(self) {}
  history_archiver_actor::behavior_type make_behavior(environment_ptr environment,
                                                      directory_board directory,
                                                      ledger_writer_actor writer,
                                                      sender_board senders);

 private:
  void on_finished(finished_delivery& delivery);
  void on_flush();
  void on_retire(const caf::actor& successor);
  void on_written(std::uint64_t batch, const reply<write_results>& written);
  caf::result<inspection> on_inspect() const;
  void count(const finished_delivery& delivery);
  void note(log_level level, const finished_delivery& delivery, std::string_view text) const;

  history_archiver_actor::pointer self_;
  environment_ptr environment_;
  directory_board directory_;
  ledger_writer_actor writer_;
  sender_board senders_;
  std::vector<finished_delivery> waiting_;
  /// What the writer has not answered for yet.
  std::map<std::uint64_t, std::vector<finished_delivery>> writing_;
  std::uint64_t next_batch_ = 0;
  bool flush_scheduled_ = false;
  std::optional<history_archiver_actor> successor_;
  std::uint64_t archived_ = 0, late_ = 0;
  /// What history has taken from here, by the provider that tried it last.
  struct finished {
    std::map<persistence::error_code, std::uint64_t> outcomes;
    /// Since the message was accepted.
    histogram seconds{way_seconds};
  };
  std::map<persistence::provider_id, finished> finished_;
};

history_archiver_actor::behavior_type history_archiver(
    history_archiver_actor::stateful_pointer<history_archiver_state> self,
    environment_ptr environment, directory_board directory, ledger_writer_actor writer,
    sender_board senders);

}  // namespace postrider::actors
