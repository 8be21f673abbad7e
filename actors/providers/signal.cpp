#include "actors/providers/signal.hpp"

#include "actors/addresses.hpp"
#include "actors/providers/transport_outcome.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace postrider::actors {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr driver_key keys[]{
    {"api", key_kind::text, false, "json-rpc", "json-rpc: signal-cli daemon, the only one so far"},
    {"url", key_kind::text, true, "", "where the daemon listens, such as http://127.0.0.1:8090"},
    {"account", key_kind::text, true, "", "the sending account's phone number"},
};

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

constexpr std::chrono::seconds throttled_without_hint = 60s;
/// Whatever the daemon says: a later attempt asks again.
constexpr std::chrono::seconds longest_pause = 24h;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

outcome unknown(std::string detail) { return {outcome_kind::unknown, std::move(detail), {}, {}}; }
outcome of(outcome_kind kind, std::string_view detail) {
  return {kind, std::string(detail), {}, {}};
}

const json::object* object_at(const json::object& parent, std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value ? value->if_object() : nullptr;
}

std::string_view text_at(const json::object& parent, std::string_view name) {
  const auto* value = parent.if_contains(name);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string_view(*text) : std::string_view();
}

std::optional<std::int64_t> integer_at(const json::object& parent, std::string_view name) {
  const auto* value = parent.if_contains(name);
  return value && value->is_int64() ? std::optional(value->as_int64()) : std::nullopt;
}

/// An entry of `results`: json/JsonSendMessageResult.java.
outcome classify_entry(const json::object& entry) {
  const auto type = text_at(entry, "type");
  if (type == "UNREGISTERED_FAILURE")
    return of(outcome_kind::recipient_rejected, "the recipient is not registered with Signal");
  if (type == "IDENTITY_FAILURE")
    return of(outcome_kind::recipient_rejected,
              "the recipient's safety number changed: verify it and run `signal-cli trust`");
  if (type == "NETWORK_FAILURE")
    return unknown("the daemon lost its connection to Signal while sending");
  if (type == "INVALID_PRE_KEY_FAILURE")
    return of(outcome_kind::unavailable, "the recipient's device has no usable keys at the moment");
  if (type == "RATE_LIMIT_FAILURE") {
    if (!text_at(entry, "token").empty())
      return of(outcome_kind::misconfigured,
                "Signal asks for a captcha: run `signal-cli submitRateLimitChallenge`");
    const auto seconds =
        integer_at(entry, "retryAfterSeconds").value_or(throttled_without_hint.count());
    const auto pause = std::clamp<std::int64_t>(seconds, 1, longest_pause.count());
    return {outcome_kind::throttled,
            "Signal limits the account's rate",
            {},
            std::chrono::seconds(pause)};
  }
  return unknown("the daemon answered with an unknown result '" + std::string(type) + "'");
}

