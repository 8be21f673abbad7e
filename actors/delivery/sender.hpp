#pragma once

#include "actors/delivery/call_starter.hpp"
#include "actors/delivery/health_notice.hpp"
#include "actors/delivery/lane_returns.hpp"
#include "actors/delivery/sender_report.hpp"
#include "actors/protocol.hpp"
#include "actors/rules/alarm.hpp"

namespace postrider::actors {

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
  void on_deliver(delivery_list& deliveries);
  void on_begun(const std::vector<persistence::transaction_id>& ids,
                const reply<write_results>& begun);
  void on_transferred(persistence::transaction_id id, const transfer_result& result);
  void on_recorded(const std::vector<persistence::transaction_id>& ids);
  void on_configured(const provider_ptr& next);
  void on_pump();
  std::int64_t on_drain();
  void on_retire(const caf::actor& archiver);
  sender_view view() const;

  void schedule_pump();
  void pump_in(std::chrono::nanoseconds wait);
  bool may_start(steady_point now);
  std::size_t waiting_room() const;
  void end_of_call(const active_delivery& entry, bool came_back);
  void withdraw_call(const active_delivery& entry);
  void enter(persistence::transaction_id id, active_delivery entry);
  void begin(std::vector<active_delivery> entries);
  void call(active_delivery& entry, steady_point now);
  void withdraw(persistence::transaction_id id);
  void start_begun(persistence::delivery delivery);
  bool is_well(steady_point now) const;
  void offer_permits(steady_point now);
  void release_unsent(active_delivery& entry, steady_point now);
  void give_up_before_call(active_delivery& entry, steady_point now);
  void note(log_level level, const active_delivery& entry, std::string_view text) const;
  void end(active_delivery& entry, persistence::transaction_status expected,
           persistence::attempt_result result);
  void report_health(steady_point now);
  void step_aside();
  void leave_when_idle();
  steady_point now() const { return self_->clock().now(); }
  const provider_settings& settings() const { return links_.provider->settings; }
  start_permits& permits() const { return links_.provider->window->starts(); }

  sender_actor::pointer self_;
  environment_ptr environment_;
  sender_links links_;
  delivery_queue queue_;
  std::optional<host_queues> hosts_;
  active_deliveries active_;
  std::int32_t calls_ = 0;
  std::optional<sender_health> health_;
  std::optional<rate_limiter> rate_;
  std::optional<lane_returns> returns_;
  std::optional<call_starter> calls_to_;
  std::optional<health_notice> notice_;
  /// Looks again whether something may start.
  alarm pump_timer_;
  bool pump_scheduled_ = false, draining_ = false, retired_ = false;

  sender_statistics statistics_;
};

sender_actor::behavior_type sender(sender_actor::stateful_pointer<sender_state> self,
                                   environment_ptr environment, sender_links links);

}  // namespace postrider::actors
