#pragma once

#include "actors/ledger/commit_statistics.hpp"
#include "actors/protocol.hpp"
#include "actors/rules/commit_pace.hpp"
#include "actors/rules/write_queue.hpp"

namespace postrider::actors {

/// Owns one writing connection. Everything that arrives while a commit runs goes into the next one
/// (group commit): latency at low load is one sync, and the cost of a message falls as load rises.
/// While the database is away or locked it keeps what must be kept, tries again with backoff, and
/// refuses the rest at once. When the node is fenced it tells the supervisor and writes nothing
/// more.
class ledger_writer_state {
 public:
  static inline constexpr const char* name = "ledger_writer";
  explicit ledger_writer_state(ledger_writer_actor::pointer self) : self_(self) {}
  ~ledger_writer_state();
  ledger_writer_state(const ledger_writer_state&) = delete;
  ledger_writer_actor::behavior_type make_behavior(environment_ptr environment,
                                                   supervisor_actor supervisor);

 private:
  struct waiting {
    write_request request;
    caf::typed_response_promise<reply<write_results>> promise;
    /// While they are in the batch the request itself is empty.
    std::size_t transitions = 0;
    /// Deliveries among them that begin.
    std::size_t begins = 0;
    /// The priority of a message that is to be accepted.
    std::optional<persistence::priority> accepts;
    bool try_once() const { return !request.keep_trying; }
    bool withdrawn() const { return request.permit && request.permit->withdrawn(); }
  };

  caf::result<reply<write_results>> on_write(write_request& request);
  caf::result<reply<persistence::node_id>> on_register(milliseconds lease);
  caf::result<reply<bool>> on_renew(milliseconds lease);
  caf::result<reply<bool>> on_leave();
  void on_flush();
  void on_reconnect();
  void on_look();
  caf::result<inspection> on_inspect() const;

  void schedule_flush();
  void apply_next();
  void collect();
  /// Takes the permits of all that is in the batch, or none.
  bool take_permits();
  persistence::result<persistence::batch_result> apply_nothing();
  void answer(persistence::batch_result results);
  void give_up_tries(const persistence::ledger_error& error);
  void drop_withdrawn();
  void report_usable();
  void on_error(const persistence::ledger_error& error);
  void wait_for_database(const persistence::ledger_error& error);
  void back_to_waiting();

  ledger_writer_actor::pointer self_;
  database_health::writer_id id_ = 0;
  environment_ptr environment_;
  supervisor_actor supervisor_;
  std::unique_ptr<persistence::ledger> ledger_;
  persistence::node_id node_ = 0;
  write_queue<waiting> queue_;
  commit_pace pace_;
  /// The batch that was sent last, and whose it is.
  persistence::ledger_batch batch_;
  std::vector<waiting> in_batch_;
  bool flush_scheduled_ = false;
  /// The last error while the database is away.
  std::optional<persistence::ledger_error> away_;
  bool unresolved_ = false;
  /// The batch that met a lock of somebody else or a full disk. The database is usable again when
  /// it would pass; it is never committed.
  persistence::ledger_batch rehearsal_;
  bool reported_usable_ = false;
  bool fenced_ = false;
  milliseconds backoff_{0};
  commit_statistics statistics_;
};

ledger_writer_actor::behavior_type ledger_writer(
    ledger_writer_actor::stateful_pointer<ledger_writer_state> self, environment_ptr environment,
    supervisor_actor supervisor);

}  // namespace postrider::actors
