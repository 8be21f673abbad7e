#pragma once

#include "actors/protocol.hpp"
#include "actors/rules/user_list_cache.hpp"

#include <map>

namespace postrider::actors {

/// Holds providers, user lists and provider health; ranks. Lists are cached, never longer than
/// another node's change stays unseen (change counters in the database, asked twice a second); the
/// supervisor is told when another node changed a provider. It owns no transaction: when it dies,
/// nothing is lost but the cache.
class provider_selector_state {
 public:
  static inline constexpr const char* name = "provider_selector";
  explicit provider_selector_state(provider_selector_actor::pointer self) : self_(self) {}
  provider_selector_actor::behavior_type make_behavior(environment_ptr environment,
                                                       directory_board directory,
                                                       ledger_reader_actor reader,
                                                       ledger_writer_actor writer,
                                                       supervisor_actor supervisor);

 private:
  using route_promise = caf::typed_response_promise<route_reply>;
  struct waiting_route {
    route_query query;
    route_promise promise;
  };

  caf::result<route_reply> on_route(route_query& query);
  void on_health(const provider_health& health);
  void on_configured();
  caf::result<reply<user_provider_list>> on_list(persistence::user_id user);
  caf::result<reply<user_provider_list>> on_replace(persistence::user_id user,
                                                    user_provider_list& list);
  caf::result<reply<routing_snapshot>> on_explain(persistence::user_id user);
  void on_tick();
  void on_changes(const persistence::ledger_queries::list_changes& changes);
  void on_read(persistence::user_id user, const reply<user_provider_list>& read);
  caf::result<inspection> on_inspect() const;

  route_reply route(const route_query& query, const user_provider_list& list);
  void use_probe(const std::vector<candidate>& ranking);
  void renew_lost_probes();
  void set_health(persistence::provider_id id, bool open, bool probing);

  provider_selector_actor::pointer self_;
  environment_ptr environment_;
  ledger_reader_actor reader_;
  ledger_writer_actor writer_;
  supervisor_actor supervisor_;
  directory_board board_;
  /// Has the drivers of `providers_`.
  directory_ptr directory_;
  std::vector<routed_provider> providers_;
  /// Half-open circuits, and when their one probe was given out.
  std::map<persistence::provider_id, std::optional<steady_point>> probes_;
  std::optional<user_list_cache> cache_;
  std::int64_t list_version_ = 0;
  /// Routes that wait for their user's list, by user: one query for all of them.
  std::map<persistence::user_id, std::vector<waiting_route>> reading_;
  std::uint64_t routed_ = 0, misses_ = 0;
};

provider_selector_actor::behavior_type provider_selector(
    provider_selector_actor::stateful_pointer<provider_selector_state> self,
    environment_ptr environment, directory_board directory, ledger_reader_actor reader,
    ledger_writer_actor writer, supervisor_actor supervisor);

}  // namespace postrider::actors
