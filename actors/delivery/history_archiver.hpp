#pragma once

#include "actors/delivery/ended_attempts.hpp"
#include "base/histogram.hpp"
#include "base/log.hpp"

#include <map>
#include <vector>

namespace postrider::actors {

/// Owns attempts that ended their transaction until history has them: one transition moves the row
/// and records how it ended. The writer puts many of them into one commit. When this actor dies,
/// its rows are still processing in the ledger and come back as unknown.
class history_archiver_state {
 public:
  static inline constexpr const char* name = "history_archiver";
  explicit history_archiver_state(history_archiver_actor::pointer self) : self_(self) {}
  history_archiver_actor::behavior_type make_behavior(environment_ptr environment,
                                                      directory_board directory,
                                                      ledger_writer_actor writer,
                                                      sender_board senders);

 private:
  void on_ended(ended_attempt& attempt);
  void on_flush();
  void write(std::vector<std::uint64_t> numbers);
  void on_written(const std::vector<std::uint64_t>& numbers, const reply<write_results>& written);
  caf::result<inspection> on_inspect() const;
  void count(const ended_attempt& attempt);
  void note(log_level level, const ended_attempt& attempt, std::string_view text) const;

  history_archiver_actor::pointer self_;
  environment_ptr environment_;
  directory_board directory_;
  ledger_writer_actor writer_;
  ended_attempts attempts_;
  /// Those that no request has yet. They go with the next one, at the end of the mailbox.
  std::vector<std::uint64_t> unwritten_;
  std::uint64_t archived_ = 0, late_ = 0;
  /// Transactions that history took from here, by the provider that tried them last.
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
