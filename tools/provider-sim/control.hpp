#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// The simulator's own HTTP paths, /control/...: sets a provider's behaviour and tells what it
// accepted.
class control {
 public:
  explicit control(provider_book& book) : book_(book) {}

  // Called after a behaviour has been set, because a provider may now be down or up.
  void on_behaviour_set(std::function<void()> call) { behaviour_set_ = std::move(call); }
  // Tells where a provider that has a port of its own listens; only for GET /control.
  void note_port(std::string name, unsigned short port) { ports_[std::move(name)] = port; }

  void answer(const request_view& request, reply& out);

 private:
  using handler = void (control::*)(provider&, const request_view&, reply&);
  struct route {
    std::string_view method;
    std::string_view resource;
    handler handle;
  };
  static const route routes[];

  void list_providers(reply& out) const;
  void put_behaviour(provider& at, const request_view& request, reply& out);
  void get_behaviour(provider& at, const request_view& request, reply& out);
  void get_tally(provider& at, const request_view& request, reply& out);
  void get_accepted(provider& at, const request_view& request, reply& out);
  void get_latency(provider& at, const request_view& request, reply& out);
  void post_query(provider& at, const request_view& request, reply& out);
  void post_reset(provider& at, const request_view& request, reply& out);

  provider_book& book_;
  std::map<std::string, unsigned short> ports_;
  std::function<void()> behaviour_set_;
};

}  // namespace postrider::provider_sim
