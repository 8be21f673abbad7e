#pragma once

#include "actors/delivery/ended_attempts.hpp"
#include "actors/rules/alarm.hpp"
#include "actors/rules/retry_policy.hpp"
#include "base/log.hpp"

#include <random>

namespace postrider::actors {

/// The actors that the scheduler works with.
struct scheduler_links {
  directory_board directory;
  sender_board senders;
  ledger_writer_actor writer;
  ledger_reader_actor reader;
  provider_selector_actor selector;
  history_archiver_actor archiver;
  dispatcher_actor dispatcher;
};

/// Decides what failures mean, and takes up the retries that are due. It looks into the retry lane
/// once a second, and at once when it is woken. It holds as many failures as the senders' windows
/// allow, and at most `max_retries_in_hand` due retries. When it dies, its rows are processing or
/// claimed in the ledger and come back from there.
class retry_scheduler_state {
 public:
  static inline constexpr const char* name = "retry_scheduler";
  explicit retry_scheduler_state(retry_scheduler_actor::pointer self) : self_(self) {}
  retry_scheduler_actor::behavior_type make_behavior(environment_ptr environment,
                                                     scheduler_links links);

 private:
  void on_failed(ended_attempt& failed);
  void on_tick();
  void on_drain() { draining_ = true; }
  void on_retire(const caf::actor& archiver);
  caf::result<inspection> on_inspect() const;

  void consider(std::uint64_t number);
  void on_ranked(std::uint64_t number, const route_reply& answer);
  void give_up_on(std::uint64_t number, const give_up& end);
  void wait_for(std::uint64_t number, milliseconds delay);
  void wait_in_lane(std::uint64_t number, const wait_again& step, std::string decision);
  void retry(std::uint64_t number, const try_next& step, std::string decision);
  persistence::transaction successor_of(const ended_attempt& failed, const try_next& step) const;
  void on_retried(std::uint64_t number, persistence::delivery next,
                  const reply<write_results>& written);
  void recorded(std::uint64_t number);
  persistence::on_unknown provider_policy(persistence::provider_id provider) const;
  circuit_state takes(persistence::provider_id provider) const;

  milliseconds time_to(persistence::time_point due) const;
  void look_in(milliseconds delay);
  void wake_in(milliseconds delay);
  void on_lane(const reply<std::vector<persistence::lane_state>>& lane);
  void claim_retries();
  void on_retries(const reply<write_results>& claimed, std::int32_t limit);
  void retry_left(const ended_attempt& failed);
  void note(log_level level, const persistence::delivery& of, std::string_view text) const;

  retry_scheduler_actor::pointer self_;
  environment_ptr environment_;
  scheduler_links links_;
  std::mt19937_64 random_;
  /// Failures whose next step is not committed yet.
  ended_attempts failures_;
  /// Failures in hand that were claimed because their retry is due.
  std::int32_t retries_in_hand_ = 0;
  /// Retries are due, as far as is known.
  bool retries_wait_ = false;
  bool claiming_ = false;
  alarm look_;
  bool draining_ = false;
  std::uint64_t failed_ = 0, failovers_ = 0, waits_ = 0, given_up_ = 0, retries_due_ = 0,
                waiting_again_ = 0, out_of_patience_ = 0;
  std::vector<persistence::lane_state> last_lane_;
};

retry_scheduler_actor::behavior_type retry_scheduler(
    retry_scheduler_actor::stateful_pointer<retry_scheduler_state> self,
    environment_ptr environment, scheduler_links links);

}  // namespace postrider::actors
