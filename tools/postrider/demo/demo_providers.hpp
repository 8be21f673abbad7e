#pragma once

#include "tools/postrider/failure.hpp"

#include <memory>

namespace postrider::cli {

/// The ports of the simulated providers, all on loopback.
struct demo_ports {
  /// Signal and SMS, webhooks, a Signal account that a captcha holds, and mail.
  unsigned short signal = 0, sms = 0, hooks = 0, captcha = 0, mail = 0;
};

/// Servers of providers that exist nowhere else, on a thread of their own: they take most messages,
/// refuse some, are down at times, and report what became of the rest.
class demo_providers {
 public:
  virtual ~demo_providers() = default;
  virtual const demo_ports& ports() const = 0;
};

outcome<std::unique_ptr<demo_providers>> start_demo_providers();

}  // namespace postrider::cli
