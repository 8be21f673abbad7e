#pragma once

#include "actors/api/delivery_info.hpp"
#include "actors/delivery/history_archiver.hpp"
#include "actors/protocol.hpp"
#include "actors/rules/priority_turns.hpp"
#include "actors/rules/retry_policy.hpp"
#include "base/log.hpp"

#include <map>
#include <random>
#include <unordered_map>

namespace postrider::actors {

/// Whom the scheduler works with.
struct scheduler_links {
  directory_board directory;
  sender_board senders;
  ledger_writer_actor writer;
  ledger_reader_actor reader;
  provider_selector_actor selector;
  history_archiver_actor archiver;
};

/// Decides what failures mean, and brings to the senders what waits in the database: due retries,
/// scheduled sends, backlog, and what dead nodes left; ends what has expired. It looks into the
/// lanes once a second, and at once when it is told that there is something. What it holds is
/// bounded: failures by the senders' windows, due retries by `retries_in_hand`, what is being
/// brought elsewhere by a page for each provider. When it dies, its rows are processing or claimed
/// in the ledger and come back from there.
class retry_scheduler_state {
 public:
  static inline constexpr const char* name = "retry_scheduler";
  explicit retry_scheduler_state(retry_scheduler_actor::pointer self) : self_(self) {}
  retry_scheduler_actor::behavior_type make_behavior(environment_ptr environment,
                                                     scheduler_links links);

 private:
  /// A failed transaction whose next step is not committed yet.
  struct failure {
    persistence::delivery delivery;
    persistence::attempt_result result;
    /// processing: fresh from its sender; failed: claimed because its retry is due.
    persistence::transaction_status expected = persistence::transaction_status::processing;
    /// A throttled outcome that was too long to wait for, and such: what the chain remembers.
    persistence::error_code error() const { return result.error; }
  };
  /// How far the claims for one sender got.
  struct feeding {
    bool running = false;
    bool again = false;
    std::size_t claims = 0;
    /// Which lanes may have more, and whose turn it is.
    priority_turns::flags waiting{};
    priority_turns turns;
    /// When the last probe was claimed, and from which place of each lane: each probe is another
    /// row, so that one that nobody takes does not keep a provider down.
    std::optional<steady_point> probed;
    std::array<persistence::lane_position, priority_turns::count> probe_after{};
  };

  /// A look through the lanes of a provider that takes nothing now, for what another one takes.
  struct place {
    candidate best;
    /// Of the whole ranking, as it is stored.
    std::string decision;
  };
  struct lane_walk {
    enum class phase : std::uint8_t {
      idle,
      looking,
      no_room,  ///< the page's other providers have no room now
      resting,  ///< nothing on the last page could go anywhere
    };
    lane_walk::phase phase = phase::idle;
    /// Tells answers to a walk that was given up.
    std::uint64_t number = 0;
    /// Somebody asked for another look meanwhile.
    bool again = false;
    bool moved_any = false;
    steady_point rests_until{};
    std::size_t priority_index = 0;
    persistence::lane_position after;
    /// The page in hand, and where its rows can go.
    delivery_list rows;
    std::vector<std::optional<place>> places;
    std::size_t unranked = 0;
  };

  /// A look at what waits for longer than its chain's patience, lane by lane.
  struct impatience {
    bool running = false;
    bool again = false;
    /// Still to be looked into; the first one from `after` on.
    std::vector<persistence::lane> lanes;
    persistence::lane_position after;
    /// The lane in which the last look stopped; 0: it came to its end.
    persistence::lane stopped_in = 0;
    /// Pages in a row that ended nothing.
    std::size_t fruitless = 0;
    std::size_t unranked = 0;
    bool more = false;
    write_request ending;
    delivery_list ended;
  };

  void on_failed(failed_delivery& failed);
  void on_room(persistence::provider_id provider);
  void on_health(const provider_health& health);
  void on_poke();
  void on_tick();
  void on_drain() { draining_ = true; }
  void on_retire(const caf::actor& archiver);
  caf::result<inspection> on_inspect() const;

