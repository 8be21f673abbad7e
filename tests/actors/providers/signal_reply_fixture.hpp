#pragma once

#include "actors/providers/signal/signal.hpp"

#include <string>

namespace postrider::actors {

/// The driver's judgement of replies to the request "7f3c".
struct reply_fixture {
  std::unique_ptr<driver> signal;
  persistence::message message;

  reply_fixture() {
    provider_settings settings;
    settings.keys = {{"url", "http://127.0.0.1:8090"}, {"account", "+14155550100"}};
    signal = std::move(*signal_driver_type().make(settings));
  }
  outcome of_http(int status, std::string body) const {
    transfer_result result;
    result.stage = transfer_stage::reply_complete;
    result.status = status;
    result.body = std::move(body);
    return signal->classify({"+14155552671", &message, "7f3c"}, result);
  }
  outcome of(std::string body) const { return of_http(200, std::move(body)); }
  std::string_view kind_of(std::string body) const { return to_string(of(std::move(body)).kind); }
};

inline std::string entry(std::string_view type, std::string_view more = "") {
  return R"({"recipientAddress":{"uuid":"9a4c","number":"+14155552671","username":null},"type":")" +
         std::string(type) + '"' + std::string(more) + '}';
}

inline std::string result_with(std::string_view entries) {
  return R"({"jsonrpc":"2.0","result":{"timestamp":1763869200123,"results":[)" +
         std::string(entries) + R"(]},"id":"7f3c"})";
}

/// An error as signal-cli gives it when no recipient succeeded.
inline std::string failure_with(int code, std::string_view entries) {
  return R"({"jsonrpc":"2.0","error":{"code":)" + std::to_string(code) +
         R"(,"message":"Failed to send message","data":{"response":{"timestamp":1763869200123,"results":[)" +
         std::string(entries) + R"(]}}},"id":"7f3c"})";
}

inline std::string error_with(int code, std::string_view text, std::string_view id = "\"7f3c\"") {
  return R"({"jsonrpc":"2.0","error":{"code":)" + std::to_string(code) + R"(,"message":")" +
         std::string(text) + R"(","data":null},"id":)" + std::string(id) + '}';
}

}  // namespace postrider::actors
