#include "actors/providers/signal/signal_rpc.hpp"

#include "actors/providers/foreign_reply.hpp"
#include "actors/providers/json_members.hpp"
#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/signal/signal_receipts.hpp"
#include "actors/providers/signal/signal_results.hpp"
#include "actors/providers/signal/signal_texts.hpp"
#include "actors/providers/titled_text.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"
#include "base/percent.hpp"

namespace postrider::actors {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// The id of the one request that is no send.
constexpr std::string_view challenge_id = "challenge";
/// The daemon writes a line every 15 s.
constexpr std::chrono::seconds longest_silence = 45s;

outcome unknown_reply(std::string_view detail) {
  return signal_outcome(outcome_kind::unknown, detail);
}

outcome classify_entry(const json::object& entry) {
  return classify_signal_failure(text_at(entry, "type"), text_at(entry, "token"),
                                 integer_at(entry, "retryAfterSeconds").value_or(0));
}

/// The first entry of `{timestamp, results}`; one recipient a request gives one entry.
outcome classify_results(const json::object& response) {
  const auto* results = array_at(response, "results");
  if (!results || results->empty()) return unknown_reply("the daemon's answer has no results");
  for (const auto& item : *results) {
    const auto* entry = item.if_object();
    if (!entry || text_at(*entry, "type") != "SUCCESS") continue;
    const auto timestamp = integer_at(response, "timestamp");
    if (!timestamp) return unknown_reply("the daemon's answer has no timestamp");
    outcome done{outcome_kind::accepted, {}, std::to_string(*timestamp), {}};
    if (const auto* address = object_at(*entry, "recipientAddress"))
      if (const auto uuid = text_at(*address, "uuid"); !uuid.empty())
        done.provider_ref.append("/").append(uuid);
    return done;
  }
  const auto* entry = results->front().if_object();
  return entry ? classify_entry(*entry)
               : unknown_reply("the daemon's answer has a result that is not an object");
}

struct rpc_code {
  std::int64_t code;
  /// When no row of signal_texts.cpp knows the text. Only what was surely not sent is not
  /// `unknown`.
  outcome_kind kind;
};

/// jsonrpc/SignalJsonRpcCommandHandler.java and JsonRpcResponse.java of signal-cli v0.14.6.
constexpr rpc_code rpc_codes[]{
    // A parameter of this request is refused before anything is sent.
    {-1, outcome_kind::recipient_rejected},
    // IOErrorException: the command did not begin.
    {-3, outcome_kind::unavailable},
    {-4, outcome_kind::recipient_rejected},
    {-5, outcome_kind::throttled},
    // The request itself, which is the same for every message.
    {-32700, outcome_kind::misconfigured},
    {-32600, outcome_kind::misconfigured},
    {-32601, outcome_kind::misconfigured},
    {-32602, outcome_kind::misconfigured},
    {-32603, outcome_kind::unknown},
};

outcome classify_code(std::int64_t code, std::string_view text) {
  for (const auto& row : rpc_codes) {
    if (row.code != code) continue;
    auto out = signal_outcome(row.kind, quoted_reply(text));
    // A code for many things: if it were the account's, one recipient after the other would get it.
    out.vague = code == -1;
    if (row.kind == outcome_kind::throttled) out.retry_after = signal_pause_without_hint;
    return out;
  }
  return unknown_reply("the daemon answered with an unknown error " + std::to_string(code));
}

outcome classify_error(const json::object& error) {
  const auto code = integer_at(error, "code");
  if (!code) return unknown_reply("the daemon's error has no code");
  // The results of a send that reached nobody tell more than the text.
  const auto* data = object_at(error, "data");
  if (const auto* response = data ? object_at(*data, "response") : nullptr)
    return classify_results(*response);
  const auto text = text_at(error, "message");
  if (auto known = classify_signal_text(text)) return std::move(*known);
  return classify_code(*code, text);
}

/// http/HttpServerHandler.java of signal-cli v0.14.6 refuses a path, a method, a content type and a
/// Host header with a status and no body. One that stalls is another server's. A proxy whose server
/// restarts may say the same, so the circuit breaker counts it like any failure.
outcome classify_rpc_status(const delivery_content& content, const transfer_result& result) {
  const auto text = "the daemon answered HTTP " + std::to_string(result.status);
  for (const int refused : {404, 405, 415, 421})
    if (result.status == refused && result.complete() && result.body.empty())
      return signal_outcome(outcome_kind::unavailable,
                            text + ": is `url` that of signal-cli's HTTP daemon?");
  return classify_foreign_reply(content, result, text);
}

class signal_rpc_driver final : public driver {
 public:
  explicit signal_rpc_driver(signal_settings settings) : settings_(std::move(settings)) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return recipient.phone.empty() ? std::nullopt : std::optional(recipient.phone);
  }

  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    if (message.shorten) return std::nullopt;
    return signal_text_refusal(titled_view(message, settings_.subject_in_text).get());
  }

  transfer_request compose(const delivery_content& content) const override {
    return call("send", content.reference,
                {{"account", settings_.account},
                 {"recipient", {content.address}},
                 {"message", signal_text(*content.message, settings_.subject_in_text)}});
  }

  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    // Errors of JSON-RPC come with 200 too; other statuses are the HTTP server's or a proxy's own,
    // and count even if the body is lost.
    auto transport = transport_outcome(result);
    const bool refused = has_status(result) && result.status != 200;
    if (transport && !refused) return std::move(*transport);
    if (result.status != 200) return classify_rpc_status(content, result);
    json::error_code failed;
    const auto reply = json::parse(result.body, failed);
    const auto* object = failed ? nullptr : reply.if_object();
    if (!object) return unknown_reply("the daemon's answer is not a JSON object");
    const auto* error = object_at(*object, "error");
    // Errors that come before the request was understood carry no id.
    const auto* id = object->if_contains("id");
    const bool ours =
        id && id->is_string() && std::string_view(id->as_string()) == content.reference;
    if (!ours && !(error && id && id->is_null()))
      return unknown_reply("the daemon's answer belongs to another request");
    if (error) return classify_error(*error);
    const auto* response = object_at(*object, "result");
    return response ? classify_results(*response)
                    : unknown_reply("the daemon's answer has neither result nor error");
  }

  std::optional<transfer_request> compose_challenge(const challenge_answer& given) const override {
    return call(
        "submitRateLimitChallenge", challenge_id,
        {{"account", settings_.account}, {"challenge", given.token}, {"captcha", given.captcha}});
  }

  challenge_reply read_challenge_reply(const transfer_result& result) const override {
    using enum challenge_verdict;
    if (const auto transport = transport_outcome(result)) return {unknown, transport->detail};
    json::error_code failed;
    const auto reply = json::parse(result.body, failed);
    const auto* object = failed ? nullptr : reply.if_object();
    if (result.status != 200 || !object)
      return {unknown, "the daemon answered HTTP " + std::to_string(result.status)};
    if (const auto* error = object_at(*object, "error"))
      return {refused, quoted_reply(text_at(*error, "message"))};
    return object->contains("result")
               ? challenge_reply{solved, {}}
               : challenge_reply{unknown, "the daemon's answer has no result"};
  }

  std::optional<transfer_request> event_stream() const override {
    auto request = request_to("/api/v1/events?account=" + percent_encoded(settings_.account));
    request.method = "GET";
    request.headers = {"Accept: text/event-stream"};
    request.timeout = longest_silence;
    return request;
  }

  std::vector<receipt_report> read_event(std::string_view data) const override {
    return read_signal_event(data, settings_.account).value_or(std::vector<receipt_report>());
  }

 private:
  transfer_request call(std::string_view method, std::string_view id, json::object params) const {
    auto request = request_to("/api/v1/rpc");
    request.headers = {"Content-Type: application/json", "Accept: application/json"};
    request.body = json::serialize(json::object{
        {"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", std::move(params)}});
    return request;
  }

  transfer_request request_to(const std::string& path) const {
    transfer_request request;
    request.group = settings_.name;
    request.url = settings_.url + path;
    request.connect_timeout = settings_.connect_timeout;
    request.timeout = settings_.timeout;
    return request;
  }

  signal_settings settings_;
};

}  // namespace

std::unique_ptr<driver> make_signal_rpc(signal_settings settings) {
  return std::make_unique<signal_rpc_driver>(std::move(settings));
}

}  // namespace postrider::actors
