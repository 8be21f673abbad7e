#include "actors/providers/signal/signal_rest.hpp"

#include "actors/providers/foreign_reply.hpp"
#include "actors/providers/json_members.hpp"
#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/signal/signal_receipts.hpp"
#include "actors/providers/signal/signal_results.hpp"
#include "actors/providers/signal/signal_texts.hpp"
#include "actors/providers/titled_text.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"
#include "base/percent.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

namespace json = boost::json;
using enum outcome_kind;

struct own_text {
  std::string_view part;
  outcome_kind kind;
};

/// Its own texts that come with 400, in addition to signal-cli's. Its one status for all but rate
/// limits says nothing of whether the message was sent: only a text that is known does.
/// Files of bbernhard/signal-cli-rest-api 0.100.
constexpr own_text own_texts[]{
    // src/api/api.go: the JSON of this one request, which was not passed on.
    {"Couldn't process request - invalid request", message_rejected},
    // src/client/jsonrpc2.go: Go's error of a write to the daemon's socket that failed.
    {"write tcp ", unavailable},
    // src/client/cli.go: signal-cli was killed while it was sending.
    {"process killed as timeout reached", unknown},
};

/// "1763869200123"; older versions wrote it as a number.
std::string timestamp_of(const json::object& sent) {
  if (const auto number = integer_at(sent, "timestamp")) return std::to_string(*number);
  const auto text = text_at(sent, "timestamp");
  const bool digits = !text.empty() && text.size() <= 19 &&
                      text.find_first_not_of("0123456789") == std::string_view::npos;
  return digits ? std::string(text) : std::string();
}

/// The object of every release up to 0.100 (src/api/api.go), or the one element of the array of its
/// unreleased main. There a recipient that was not reached is listed under `errors` with
/// signal-cli's type.
outcome classify_sent(const json::value& reply) {
  const auto* list = reply.if_array();
  const auto* sent = list && list->size() == 1 ? list->front().if_object() : reply.if_object();
  if (!sent)
    return signal_outcome(unknown, "the server's answer is neither an object nor a list of one");
  const auto* errors = object_at(*sent, "errors");
  const auto* failed = errors ? array_at(*errors, "recipients") : nullptr;
  if (const auto* any = sent->if_contains("errors"); any && !any->is_null() && !failed)
    return signal_outcome(unknown, "the server's answer has errors that are not understood");
  if (failed && !failed->empty()) {
    const auto* entry = failed->front().if_object();
    return entry
               ? classify_signal_failure(text_at(*entry, "reason"))
               : signal_outcome(unknown, "the server's answer has an error that is not an object");
  }
  auto timestamp = timestamp_of(*sent);
  if (timestamp.empty()) return signal_outcome(unknown, "the server's answer has no timestamp");
  return {accepted, {}, std::move(timestamp), {}};
}

/// signal-cli prints the time of the message in milliseconds when the send is over, and the reason
/// of a failure before it (util/SendMessageResultUtils.java). What follows the time was logged
/// meanwhile, by threads that do other things (src/client/cli.go joins the two outputs): a text
/// that begins so is that of a message that was sent, or may have been.
bool begins_with_timestamp(std::string_view text) {
  constexpr std::size_t digits = 13;
  return text.size() >= digits &&
         std::min(text.find_first_not_of("0123456789"), text.size()) == digits;
}

outcome unknown_text(std::string_view text) {
  auto out =
      signal_outcome(unknown, text.empty() ? "the server gave no reason" : quoted_reply(text));
  out.recipient_only = true;
  return out;
}

outcome classify_text(std::string_view text) {
  if (begins_with_timestamp(text)) return unknown_text(text);
  for (const auto& row : own_texts)
    if (text.find(row.part) != std::string_view::npos)
      return signal_outcome(row.kind, quoted_reply(text));
  if (auto known = classify_signal_text(text)) return std::move(*known);
  // signal-cli may have sent it, and printed what the server cannot read (src/client/client.go).
  return unknown_text(text);
}

