#pragma once

#include "tools/provider-sim/control.hpp"
#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/kannel.hpp"
#include "tools/provider-sim/ntfy.hpp"
#include "tools/provider-sim/protocol_options.hpp"
#include "tools/provider-sim/provider_book.hpp"
#include "tools/provider-sim/signal_rest.hpp"
#include "tools/provider-sim/signal_rpc.hpp"
#include "tools/provider-sim/twilio.hpp"
#include "tools/provider-sim/webhook.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::provider_sim {

// Where a request belongs, which its target alone decides.
struct destination {
  bool to_control = false;
  std::string_view provider_name;
  std::string_view path;
  std::string_view query;
};

// `/control/...` is the simulator's own; `/p/<name>/...` is that provider; anything else is the
// provider that the port belongs to.
destination find_destination(std::string_view target, std::string_view name_of_port);

// Hands a request to the control paths or to the protocol that its path belongs to.
class dispatcher {
 public:
  dispatcher(provider_book& book, const protocol_options& options)
      : book_(book),
        control_(book),
        signal_rpc_(options.accounts),
        signal_rest_(options.accounts),
        twilio_(options.twilio_token),
        kannel_(options.kannel_login),
        webhook_(options.webhook_key),
        ntfy_(options.ntfy_token),
        keep_alive_(options.event_keep_alive) {}

  class control& control_paths() {
    return control_;
  }

  // Whether the provider of this request is down; asked as soon as the target has been read.
  bool turns_away(const destination& to, clock_time now);

  void answer(const destination& to, request_view& request, reply& out);

  // Does the errands of an answer, and then calls `done` if there is one.
  using errand_runner =
      std::function<void(provider&, std::vector<errand>, std::function<void()> done)>;
  std::chrono::milliseconds keep_alive() const { return keep_alive_; }
  void on_errands(errand_runner runner) { runner_ = std::move(runner); }
  void carry(const destination& to, std::vector<errand> list, std::function<void()> done);

 private:
  void route(provider& at, const request_view& request, reply& out);

  provider_book& book_;
  class control control_;
  signal_rpc signal_rpc_;
  signal_rest signal_rest_;
  twilio twilio_;
  kannel kannel_;
  webhook webhook_;
  ntfy ntfy_;
  std::chrono::milliseconds keep_alive_;
  errand_runner runner_;
};

}  // namespace postrider::provider_sim
