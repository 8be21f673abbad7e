#pragma once

#include "actors/providers/driver.hpp"

#include <map>
#include <string>

/// Parts that the tests of drivers share: settings, replies, and a reply's classification.
namespace postrider::actors {

using driver_keys = std::map<std::string, std::string, std::less<>>;

inline provider_settings settings_with(driver_keys keys) {
  provider_settings settings;
  settings.name = "provider-a";
  settings.connect_timeout = std::chrono::seconds(3);
  settings.timeout = std::chrono::seconds(17);
  settings.keys = std::move(keys);
  return settings;
}

inline transfer_result replied(int status, std::string body = {},
                               std::vector<std::pair<std::string, std::string>> headers = {}) {
  transfer_result result;
  result.stage = transfer_stage::reply_complete;
  result.status = status;
  result.body = std::move(body);
  result.headers = std::move(headers);
  return result;
}

inline transfer_result broken_off(transfer_error error, transfer_stage stage) {
  transfer_result result;
  result.error = error;
  result.stage = stage;
  result.error_text = "it broke off";
  return result;
}

inline outcome outcome_of(const driver& provider, const transfer_result& result) {
  const persistence::message message;
  return provider.classify({"+14155552671", &message, "7f3c/0", {}, {}}, result);
}

inline std::string kind_of(const driver& provider, const transfer_result& result) {
  return std::string(to_string(outcome_of(provider, result).kind));
}

/// How far an exchange can get, and what that means to a peer that needs the whole request.
struct stage_row {
  transfer_stage stage;
  std::string_view outcome;
};
inline constexpr stage_row stages_of_whole_requests[]{
    {transfer_stage::not_started, "unavailable"},
    {transfer_stage::resolving, "unavailable"},
    {transfer_stage::connecting, "unavailable"},
    {transfer_stage::tls_handshake, "unavailable"},
    {transfer_stage::request_partly_written, "unavailable"},
    {transfer_stage::request_written, "unknown"},
    {transfer_stage::reply_started, "unknown"},
    {transfer_stage::reply_head_complete, "unknown"}};

}  // namespace postrider::actors