  void consider(persistence::transaction_id id);
  void on_ranked(persistence::transaction_id id, const route_reply& answer);
  void give_up_on(persistence::transaction_id id, const give_up& end);
  void wait_for(persistence::transaction_id id, milliseconds delay);
  void wait_in_lane(persistence::transaction_id id, const wait_again& step, std::string decision);
  milliseconds patience_for(const persistence::delivery& of) const;
  void retry(persistence::transaction_id id, const try_next& step, std::string decision);
  persistence::transaction successor_of(const failure& failed, const try_next& step) const;
  void on_retried(persistence::transaction_id id, persistence::delivery next,
                  const reply<write_results>& written);
  void recorded(const failure& failed);
  persistence::on_unknown provider_policy(persistence::provider_id provider) const;

  void tick_in(milliseconds delay);
  void on_lanes(const reply<std::vector<persistence::lane_state>>& lanes);
  /// retry_scheduler_expiry.cpp
  void look_for_expired();
  void expire();
  void on_expired(const reply<write_results>& written);
  /// retry_scheduler_patience.cpp
  std::vector<persistence::lane> hopeless_lanes() const;
  void look_past_patience();
  void look_into_next_lane();
  void on_impatient(persistence::lane lane, const reply<delivery_list>& read);
  void on_hopeless(const persistence::delivery& waiting, const route_reply& answer);
  void end_hopeless();
  void claim_retries();
  void on_retries(const reply<write_results>& claimed, std::int32_t limit);
  void retry_left();
  void feed(persistence::provider_id provider);
  void claim_next(persistence::provider_id provider);
  void on_claimed(persistence::provider_id provider, const priority_turns::shares& shares,
                  const reply<write_results>& claimed);
  bool probed_just_now(persistence::provider_id provider);
  void end_feeding(persistence::provider_id provider, bool more);

  circuit_state health_of(persistence::provider_id provider) const;
  bool has_way_out(persistence::provider_id provider) const;
  void stop_walk(persistence::provider_id provider);
  void interrupt_walk(persistence::provider_id provider);
  void walk_on(persistence::provider_id provider);
  void read_page(persistence::provider_id provider);
  void on_page(persistence::provider_id provider, std::uint64_t number,
               const reply<delivery_list>& read);
  void on_place(persistence::provider_id provider, std::uint64_t number, std::size_t index,
                const route_reply& answer);
  void move_page(persistence::provider_id provider);
  persistence::delivery reroute_to(const place& found, const persistence::delivery& waiting,
                                   write_request& request) const;
  void on_moved(persistence::provider_id provider, std::uint64_t number, delivery_list& moving,
                const reply<write_results>& written);
  void hand_over(delivery_list& moving, const reply<write_results>& written);
  bool wait_for_room(persistence::provider_id provider);
  void end_page(persistence::provider_id provider, bool moved);
  void rest(persistence::provider_id provider);
  void go_on(persistence::provider_id provider);
  boost::json::array inspect_walks() const;
  waiting_reason reason_of_lane(persistence::lane lane) const;
  boost::json::array inspect_lanes() const;
  void note(log_level level, const persistence::delivery& of, std::string_view text) const;

  retry_scheduler_actor::pointer self_;
  environment_ptr environment_;
  scheduler_links links_;
  std::mt19937_64 random_;
  std::unordered_map<persistence::transaction_id, failure> in_hand_;
  /// Failures that are being stored until their time comes.
  std::map<std::uint64_t, failure> storing_;
  std::uint64_t last_storing_ = 0;
  std::int32_t retries_in_hand_ = 0;
  /// More were due than fit into the hand.
  bool more_retries_due_ = false;
  bool claiming_retries_ = false, expiring_ = false;
  impatience impatience_;
  std::map<persistence::provider_id, feeding> feeding_;
  /// Of those who said that they take other than all.
  std::map<persistence::provider_id, circuit_state> health_;
  /// provider_health::refusals of each, as it was told last.
  std::map<persistence::provider_id, std::uint64_t> refusals_;
  std::map<persistence::provider_id, lane_walk> walks_;
  std::optional<steady_point> tick_at_;
  std::optional<history_archiver_actor> successor_;
  bool draining_ = false;
  std::uint64_t failures_ = 0, failovers_ = 0, waits_ = 0, given_up_ = 0, claimed_ = 0,
                retries_due_ = 0, rerouted_ = 0, expired_ = 0, waiting_again_ = 0,
                out_of_patience_ = 0;
  std::vector<persistence::lane_state> last_lanes_;
};

retry_scheduler_actor::behavior_type retry_scheduler(
    retry_scheduler_actor::stateful_pointer<retry_scheduler_state> self,
    environment_ptr environment, scheduler_links links);

}  // namespace postrider::actors
