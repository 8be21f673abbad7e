#pragma once

#include "actors/protocol.hpp"
#include "actors/rules/retry_by_hand.hpp"

#include <deque>
#include <set>

namespace postrider::actors {

/// The actors that the desk works with.
struct desk_links {
  directory_board directory;
  ledger_writer_actor writer;
  ledger_reader_actor reader;
  provider_selector_actor selector;
  dispatcher_actor dispatcher;
  retry_scheduler_actor scheduler;
};

/// Serves those who want failures tried again, one after the other and each in small steps: a step
/// is read, judged, routed where a new chain begins, and stored. At most `max_jobs_waiting` wait.
/// Two desks on two nodes may meet at one transaction: the ledger lets one of them have it. When it
/// dies, those it served are told that the result is not known; what was stored stands, and asking
/// again is safe.
class retry_desk_state {
 public:
  static inline constexpr const char* name = "retry_desk";
  explicit retry_desk_state(retry_desk_actor::pointer self) : self_(self) {}
  retry_desk_actor::behavior_type make_behavior(environment_ptr environment, desk_links links);

 private:
  /// The wish that is being served.
  struct service {
    retry_job_ptr job;
    persistence::retry_selection wanted;
    persistence::retry_cursor at;
    std::size_t ids_done = 0;
    std::int32_t steps = 0;
    retry_report report;
  };
  /// One step of it.
  struct step {
    std::vector<persistence::transition> transitions;
    /// The transactions that the transitions are about; 0: the one before.
    std::vector<transaction_id> ids;
    /// The provider that each of them waits for, because it takes nothing now; 0: for none.
    std::vector<persistence::provider_id> waits;
    std::set<persistence::provider_id> providers;
    std::size_t unrouted = 0;
    std::optional<persistence::retry_cursor> next;
  };
  using step_ptr = std::shared_ptr<step>;

  void on_job(const retry_job_ptr& job);
  caf::result<inspection> on_inspect() const;

  result<service> service_for(const retry_job_ptr& job) const;
  void serve_next();
  void read_step();
  void on_page(const persistence::retry_selection& asked, persistence::retry_page& page);
  void on_row(const step_ptr& one, const persistence::delivery& delivery, bool outdated);
  void hasten(const step_ptr& one, const persistence::delivery& waiting);
  void move_on(const step_ptr& one, const persistence::delivery& waiting,
               persistence::time_point named);
  void on_no_place(const persistence::transaction& row, persistence::time_point named);
  using routed = std::function<void(const route_reply&)>;
  void route(const step_ptr& one, const persistence::delivery& waiting,
             std::vector<persistence::attempt> attempts, const routed& then);
  void on_routed(const step_ptr& one, const persistence::transaction& last,
                 const route_reply& answer);
  void store(const step_ptr& one);
  void on_stored(const step_ptr& one, const reply<write_results>& written);
  void go_on(const step_ptr& one);
  void skip_one(transaction_id id, std::string reason);
  static void add(const step_ptr& one, persistence::transition what, transaction_id id,
                  persistence::provider_id waits = 0);
  void count(const step_ptr& one, std::size_t index);
  const provider_info* seen(persistence::provider_id provider) const;
  bool takes_nothing(persistence::provider_id provider) const;
  std::string name_of(persistence::provider_id provider) const;
  void fail();

  retry_desk_actor::pointer self_;
  environment_ptr environment_;
  desk_links links_;
  std::deque<retry_job_ptr> waiting_;
  std::optional<service> now_;
  /// The last look at all providers when this step was read; may be null.
  std::shared_ptr<const provider_states> states_;
  std::uint64_t served_ = 0, refused_ = 0, retried_ = 0;
};

retry_desk_actor::behavior_type retry_desk(
    retry_desk_actor::stateful_pointer<retry_desk_state> self, environment_ptr environment,
    desk_links links);

}  // namespace postrider::actors
