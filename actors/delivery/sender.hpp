#pragma once

#include "actors/delivery/delivery_queue.hpp"
#include "actors/delivery/history_archiver.hpp"
#include "actors/protocol.hpp"
#include "actors/rules/host_shares.hpp"
#include "actors/rules/rate_limiter.hpp"
#include "actors/rules/rejection_streak.hpp"
#include "actors/rules/slow_start.hpp"
#include "base/histogram.hpp"
#include "base/latency_histogram.hpp"
#include "base/log.hpp"

#include <array>
#include <map>
#include <unordered_map>

namespace postrider::actors {

/// Whom a sender works with.
struct sender_links {
  provider_ptr provider;
  std::shared_ptr<const node_lease> lease;
  ledger_writer_actor writer;
  provider_selector_actor selector;
  retry_scheduler_actor scheduler;
  history_archiver_actor archiver;
  receipt_collector_actor receipts;
};

/// One provider's deliveries: a bounded queue in priority order, at most max_in_flight calls, a
/// share of them for each host where it calls many, a rate limit and a circuit breaker. It calls
/// the provider only after the ledger committed that the delivery began, once for each begin, and
/// only when the lease outlasts the call. When it dies, its rows are pending or processing in the
/// ledger and come back as such.
class sender_state {
 public:
  static inline constexpr const char* name = "sender";
  explicit sender_state(sender_actor::pointer self) : self_(self) {}
  sender_actor::behavior_type make_behavior(environment_ptr environment, sender_links links);

 private:
  static constexpr milliseconds first_quota_pause{3'600'000};
  enum class phase : std::uint8_t { beginning, calling, recording };
  struct active {
    persistence::delivery delivery;
    sender_state::phase phase = phase::beginning;
    steady_point started{};
    /// When its phase began.
    steady_point since{};
    /// When it was called, by the wall clock.
    persistence::time_point called{};
    /// With which settings.
    provider_ptr provider{};
    /// The host that is called, where the provider calls many.
    std::string host{};
    /// Of test mode: nobody was called.
    bool simulated = false;
  };

  void on_deliver(delivery_list& deliveries);
  void on_begun(const std::vector<persistence::transaction_id>& ids,
                const reply<write_results>& begun);
  void on_transferred(persistence::transaction_id id, const transfer_result& result);
  void on_recorded(const std::vector<persistence::transaction_id>& ids);
  void on_configured(const provider_ptr& next);
  void on_pump();
  void on_tick();
  std::int64_t on_drain();
  void on_retire(const caf::actor& archiver);
  caf::result<provider_info> on_list();
  caf::result<inspection> on_inspect();

  void schedule_pump();
  void pump_in(std::chrono::nanoseconds wait);
  bool may_start(steady_point now);
  void park(const std::string& host, persistence::delivery delivery, steady_point now);
  std::size_t waiting_room() const;
  std::size_t parked_share() const;
  void make_room(steady_point now);
  void unpark(const std::string& host);
  void unpark_all();
  void end_of_call(const active& entry, bool came_back);
  void withdraw_call(const active& entry);
  void put_off(const persistence::delivery& delivery);
  void send_put_off();
  void give_back(std::vector<persistence::release> rows, bool due_later = false);
  void enter(persistence::transaction_id id, active entry);
  void begin(std::vector<active> entries);
  void call(active& entry, steady_point now);
  void answer(persistence::transaction_id id, simulated_call call);
  void withdraw(persistence::transaction_id id);
  void give_up_before_call(active& entry, steady_point now);
  delivery_content content_of(const active& entry) const;
  transfer_request request_of(const active& entry) const;
  void note(log_level level, const active& entry, std::string_view text) const;
  outcome classify(const active& entry, const transfer_result& result) const;
  static std::string shown(const active& entry, const outcome& result);
  void note_health(const active& entry, outcome& result, steady_point now);
  void note_hold(const active& entry, const outcome& result, bool refused_before, steady_point now);
  void suspect(const active& entry, outcome& result, steady_point now);
  void note_throttle(const active& entry, outcome& result, steady_point now);
  void note_challenge(const active& entry, const outcome& result, steady_point now);
  std::optional<challenge_info> open_challenge(steady_point now) const;
  bool refused_twice(const active& entry, const outcome& result) const;
  void record(active& entry, outcome result, std::string answer);
  void release(persistence::transaction_id id, persistence::transaction_status expected,
               milliseconds pause);
  milliseconds unnamed_pause(const active& entry) const;
  milliseconds quota_pause(const active& entry, steady_point now);
  circuit_state takes(steady_point now) const;
  bool probing(steady_point now) const;
  persistence::time_point wall_of(steady_point at, steady_point now) const;
  void report_health(steady_point now);
  void step_aside();
  void leave_when_idle();
  void free_room(std::int32_t count);
  std::size_t queued() const { return queue_.size() + parked_count_; }
  std::size_t queued_of(std::size_t priority) const;
  boost::json::object oldest() const;
  steady_point now() const { return self_->clock().now(); }
  const provider_settings& settings() const { return links_.provider->settings; }

