#include "tests/support/scripted_engine.hpp"

#include <boost/json.hpp>

namespace postrider::tests {
namespace {

namespace json = boost::json;

json::object results(const json::object& request, const std::string& type, std::int64_t timestamp,
                     std::int64_t retry_after_seconds) {
  json::object entry{{"recipientAddress",
                      {{"uuid", nullptr},
                       {"number", request.at("params").at("recipient").at(0)},
                       {"username", nullptr}}},
                     {"type", type}};
  if (retry_after_seconds > 0) entry["retryAfterSeconds"] = retry_after_seconds;
  return {{"timestamp", timestamp}, {"results", json::array{std::move(entry)}}};
}

}  // namespace

actors::transfer_result http_reply(int status, std::string body) {
  actors::transfer_result result;
  result.stage = actors::transfer_stage::reply_complete;
  result.status = status;
  result.body = std::move(body);
  return result;
}

actors::transfer_result transfer_failure(actors::transfer_error error,
                                         actors::transfer_stage stage) {
  actors::transfer_result result;
  result.error = error;
  result.stage = stage;
  result.error_text = "scripted failure";
  return result;
}

actors::transfer_result signal_success(const std::string& request_body, std::int64_t timestamp) {
  const auto request = json::parse(request_body).as_object();
  return http_reply(
      200, json::serialize(json::object{{"jsonrpc", "2.0"},
                                        {"result", results(request, "SUCCESS", timestamp, 0)},
                                        {"id", request.at("id")}}));
}

actors::transfer_result signal_error(const std::string& request_body, int code,
                                     const std::string& text) {
  const auto request = json::parse(request_body).as_object();
  return http_reply(200,
                    json::serialize(json::object{{"jsonrpc", "2.0"},
                                                 {"error", {{"code", code}, {"message", text}}},
                                                 {"id", request.at("id")}}));
}

actors::transfer_result signal_failure(const std::string& request_body, const std::string& type,
                                       std::int64_t retry_after_seconds) {
  const auto request = json::parse(request_body).as_object();
  const int code = type == "RATE_LIMIT_FAILURE" ? -5 : type == "IDENTITY_FAILURE" ? -4 : -1;
  return http_reply(
      200, json::serialize(json::object{
               {"jsonrpc", "2.0"},
               {"error",
                {{"code", code},
                 {"message", "Failed to send message"},
                 {"data",
                  {{"response", results(request, type, 1'700'000'000'000, retry_after_seconds)}}}}},
               {"id", request.at("id")}}));
}

}  // namespace postrider::tests
