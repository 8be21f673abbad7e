#include "actors/providers/driver.hpp"
#include "actors/providers/email/email.hpp"
#include "actors/providers/signal/signal.hpp"
#include "actors/providers/sms/sms.hpp"
#include "actors/providers/webhook/webhook.hpp"

#include <algorithm>
#include <array>

namespace postrider::actors {

/// Every provider type, a line each.
std::span<const driver_type> driver_types() {
  static const std::array types{
      signal_driver_type(),
      email_driver_type(),
      sms_driver_type(),
      webhook_driver_type(),
  };
  return types;
}

const driver_type* find_driver_type(std::string_view name) {
  const auto types = driver_types();
  const auto at = std::find_if(types.begin(), types.end(),
                               [name](const auto& type) { return type.name == name; });
  return at == types.end() ? nullptr : &*at;
}

std::string_view meant_driver_type(std::string_view name) {
  struct alias {
    std::string_view name, type;
  };
  static constexpr alias aliases[]{
      {"smtp", "email"},   {"mail", "email"},   {"e-mail", "email"},     {"text", "sms"},
      {"twilio", "sms"},   {"kannel", "sms"},   {"phone", "sms"},        {"signal-cli", "signal"},
      {"http", "webhook"}, {"hook", "webhook"}, {"webhooks", "webhook"},
  };
  const auto found = std::ranges::find(aliases, name, &alias::name);
  return found == std::end(aliases) ? std::string_view() : found->type;
}

}  // namespace postrider::actors
