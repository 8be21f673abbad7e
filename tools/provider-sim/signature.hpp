#pragma once

#include "tools/provider-sim/form.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace postrider::provider_sim {

// X-Twilio-Signature: base64 of HMAC-SHA1 with the auth token over the URL as it is called and the
// sorted parameters, each name followed by its value (Twilio, "Security", Validating requests).
std::string twilio_signature(std::string_view auth_token, std::string_view url,
                             const form& parameters);

// The mac of Standard Webhooks 1.0.0: base64 of HMAC-SHA256 over `id.timestamp.body`.
// `key` is the decoded secret.
std::string webhook_mac(std::string_view key, std::string_view id, std::string_view timestamp,
                        std::string_view body);

// The fault of the three headers, or an empty text. A timestamp may be five minutes off.
std::string webhook_fault(std::string_view key, std::string_view id, std::string_view timestamp,
                          std::string_view signatures, std::string_view body,
                          std::chrono::system_clock::time_point now);

// The key of a secret `whsec_<base64>`; empty when it is none.
std::string webhook_key(std::string_view secret);

}  // namespace postrider::provider_sim
