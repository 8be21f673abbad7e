#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// ntfy 2.13, publishing as JSON: POST / with {"topic", "message", ...} (server/server.go,
// server/errors.go). There is no Retry-After.
class ntfy {
 public:
  // The token of `Authorization: Bearer`; empty takes any or none.
  explicit ntfy(std::string token) : token_(std::move(token)) {}

  void answer(provider& at, const request_view& request, reply& out);

 private:
  void publish(provider& at, std::string_view topic, std::string_view message, clock_time now,
               reply& out);

  std::string token_;
  std::uint64_t messages_ = 0;
};

}  // namespace postrider::provider_sim
