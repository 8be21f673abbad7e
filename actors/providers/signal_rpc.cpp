#include "actors/providers/signal_rpc.hpp"

#include "actors/providers/json_members.hpp"
#include "actors/providers/signal_receipts.hpp"
#include "actors/providers/signal_results.hpp"
#include "actors/providers/text_codes.hpp"
#include "actors/providers/transport_outcome.hpp"

namespace postrider::actors {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

/// Error codes of signal-cli's JSON-RPC and of JSON-RPC 2.0 itself.
enum rpc_code : std::int64_t {
  user_error = -1,
  io_error = -3,
  untrusted_key = -4,
  rate_limited = -5,
  captcha_rejected = -6,
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
};

/// The daemon writes a line every 15 s.
constexpr std::chrono::seconds longest_silence = 45s;

outcome unknown(std::string detail) { return {outcome_kind::unknown, std::move(detail), {}, {}}; }
outcome of(outcome_kind kind, std::string_view detail) {
  return {kind, std::string(detail), {}, {}};
}

outcome classify_entry(const json::object& entry) {
  return classify_signal_failure(
      text_at(entry, "type"), text_at(entry, "token"),
      integer_at(entry, "retryAfterSeconds").value_or(signal_pause_without_hint.count()));
}

/// The first entry of `{timestamp, results}`; one recipient a request gives one entry.
outcome classify_results(const json::object& response) {
  const auto* results = array_at(response, "results");
  if (!results || results->empty()) return unknown("the daemon's answer has no results");
  for (const auto& item : *results) {
    const auto* entry = item.if_object();
    if (!entry || text_at(*entry, "type") != "SUCCESS") continue;
    const auto timestamp = integer_at(response, "timestamp");
    if (!timestamp) return unknown("the daemon's answer has no timestamp");
    outcome done{outcome_kind::accepted, {}, std::to_string(*timestamp), {}};
    if (const auto* address = object_at(*entry, "recipientAddress"))
      if (const auto uuid = text_at(*address, "uuid"); !uuid.empty())
        done.provider_ref.append("/").append(uuid);
    return done;
  }
  const auto* entry = results->front().if_object();
  return entry ? classify_entry(*entry)
               : unknown("the daemon's answer has a result that is not an object");
}

outcome classify_error(const json::object& error) {
  const auto code = integer_at(error, "code");
  const auto text = text_at(error, "message");
  const auto* data = object_at(error, "data");
  const auto* response = data ? object_at(*data, "response") : nullptr;
  if (!code) return unknown("the daemon's error has no code");
  switch (*code) {
    case user_error:
      if (response) return classify_results(*response);
      // Without results the daemon refused before it sent anything.
      return signal_refusal(text).value_or(of(outcome_kind::unavailable, text));
    case untrusted_key:
    case rate_limited:
      if (response) return classify_results(*response);
      return *code == untrusted_key
                 ? of(outcome_kind::recipient_rejected, text)
                 : outcome{
                       outcome_kind::throttled, std::string(text), {}, signal_pause_without_hint};
    case io_error: return of(outcome_kind::unavailable, text);
    case captcha_rejected:
    case parse_error:
    case invalid_request:
    case method_not_found:
    case invalid_params: return of(outcome_kind::misconfigured, text);
    case internal_error: return signal_refusal(text).value_or(unknown(std::string(text)));
    default: return unknown("the daemon answered with an unknown error " + std::to_string(*code));
  }
}

outcome classify_status(int status) {
  const auto text = "the daemon answered HTTP " + std::to_string(status);
  if (status >= 400 && status < 500)
    return of(outcome_kind::misconfigured, text + ": is `url` that of signal-cli's HTTP daemon?");
  return unknown(text);
}

class signal_rpc_driver final : public driver {
 public:
  explicit signal_rpc_driver(signal_settings settings) : settings_(std::move(settings)) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return recipient.phone.empty() ? std::nullopt : std::optional(recipient.phone);
  }

  transfer_request compose(const delivery_content& content) const override {
    auto request = request_to("/api/v1/rpc");
    request.headers = {"Content-Type: application/json", "Accept: application/json"};
    request.body = json::serialize(json::object{{"jsonrpc", "2.0"},
                                                {"id", content.reference},
                                                {"method", "send"},
                                                {"params",
                                                 {{"account", settings_.account},
                                                  {"recipient", {content.address}},
                                                  {"message", content.message->text}}}});
    return request;
  }

  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    if (auto transport = transport_outcome(result)) return std::move(*transport);
    // Errors of JSON-RPC come with 200 too; other statuses are the HTTP server's or a proxy's own.
    if (result.status != 200) return classify_status(result.status);
    json::error_code failed;
    const auto reply = json::parse(result.body, failed);
    const auto* object = failed ? nullptr : reply.if_object();
    if (!object) return unknown("the daemon's answer is not a JSON object");
    const auto* error = object_at(*object, "error");
    // Errors that come before the request was understood carry no id.
    const auto* id = object->if_contains("id");
    const bool ours =
        id && id->is_string() && std::string_view(id->as_string()) == content.reference;
    if (!ours && !(error && id && id->is_null()))
      return unknown("the daemon's answer belongs to another request");
    if (error) return classify_error(*error);
    const auto* response = object_at(*object, "result");
    return response ? classify_results(*response)
                    : unknown("the daemon's answer has neither result nor error");
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
