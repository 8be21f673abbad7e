#pragma once

#include "tools/provider-sim/control.hpp"
#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"
#include "tools/provider-sim/signal_rpc.hpp"

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
  dispatcher(provider_book& book, std::vector<std::string> accounts)
      : book_(book), control_(book), signal_rpc_(std::move(accounts)) {}

  class control& control_paths() {
    return control_;
  }

  // Whether the provider of this request is down; asked as soon as the target has been read.
  bool turns_away(const destination& to, clock_time now);

  void answer(const destination& to, request_view& request, reply& out);

 private:
  provider_book& book_;
  class control control_;
  signal_rpc signal_rpc_;
};

}  // namespace postrider::provider_sim
