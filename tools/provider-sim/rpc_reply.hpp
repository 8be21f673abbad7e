#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace postrider::provider_sim {

// The id to echo: any JSON value but an object or an array; nullptr is written as null.
using rpc_id = const boost::json::value*;

// The error codes of signal-cli's JSON-RPC (SignalJsonRpcCommandHandler, JsonRpcResponse).
struct rpc_code {
  static constexpr int user_error = -1;
  static constexpr int io_error = -3;
  static constexpr int untrusted_key = -4;
  static constexpr int rate_limit = -5;
  static constexpr int captcha_rejected = -6;
  static constexpr int parse_error = -32700;
  static constexpr int invalid_request = -32600;
  static constexpr int method_not_found = -32601;
  static constexpr int invalid_params = -32602;
  static constexpr int internal_error = -32603;
};

// signal-cli writes the members in this order: jsonrpc, result or error, id.
void open_result(std::string& out);
void close_result(std::string& out, const rpc_id& id);
void append_error(std::string& out, int code, std::string_view message, const rpc_id& id);
void open_error_with_response(std::string& out, int code, std::string_view message);
void close_error_with_response(std::string& out, const rpc_id& id);

}  // namespace postrider::provider_sim
