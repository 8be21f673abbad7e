#pragma once

#include "actors/protocol.hpp"
#include "actors/providers/transfer/server_sent_events.hpp"

#include <deque>
#include <map>

namespace postrider::actors {

/// The actors that the collector works with.
struct receipt_links {
  directory_board directory;
  ledger_writer_actor writer;
  retry_scheduler_actor scheduler;
};

/// Brings to the ledger what providers say after they accepted: calls to our receipt URLs, and the
/// event streams of those that have one, to which it listens as long as it lives. A call is
/// answered when its receipts are committed. A receipt can be faster than the answer to the call
/// that it is about: what finds no transaction is kept for a minute and tried again, and after a
/// while it may be evidence for an attempt whose outcome is unknown. When it dies only such waiting
/// receipts are lost; no message depends on them.
class receipt_collector_state {
 public:
  static inline constexpr const char* name = "receipt_collector";
  explicit receipt_collector_state(receipt_collector_actor::pointer self) : self_(self) {}
  ~receipt_collector_state();
  receipt_collector_actor::behavior_type make_behavior(environment_ptr environment,
                                                       receipt_links links);

 private:
  struct waiting_receipt {
    persistence::provider_id provider = 0;
    receipt_report report;
    steady_point arrived{};
    std::size_t tries = 0;
    /// The unknown attempt for which it was taken as evidence in this try.
    persistence::transaction_id evidence_for = 0;
  };
  struct open_stream {
    provider_ptr provider;
    server_sent_events events;
    transfer_engine::stream_end end;
    steady_point opened{};
  };

  void on_job(const receipt_job_ptr& job);
  void on_unknown(unknown_attempt& attempt);
  void on_simulated(simulated_receipt& receipt);
  void on_event(std::uint64_t stream, const std::string& piece);
  void on_ended(std::uint64_t stream, const transfer_result& result);
  void on_listen(persistence::provider_id provider);
  void on_configured();
  void on_tick();
  caf::result<inspection> on_inspect() const;

  void listen_to_all();
  bool listens_to(persistence::provider_id id) const;
  provider_ptr find_provider(std::string_view wanted) const;
  void store(const receipt_job_ptr& job, persistence::provider_id provider,
             persistence::transaction_id id, std::vector<receipt_report> reports);
  void store(std::vector<waiting_receipt> receipts);
  persistence::record_receipt transition_of(const waiting_receipt& receipt) const;
  milliseconds next_try(const waiting_receipt& receipt) const;
  void on_stored(std::vector<waiting_receipt> receipts, const reply<write_results>& written);
  void note(const persistence::transition_result& result);
  /// The unknown attempt that a receipt without a transaction is evidence for, or 0.
  persistence::transaction_id attempt_for(const waiting_receipt& receipt) const;
  void wait_for_transaction(waiting_receipt receipt);
  steady_point now() const { return self_->clock().now(); }

  receipt_collector_actor::pointer self_;
  environment_ptr environment_;
  receipt_links links_;
  std::map<std::uint64_t, open_stream> streams_;
  std::map<persistence::provider_id, milliseconds> reconnect_after_;
  std::uint64_t last_stream_ = 0;
  /// In the order of their arrival.
  std::deque<waiting_receipt> waiting_;
  std::deque<unknown_attempt> unknown_;
  bool tick_scheduled_ = false;
  std::uint64_t calls_ = 0, events_ = 0, stored_ = 0, refused_ = 0, unmatched_ = 0, dropped_ = 0,
                fallbacks_ = 0;
};

receipt_collector_actor::behavior_type receipt_collector(
    receipt_collector_actor::stateful_pointer<receipt_collector_state> self,
    environment_ptr environment, receipt_links links);

}  // namespace postrider::actors