  sender_actor::pointer self_;
  environment_ptr environment_;
  sender_links links_;
  delivery_queue queue_;
  /// Deliveries that wait until their host has a call free, and how many they are.
  std::map<std::string, delivery_queue> parked_;
  std::size_t parked_count_ = 0;
  /// Hosts that hang, as of the last look, and when the next one is.
  std::size_t hanging_ = 0;
  steady_point look_again_{};
  /// Deliveries to hosts that hang; they go back to their lane for a while.
  std::vector<persistence::release> put_off_;
  persistence::time_point put_off_until_{};
  std::unordered_map<persistence::transaction_id, active> active_;
  std::int32_t calls_ = 0;
  std::optional<circuit> circuit_;
  std::optional<slow_start> slow_start_;
  std::optional<host_shares> shares_;
  rejection_streak rejections_;
  std::optional<rate_limiter> rate_;
  steady_point paused_until_{};
  /// The end of a pause that is too long to be waited for here.
  steady_point away_until_{};
  /// When the first such pause in a row was asked for.
  std::optional<steady_point> away_since_;
  /// When its settings came into force; what was called before says nothing of them.
  steady_point configured_at_{};
  circuit_state reported_ = circuit_state::closed;
  bool reported_probe_ = false;
  /// Since when the provider takes nothing, or only a probe.
  std::optional<steady_point> down_since_;
  /// Probes that were refused, and as many as were told of.
  std::uint64_t refusals_ = 0, reported_refusals_ = 0;
  steady_point born_at_{};
  /// When somebody's message was accepted last.
  std::optional<steady_point> accepted_at_;
  /// The pause after the next quota that names no end.
  milliseconds quota_pause_ = first_quota_pause;
  /// The last such pause.
  steady_point quota_met_at_{}, quota_until_{};
  std::optional<steady_point> tick_at_;
  /// When a timer looks again whether something may start.
  std::optional<steady_point> pump_at_;
  bool pump_scheduled_ = false, room_asked_ = false, draining_ = false, retired_ = false;

  std::array<std::uint64_t, outcome_kinds> outcomes_{};
  std::uint64_t withdrawn_ = 0, stepped_aside_ = 0, put_off_count_ = 0;
  latency_histogram latency_;
  /// How long calls took, and how long after it was due each delivery was called.
  histogram called_{call_seconds}, waited_{way_seconds};
  std::string last_error_;
  std::optional<challenge_info> challenge_;
  /// When the challenge's limit ends by itself.
  steady_point challenge_ends_{};
};

sender_actor::behavior_type sender(sender_actor::stateful_pointer<sender_state> self,
                                   environment_ptr environment, sender_links links);

}  // namespace postrider::actors
