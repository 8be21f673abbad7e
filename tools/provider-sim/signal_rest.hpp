#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

// signal-cli-rest-api (bbernhard, 0.100: src/api/api.go, src/client/client.go): POST /v2/send,
// GET /v1/health, GET /v1/about and GET /v1/search/{number}. Everything but a rate limit is
// refused with 400 and a text, which hides whether the recipient or the network was at fault.
class signal_rest {
 public:
  // With no accounts, any account is known.
  explicit signal_rest(std::vector<std::string> accounts) : accounts_(std::move(accounts)) {}

  void answer(provider& at, const request_view& request, reply& out);

 private:
  struct target {
    std::string number;
    outcome what = outcome::accept;
  };
  void answer_send(provider& at, const request_view& request, reply& out);
  void answer_search(const provider& at, const request_view& request, reply& out);
  // Empty when the request may be decided on.
  std::string read(const boost::json::object& body);
  void deliver(provider& at, std::string_view account, std::string_view message, clock_time now,
               reply& out);
  void write_results(std::string_view account, reply& out);
  static void answer_to_challenge(provider& at, const request_view& request, reply& out);
  void write_rate_limit(std::string_view account, bool with_captcha, reply& out);

  std::vector<std::string> accounts_;
  std::vector<target> targets_;  // the current call's
  std::int64_t last_timestamp_ = 0;
};

}  // namespace postrider::provider_sim
