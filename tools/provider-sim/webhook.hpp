#pragma once

#include "tools/provider-sim/exchange.hpp"
#include "tools/provider-sim/provider_book.hpp"

#include <string>
#include <string_view>

namespace postrider::provider_sim {

// A receiver of Standard Webhooks 1.0.0 (spec/standard-webhooks.md) at POST /hook/...: checks the
// signature if it has a secret, counts events by their webhook-id, and answers as told.
class webhook {
 public:
  // An empty key checks nothing.
  explicit webhook(std::string key) : key_(std::move(key)) {}

  void answer(provider& at, const request_view& request, reply& out);

 private:
  std::string key_;
};

// The text of an event, as the tally counts it: a text member `text`, `message` or `body` of
// `data`, `data` itself if it is a text, and the whole body of anything else.
std::string webhook_text(std::string_view body);

}  // namespace postrider::provider_sim
