#pragma once

#include "base/latency_histogram.hpp"
#include "tools/bench/connection.hpp"
#include "tools/bench/history.hpp"
#include "tools/bench/options.hpp"
#include "tools/bench/process_watch.hpp"
#include "tools/bench/request_text.hpp"
#include "tools/bench/workload.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>
#include <memory>
#include <vector>

namespace postrider::bench {

std::int64_t monotonic_ns();

// The result of the sending.
struct load_result {
  std::uint64_t started = 0;
  std::uint64_t ok = 0;
  std::uint64_t refused = 0;   // and not accepted later
  std::uint64_t errors = 0;    // other answers than 202 (250 of mail), 429, 503
  std::uint64_t unknown = 0;   // the connection broke without an answer
  std::uint64_t refusals = 0;  // answers 429 and 503, retried or not
  std::uint64_t connect_failures = 0;
  std::uint64_t disconnects = 0;
  std::map<unsigned, std::uint64_t> error_statuses;
  fine_latency_histogram latency;  // accepted messages only
  std::int64_t first_send_ns = 0;
  std::int64_t last_answer_ns = 0;
};

// Sends the workload over its connections, on one thread, until it is over.
class load final : public connection_owner {
 public:
  load(const options& o, history& to, std::vector<process_record>& processes);

  load_result run();

 private:
  void on_connected(connection& which) override;
  void on_connect_failed() override;
  void on_answer(connection& which, const job& what, const answer& got) override;
  void on_lost(connection& which, const std::optional<job>& what) override;

  void pump();                         // gives work to idle connections
  bool start_next(connection& which);  // false: there is none now
  void arm_timer(std::int64_t due_ns);
  void tick();
  void end_if_over(std::int64_t now_ns);
  void finish(const job& what, final_state state, const answer& got);
  void write_history(const job& what, final_state state, const answer& got);

  const options& options_;
  history& history_;
  std::vector<process_record>& processes_;
  boost::asio::io_context io_{1};
  boost::asio::steady_timer due_timer_;
  boost::asio::steady_timer tick_timer_;
  boost::asio::signal_set signals_;
  request_text request_;
  unsigned accepted_status_;
  std::int64_t begin_ns_;
  workload work_;
  std::vector<std::unique_ptr<connection>> connections_;
  std::vector<connection*> idle_;
  std::int64_t armed_ns_ = workload::never;
  bool middle_sampled_ = false;
  std::string message_;
  load_result result_;
};

}  // namespace postrider::bench
