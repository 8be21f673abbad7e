#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"
#include "tools/provider-sim/signal_send.hpp"

#include <boost/json/parser.hpp>

#include <string>
#include <vector>

namespace postrider::provider_sim {

// signal-cli's daemon with --http: JSON-RPC 2.0 at POST /api/v1/rpc, the health check at
// GET /api/v1/check and the receipts as server-sent events at GET /api/v1/events. The envelope is
// judged here, in signal-cli's own order and words (0.13.19); the method `send` is signal_send's.
class signal_rpc {
 public:
  // The accounts that the daemon knows; with none, any account is known.
  explicit signal_rpc(std::vector<std::string> accounts);

  void answer(provider& at, const request_view& request, reply& out);

 private:
  void answer_events(provider& at, const request_view& request, reply& out);
  void answer_rpc(provider& at, const request_view& request, reply& out);
  void answer_batch(provider& at, const boost::json::array& batch, clock_time now, reply& out);
  // Appends the response object; false when there is none to give (a notification).
  bool answer_one(provider& at, const boost::json::value& message, clock_time now, reply& out);
  void call_method(provider& at, std::string_view method, const boost::json::object* params,
                   const rpc_id& id, clock_time now, reply& out);
  static void answer_to_challenge(provider& at, const boost::json::object* params, const rpc_id& id,
                                  std::string& out);
  void list_accounts(const rpc_id& id, std::string& out) const;

  std::vector<std::string> accounts_;
  signal_send send_;
  boost::json::parser parser_;
};

}  // namespace postrider::provider_sim
