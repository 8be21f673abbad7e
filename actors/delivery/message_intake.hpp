#pragma once

#include "actors/delivery/history_archiver.hpp"
#include "actors/protocol.hpp"
#include "actors/rules/message_ids.hpp"

#include <map>
#include <set>

namespace postrider::actors {

/// The actors that the intake works with.
struct intake_links {
  directory_board directory;
  sender_board senders;
  std::vector<ledger_writer_actor> writers;
  ledger_reader_actor reader;
  provider_selector_actor selector;
  dispatcher_actor dispatcher;
};

/// Checks a message, has it routed and stored, answers the client, and hands its transactions to
/// their senders, or leaves them in the database when a sender has no room. At most
/// `accepts_in_flight` at one time, and none longer than `accept_patience`: one that is not being
/// committed by then is withdrawn from its writer and refused. When the intake dies, the clients
/// whose requests it held are told that the result is not known; what was stored is found in the
/// ledger.
///
/// An idempotency key is stored in the commit of its message, so the ledger decides whose it is.
/// Here it is only remembered while that commit is under way, to answer another one at once.
class message_intake_state {
 public:
  static inline constexpr const char* name = "message_intake";
  explicit message_intake_state(message_intake_actor::pointer self) : self_(self) {}
  message_intake_actor::behavior_type make_behavior(environment_ptr environment,
                                                    intake_links links);

 private:
  /// A message that is being accepted.
  struct accepting {
    std::uint64_t number = 0;
    accept_job_ptr job;
    steady_point deadline;
    /// Once a writer has it.
    commit_permit_ptr permit;
  };

  void on_job(const accept_job_ptr& job);
  void on_routed(std::uint64_t number, std::shared_ptr<const persistence::message> message,
                 const route_reply& routes);
  void on_stored(std::uint64_t number, const persistence::accept_message& stored,
                 const reply<write_results>& written);
  void on_deadline();
  caf::result<inspection> on_inspect() const;

  std::optional<service_error> refusal() const;
  result<std::shared_ptr<persistence::message>> message_of(send_request& request);
  result<persistence::accept_message> transactions_of(
      const send_request& request, std::shared_ptr<const persistence::message> message,
      const route_reply& routes);
  void store(accepting& accepted, persistence::accept_message accept);
  void take_room(persistence::transaction& row, bool due);
  /// The next of the writers that get their changes into the database.
  const ledger_writer_actor& next_writer();
  void hand_over(const persistence::accept_message& stored,
                 const std::vector<persistence::transaction_id>& ids);
  /// Refuses, unless the same was accepted under its idempotency key before: what has changed since
  /// must not make another answer of it.
  void refuse(const accepting& refused, service_error why);
  void replay(const accepting& again, const persistence::first_answer& first);
  void give_back_room(const persistence::accept_message& accept);
  send_receipt receipt_of(const persistence::accept_message& stored,
                          const std::vector<persistence::transaction_id>& ids) const;
  transaction_receipt receipt_of(persistence::transaction_id id, persistence::provider_id provider,
                                 const std::string& recipient) const;
  /// Null: it was answered already.
  accepting* find(std::uint64_t number);
  void watch_deadlines();
  void end(std::uint64_t number, result<send_receipt> answer);

  message_intake_actor::pointer self_;
  environment_ptr environment_;
  intake_links links_;
  std::optional<message_id_generator> ids_;
  /// By number, so in the order of their deadlines.
  std::map<std::uint64_t, accepting> in_flight_;
  std::uint64_t last_number_ = 0;
  bool watching_ = false;
  std::size_t next_writer_ = 0;
  /// At most one for each job in flight.
  std::set<std::pair<persistence::api_key_id, persistence::hash>> keys_in_flight_;
  std::uint64_t replayed_ = 0, in_progress_ = 0;
  std::uint64_t accepted_ = 0, transactions_ = 0, refused_ = 0, invalid_ = 0, failed_ = 0;
};

message_intake_actor::behavior_type message_intake(
    message_intake_actor::stateful_pointer<message_intake_state> self, environment_ptr environment,
    intake_links links);

}  // namespace postrider::actors
