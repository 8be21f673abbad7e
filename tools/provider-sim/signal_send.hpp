#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"
#include "tools/provider-sim/rpc_reply.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

// The text of signal-cli's error that ends a whole call before it sends anything; empty for
// the other outcomes.
std::string_view signal_fault(outcome o);

// The method `send` of signal-cli: checks the parameters as signal-cli does, asks the provider's
// behaviour for each recipient's fate, counts, and writes the response object.
class signal_send {
 public:
  explicit signal_send(std::vector<std::string> accounts) : accounts_(std::move(accounts)) {}

  void call(provider& at, const boost::json::object* params, const rpc_id& id, clock_time now,
            reply& out);

 private:
  enum class address_kind { number, uuid, group, username };
  struct target {
    address_kind kind;
    std::string text;
    outcome what = outcome::accept;
  };
  struct refusal {
    int code = 0;
    std::string message;
    explicit operator bool() const { return code != 0; }
  };

  refusal check_account(const boost::json::object* params) const;
  refusal collect_targets(const boost::json::object& params);
  refusal add_targets(const boost::json::object& params, std::string_view singular,
                      std::string_view plural, address_kind kind);
  refusal add_target(std::string_view text, address_kind kind);
  std::string_view account_of(const boost::json::object& params) const;
  void add_receipts(provider& at, std::string_view account, reply& out);
  void take_timestamp();
  static void write_rule(const reply_rule& rule, const rpc_id& id, reply& out);
  outcome decide(provider& at, reply& out);
  void deliver(provider& at, std::string_view message, clock_time now, const rpc_id& id,
               reply& out);
  void write_results(provider& at, const rpc_id& id, std::string& out);
  void append_results(std::uint32_t retry_after_s, std::string& out);
  static void append_entry(const target& t, std::uint32_t retry_after_s, std::string& out);

  std::vector<std::string> accounts_;
  std::vector<target> targets_;       // the current call's; kept for its memory
  const reply_rule* rule_ = nullptr;  // the current call's
  std::int64_t last_timestamp_ = 0;
};

}  // namespace postrider::provider_sim
