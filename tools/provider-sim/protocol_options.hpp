#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace postrider::provider_sim {

// Values that the protocols know beforehand. An empty one is not checked.
struct protocol_options {
  std::vector<std::string> accounts;  // Signal
  std::string twilio_token;           // the auth token; without it that of each request
  std::string kannel_login;           // user:password
  std::string webhook_key;            // decoded
  std::string ntfy_token;             // for `Authorization: Bearer`
  std::string smtp_login;             // user:password
  std::chrono::milliseconds event_keep_alive{15'000};  // signal-cli's
};

}  // namespace postrider::provider_sim