/// A limit without a captcha comes as challenge_tokens [""]; how long it lasts is lost on the way
/// (src/client/jsonrpc2.go).
outcome classify_rate_limit(const json::object* reply, const delivery_content& content,
                            const transfer_result& result) {
  std::string_view token;
  const auto* tokens = reply ? array_at(*reply, "challenge_tokens") : nullptr;
  for (std::size_t i = 0; tokens && i < tokens->size(); ++i)
    if (const auto* text = (*tokens)[i].if_string(); text && !text->empty()) token = *text;
  const auto pause = retry_after(result, content.now).value_or(std::chrono::seconds(0));
  return classify_signal_failure("RATE_LIMIT_FAILURE", token, pause.count());
}

/// The text of gin for a path that has no route. It has no newline; other servers of the language
/// end it with one. A proxy may be such a server, so the circuit breaker counts it like any
/// failure.
constexpr std::string_view no_such_route = "404 page not found";

outcome classify_rest_status(const delivery_content& content, const transfer_result& result) {
  const auto text = "the server answered HTTP " + std::to_string(result.status);
  if (result.status == 404 && result.body == no_such_route)
    return signal_outcome(unavailable, text + ": is `url` that of signal-cli-rest-api?");
  return classify_foreign_reply(content, result, text);
}

class signal_rest_driver final : public driver {
 public:
  explicit signal_rest_driver(signal_settings settings) : settings_(std::move(settings)) {}

  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    return recipient.phone.empty() ? std::nullopt : std::optional(recipient.phone);
  }

  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    if (message.shorten) return std::nullopt;
    return signal_text_refusal(titled_view(message, settings_.subject_in_text).get());
  }

  transfer_request compose(const delivery_content& content) const override {
    auto request = post_to("/v2/send");
    // Without text_mode the server's own default would decide whether * and _ are formatting.
    request.body = json::serialize(
        json::object{{"number", settings_.account},
                     {"recipients", {content.address}},
                     {"message", signal_text(*content.message, settings_.subject_in_text)},
                     {"text_mode", "normal"}});
    return request;
  }

  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    auto transport = transport_outcome(result);
    // Only what 201 and 400 mean is in the body.
    const bool refused = has_status(result) && result.status > 400;
    if (transport && !refused) return std::move(*transport);
    json::error_code failed;
    const auto reply = json::parse(result.body, failed);
    const auto* object = failed ? nullptr : reply.if_object();
    if (result.status == 201 && !failed) return classify_sent(reply);
    if (result.status == 400 && object) return classify_text(text_at(*object, "error"));
    if (result.status == 429) return classify_rate_limit(object, content, result);
    return classify_rest_status(content, result);
  }

  /// SubmitRateLimitChallenge of src/api/api.go.
  std::optional<transfer_request> compose_challenge(const challenge_answer& given) const override {
    auto request =
        post_to("/v1/accounts/" + percent_encoded(settings_.account) + "/rate-limit-challenge");
    request.body =
        json::serialize(json::object{{"challenge_token", given.token}, {"captcha", given.captcha}});
    return request;
  }

  challenge_reply read_challenge_reply(const transfer_result& result) const override {
    using verdict = challenge_verdict;
    if (const auto transport = transport_outcome(result))
      return {verdict::unknown, transport->detail};
    if (result.status == 204) return {verdict::solved, {}};
    json::error_code failed;
    const auto reply = json::parse(result.body, failed);
    const auto* object = failed ? nullptr : reply.if_object();
    if (result.status == 400 && object)
      return {verdict::refused, quoted_reply(text_at(*object, "error"))};
    return {verdict::unknown, "the server answered HTTP " + std::to_string(result.status)};
  }

  receipt_reading read_receipt(const receipt_call& call) const override {
    if (call.method != "POST") return receipt_refusal{400, "events are posted"};
    auto reports = read_signal_event(call.body, settings_.account);
    if (!reports) return receipt_refusal{400, "the body is not a JSON object"};
    return std::move(*reports);
  }

 private:
  transfer_request post_to(const std::string& path) const {
    transfer_request request;
    request.group = settings_.name;
    request.url = settings_.url + path;
    request.headers = {"Content-Type: application/json", "Accept: application/json"};
    request.connect_timeout = settings_.connect_timeout;
    request.timeout = settings_.timeout;
    return request;
  }

  signal_settings settings_;
};

}  // namespace

std::unique_ptr<driver> make_signal_rest(signal_settings settings) {
  return std::make_unique<signal_rest_driver>(std::move(settings));
}

}  // namespace postrider::actors
