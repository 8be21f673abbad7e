#include "tools/provider-sim/rpc_reply.hpp"

#include "tools/provider-sim/json_text.hpp"

namespace postrider::provider_sim {
namespace {

void append_id(std::string& out, const rpc_id& id) {
  out += ",\"id\":";
  if (id) append_json_value(out, *id);
  else out += "null";
  out += '}';
}

void open_error(std::string& out, int code, std::string_view message) {
  out += R"({"jsonrpc":"2.0","error":{"code":)";
  append_number(out, code);
  out += ",\"message\":";
  append_json_string(out, message);
  out += ",\"data\":";
}

}  // namespace

void open_result(std::string& out) { out += R"({"jsonrpc":"2.0","result":)"; }

void close_result(std::string& out, const rpc_id& id) { append_id(out, id); }

void append_error(std::string& out, int code, std::string_view message, const rpc_id& id) {
  open_error(out, code, message);
  out += "null}";
  append_id(out, id);
}

void open_error_with_response(std::string& out, int code, std::string_view message) {
  open_error(out, code, message);
  out += "{\"response\":";
}

void close_error_with_response(std::string& out, const rpc_id& id) {
  out += "}}";
  append_id(out, id);
}

}  // namespace postrider::provider_sim
