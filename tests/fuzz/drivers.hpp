#pragma once

#include "actors/providers/driver.hpp"

#include <memory>
#include <vector>

namespace postrider::fuzz {

/// One provider of each protocol.
inline const std::vector<std::unique_ptr<actors::driver>>& drivers() {
  using keys = std::map<std::string, std::string, std::less<>>;
  static const auto all = [] {
    std::vector<std::unique_ptr<actors::driver>> made;
    const auto add = [&](const char* type, keys with) {
      actors::provider_settings settings;
      settings.name = type;
      settings.type = type;
      settings.keys = std::move(with);
      made.push_back(std::move(*actors::find_driver_type(type)->make(settings)));
    };
    add("signal", {{"url", "http://127.0.0.1:8090"}, {"account", "+15550001111"}});
    add("signal", {{"url", "http://127.0.0.1:8090"}, {"account", "+15550001111"}, {"api", "rest"}});
    add("sms", {{"api", "twilio"},
                {"account_sid", "AC0123456789abcdef0123456789abcdef"},
                {"auth_token", "a token"},
                {"from", "+15550001111"}});
    add("sms", {{"api", "kannel"},
                {"url", "http://127.0.0.1:13013"},
                {"username", "postrider"},
                {"password", "a password"},
                {"from", "postrider"}});
    add("webhook", {{"secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}});
    add("email", {{"url", "smtp://127.0.0.1:25"}, {"from", "postrider@example.org"}});
    return made;
  }();
  return all;
}

}  // namespace postrider::fuzz