/// The first entry of `{timestamp, results}`; one recipient a request gives one entry.
outcome classify_results(const json::object& response) {
  const auto* value = response.if_contains("results");
  const auto* results = value ? value->if_array() : nullptr;
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

/// "user error" without results: the daemon refused before it sent anything.
outcome classify_user_error(std::string_view text) {
  for (const auto* part :
       {"Invalid phone number", "Invalid group id", "Group not found", "group not found",
        "not a member", "No recipients given", "not a group member"})
    if (contains(text, part)) return of(outcome_kind::recipient_rejected, text);
  if (contains(text, "Sending empty message")) return of(outcome_kind::message_rejected, text);
  return of(outcome_kind::unavailable, text);
}

outcome classify_internal_error(std::string_view text) {
  if (contains(text, "AttachmentInvalidException")) return of(outcome_kind::message_rejected, text);
  if (contains(text, "No prekeys available")) return of(outcome_kind::unavailable, text);
  // The daemon could not even reach Signal's servers.
  for (const auto* part : {"UnknownHostException", "ConnectException", "NoRouteToHostException"})
    if (contains(text, part)) return of(outcome_kind::unavailable, text);
  return unknown(std::string(text));
}

outcome classify_error(const json::object& error) {
  const auto code = integer_at(error, "code");
  const auto text = text_at(error, "message");
  const auto* data = object_at(error, "data");
  const auto* response = data ? object_at(*data, "response") : nullptr;
  if (!code) return unknown("the daemon's error has no code");
  switch (*code) {
    case user_error: return response ? classify_results(*response) : classify_user_error(text);
    case untrusted_key:
    case rate_limited:
      if (response) return classify_results(*response);
      return *code == untrusted_key
                 ? of(outcome_kind::recipient_rejected, text)
                 : outcome{outcome_kind::throttled, std::string(text), {}, throttled_without_hint};
    case io_error: return of(outcome_kind::unavailable, text);
    case captcha_rejected:
    case parse_error:
    case invalid_request:
    case method_not_found:
    case invalid_params: return of(outcome_kind::misconfigured, text);
    case internal_error: return classify_internal_error(text);
    default: return unknown("the daemon answered with an unknown error " + std::to_string(*code));
  }
}

class signal_driver final : public driver {
 public:
  signal_driver(const provider_settings& settings, std::string url, std::string account)
      : url_(std::move(url)),
        account_(std::move(account)),
        connect_timeout_(settings.connect_timeout),
        timeout_(settings.timeout) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return recipient.phone.empty() ? std::nullopt : std::optional(recipient.phone);
  }

  transfer_request compose(const delivery_content& content) const override {
    transfer_request request;
    request.url = url_;
    request.headers = {"Content-Type: application/json", "Accept: application/json"};
    request.body = json::serialize(json::object{{"jsonrpc", "2.0"},
                                                {"id", content.reference},
                                                {"method", "send"},
                                                {"params",
                                                 {{"account", account_},
                                                  {"recipient", {content.address}},
                                                  {"message", content.message->text}}}});
    request.connect_timeout = connect_timeout_;
    request.timeout = timeout_;
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

 private:
  static outcome classify_status(int status) {
    const auto text = "the daemon answered HTTP " + std::to_string(status);
    if (status >= 400 && status < 500)
      return of(outcome_kind::misconfigured, text + ": is `url` that of signal-cli's HTTP daemon?");
    return unknown(text);
  }

  std::string url_;
  std::string account_;
  std::chrono::milliseconds connect_timeout_;
  std::chrono::milliseconds timeout_;
};

std::string_view key(const provider_settings& settings, std::string_view name) {
  const auto at = settings.keys.find(name);
  return at == settings.keys.end() ? std::string_view() : std::string_view(at->second);
}

boost::system::result<std::unique_ptr<driver>, std::string> make(
    const provider_settings& settings) {
  using failure = boost::system::result<std::unique_ptr<driver>, std::string>;
  if (const auto api = key(settings, "api"); !api.empty() && api != "json-rpc")
    return failure(boost::system::in_place_error, "api must be \"json-rpc\"");
  auto url = normalise_url(key(settings, "url"));
  if (!url) return failure(boost::system::in_place_error, "url: " + url.error().detail);
  if (url->find_first_of("?#") != std::string::npos)
    return failure(boost::system::in_place_error,
                   "url: it must end with a host or a path, without ? or #");
  auto account = normalise_phone(key(settings, "account"));
  if (!account) return failure(boost::system::in_place_error, "account: " + account.error().detail);
  while (url->back() == '/')
    url->pop_back();
  return std::unique_ptr<driver>(
      std::make_unique<signal_driver>(settings, *url + "/api/v1/rpc", std::move(*account)));
}

}  // namespace

driver_type signal_driver_type() {
  return {"signal", "Signal, through a signal-cli daemon", keys, 120s, 1, make};
}

}  // namespace postrider::actors
