#pragma once

#include "actors/delivery/expiry_watch.hpp"
#include "actors/delivery/patience_watch.hpp"
#include "actors/delivery/rerouting.hpp"
#include "actors/rules/alarm.hpp"
#include "actors/rules/lane_feed.hpp"

#include <map>

namespace postrider::actors {

/// Brings the rows that wait free in the ledger to the senders: backlog, scheduled sends, probes,
/// rows that dead nodes left, and rows of a provider that is down, which go to another one. Ends
/// rows that have expired or that no provider takes.
///
/// A change of rows, credit or health wakes it, without a reason. lane_feed computes from the
/// state what is to be done for one provider. Once a second it looks into all lanes, because other
/// nodes store rows too. It holds a page of rows for each provider that is down. When it dies, rows
/// are free or claimed in the ledger and come back from there.
class dispatcher_state : private rerouting::owner {
 public:
  static inline constexpr const char* name = "dispatcher";
  explicit dispatcher_state(dispatcher_actor::pointer self) : context_{self} {}
  dispatcher_actor::behavior_type make_behavior(environment_ptr environment,
                                                dispatcher_links links);

 private:
  /// The lanes of one provider.
  struct provider_lanes {
    lane_feed feed;
    /// As of the last look.
    provider_condition condition;
    alarm timer;
  };

  void on_wake(persistence::provider_id provider);
  void on_timer(persistence::provider_id provider);
  void on_tick();
  void on_lanes(const reply<std::vector<persistence::lane_state>>& lanes);
  caf::result<inspection> on_inspect() const;

  void look_after(persistence::provider_id provider);
  void note_condition(persistence::provider_id provider, provider_lanes& lanes);
  void take(persistence::provider_id provider, const lane_feed::step& next);
  void claim(persistence::provider_id provider, const lane_feed::shares& shares);
  void on_claimed(persistence::provider_id provider, const lane_feed::shares& shares,
                  const reply<write_results>& claimed);

  circuit_state takes(persistence::provider_id provider) const override;
  std::int32_t wait_for_credit(persistence::provider_id provider) override;
  void on_page_done(persistence::provider_id provider, lane_feed::page seen, bool last) override;
  void on_page_failed(persistence::provider_id provider) override;

  provider_ptr usable(persistence::provider_id provider) const;
  bool has_way_out(persistence::provider_id provider) const;
  std::vector<persistence::lane> hopeless_lanes() const;
  boost::json::array inspect_away() const;

  dispatch_context context_;
  rerouting rerouting_{context_, *this};
  expiry_watch expiry_{context_};
  patience_watch patience_{context_, [this] { return hopeless_lanes(); }};
  std::map<persistence::provider_id, provider_lanes> providers_;
  std::vector<persistence::lane_state> last_lanes_;
  std::uint64_t claimed_ = 0;
};

dispatcher_actor::behavior_type dispatcher(
    dispatcher_actor::stateful_pointer<dispatcher_state> self, environment_ptr environment,
    dispatcher_links links);

}  // namespace postrider::actors
