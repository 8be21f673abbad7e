#include "tools/provider-sim/signal_rpc.hpp"

#include "tools/provider-sim/form.hpp"
#include "tools/provider-sim/json_text.hpp"
#include "tools/provider-sim/rpc_reply.hpp"
#include "tools/provider-sim/signal_challenge.hpp"

#include <boost/json/error.hpp>
#include <boost/json/monotonic_resource.hpp>

#include <algorithm>
#include <utility>

/// Witness: AsamK/signal-cli v0.14.6, src/main/java/org/asamk/signal: http/HttpServerHandler.java
/// and jsonrpc; the texts of faulty envelopes were given by signal-cli 0.13.19 when it was run.
namespace postrider::provider_sim {

namespace json = boost::json;

namespace {

constexpr std::string_view version_told = "0.13.19";
constexpr std::string_view rpc_content_type = "application/json";

bool is_envelope_member(std::string_view name) {
  return name == "jsonrpc" || name == "method" || name == "params" || name == "id";
}

// The fault of the envelope, in the words of signal-cli and of its JSON library; empty when
// there is none.
std::string fault_of(const json::object& message) {
  const json::value* id = message.if_contains("id");
  if (id && id->is_structured())
    return "Cannot deserialize value of type `com.fasterxml.jackson.databind.node.ValueNode` "
           "from " +
           std::string(id->is_object() ? "Object" : "Array") + " value";
  for (const auto& member : message)
    if (!is_envelope_member(member.key()))
      return "Unrecognized field \"" + std::string(member.key()) +
             "\" (class org.asamk.signal.jsonrpc.JsonRpcRequest), not marked as ignorable (4 known "
             "properties: \"method\", \"params\", \"jsonrpc\", \"id\"])";
  const json::value* params = message.if_contains("params");
  if (params && !params->is_structured() && !params->is_null())
    return "Cannot construct instance of `com.fasterxml.jackson.databind.node.ContainerNode`";
  const json::value* version = message.if_contains("jsonrpc");
  if (!version || !version->is_string() || version->get_string() != "2.0")
    return "only jsonrpc version 2.0 is supported";
  const json::value* method = message.if_contains("method");
  if (!method || !method->is_string()) return "method field must be set";
  return {};
}

std::string_view node_type_of(const json::value& value) {
  if (value.is_string()) return "STRING";
  if (value.is_bool()) return "BOOLEAN";
  if (value.is_null()) return "NULL";
  return "NUMBER";
}

}  // namespace

signal_rpc::signal_rpc(std::vector<std::string> accounts)
    : accounts_(std::move(accounts)), send_(accounts_) {}

// The order of the checks is signal-cli's: path, method, content type.
void signal_rpc::answer(provider& at, const request_view& request, reply& out) {
  const bool is_rpc = request.path == "/api/v1/rpc";
  if (request.path == "/api/v1/events") {
    answer_events(at, request, out);
  } else if (!is_rpc && request.path != "/api/v1/check") {
    out.status = 404;
  } else if (request.method != (is_rpc ? "POST" : "GET")) {
    out.status = 405;
  } else if (is_rpc) {
    if (request.content_type.starts_with(rpc_content_type)) answer_rpc(at, request, out);
    else out.status = 415;
  }
}

// Without an account: the events of all.
void signal_rpc::answer_events(provider& at, const request_view& request, reply& out) {
  const auto query = form::parse(request.query);
  const std::string_view account = query ? query->get("account") : std::string_view();
  const bool is_known = account.empty() || accounts_.empty() ||
                        std::find(accounts_.begin(), accounts_.end(), account) != accounts_.end();
  if (request.method != "GET") {
    out.status = 405;
  } else if (!query || !is_known) {
    out.status = 400;
  } else {
    out.action = wire_action::stream;
    out.stream_from = &at.events;
    out.stream_account = account;
  }
}

void signal_rpc::answer_rpc(provider& at, const request_view& request, reply& out) {
  unsigned char memory[8192];
  json::monotonic_resource resource(memory);
  out.content_type = rpc_content_type;
  if (request.body.find_first_not_of(" \t\r\n") == request.body.npos)
    return append_error(out.body, rpc_code::invalid_request, "unexpected type: MISSING", nullptr);
  parser_.reset(&resource);
  json::error_code error;
  parser_.write(request.body.data(), request.body.size(), error);
  if (error) {
    const bool cut_short = error == json::error::incomplete;
    return append_error(out.body, rpc_code::parse_error,
                        cut_short ? "Unexpected end-of-input" : "Unexpected character", nullptr);
  }
  const json::value message = parser_.release();
  if (const json::array* batch = message.if_array()) answer_batch(at, *batch, request.arrived, out);
  else if (message.is_object()) answer_one(at, message, request.arrived, out);
  else
    append_error(out.body, rpc_code::invalid_request,
                 "unexpected type: " + std::string(node_type_of(message)), nullptr);
  if (out.body.empty() && out.status == 200) out.status = 201;
  if (out.status == 200) return;
  out.body.clear();
  out.content_type = {};
}

void signal_rpc::answer_batch(provider& at, const json::array& batch, clock_time now, reply& out) {
  if (batch.empty())
    return append_error(out.body, rpc_code::invalid_request, "invalid request", nullptr);
  out.body += '[';
  bool any = false;
  for (const json::value& message : batch) {
    const std::size_t before = out.body.size();
    if (any) out.body += ',';
    if (answer_one(at, message, now, out)) any = true;
    else out.body.resize(before);
  }
  out.body += ']';
  if (!any) out.body.clear();
}

bool signal_rpc::answer_one(provider& at, const json::value& message, clock_time now, reply& out) {
  const json::object* envelope = message.if_object();
  if (!envelope) {
    append_error(out.body, rpc_code::invalid_request,
                 "Cannot construct instance of `org.asamk.signal.jsonrpc.JsonRpcRequest`", nullptr);
    return true;
  }
  // Taken for a response to a request that the daemon never made.
  if (envelope->contains("result") || envelope->contains("error")) return false;
  rpc_id id = envelope->if_contains("id");
  if (std::string fault = fault_of(*envelope); !fault.empty()) {
    if (id && id->is_structured()) id = nullptr;
    append_error(out.body, rpc_code::invalid_request, fault, id);
    return true;
  }
  const json::value* params = envelope->if_contains("params");
  const std::size_t before = out.body.size();
  call_method(at, envelope->at("method").get_string(), params ? params->if_object() : nullptr, id,
              now, out);
  if (id) return true;
  out.body.resize(before);
  return false;
}

void signal_rpc::call_method(provider& at, std::string_view method, const json::object* params,
                             const rpc_id& id, clock_time now, reply& out) {
  if (method == "send") {
    send_.call(at, params, id, now, out);
  } else if (method == "submitRateLimitChallenge") {
    answer_to_challenge(at, params, id, out.body);
  } else if (method == "version") {
    open_result(out.body);
    out.body += "{\"version\":";
    append_json_string(out.body, version_told);
    out.body += '}';
    close_result(out.body, id);
  } else if (method == "listAccounts") {
    list_accounts(id, out.body);
  } else {
    append_error(out.body, rpc_code::method_not_found, "Method not implemented", id);
  }
}

void signal_rpc::answer_to_challenge(provider& at, const json::object* params, const rpc_id& id,
                                     std::string& out) {
  const auto text = [params](std::string_view name) {
    const json::value* value = params ? params->if_contains(name) : nullptr;
    return value && value->is_string() ? std::string_view(value->get_string()) : "";
  };
  const auto verdict = answer_challenge(at, text("challenge"), text("captcha"));
  if (verdict.code != 0) return append_error(out, verdict.code, verdict.text, id);
  open_result(out);
  out += "{}";
  close_result(out, id);
}

void signal_rpc::list_accounts(const rpc_id& id, std::string& out) const {
  open_result(out);
  out += '[';
  for (const std::string& account : accounts_) {
    if (&account != &accounts_.front()) out += ',';
    out += "{\"number\":";
    append_json_string(out, account);
    out += '}';
  }
  out += ']';
  close_result(out, id);
}

}  // namespace postrider::provider_sim
