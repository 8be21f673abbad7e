#include "actors/providers/ntfy.hpp"

#include "actors/providers/foreign_reply.hpp"
#include "actors/providers/json_members.hpp"
#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"
#include "actors/rules/addresses.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

namespace json = boost::json;
using enum outcome_kind;
using namespace std::chrono_literals;

constexpr driver_key keys[]{
    {"url", key_kind::text, false, "https://ntfy.sh", "the server"},
    {"token", key_kind::secret, false, "", "an access token, where the server wants one"},
};

/// `message-size-limit` of a server as it is shipped. A longer text becomes an attachment.
constexpr std::size_t longest_text = 4096;

struct error_row {
  std::int64_t code;
  outcome_kind kind;
  /// It says something of this topic, nothing of the server or the account.
  bool recipient_only = false;
  std::optional<std::chrono::seconds> pause{};
};

/// server/errors.go of ntfy 2.13. It sends no Retry-After.
constexpr error_row errors[]{
    {40009, recipient_rejected},      // topic invalid
    {40010, recipient_rejected},      // topic name is not allowed
    {40011, message_rejected},        // not UTF-8
    {40017, message_rejected},        // bad JSON
    {40024, message_rejected},        // bad JSON
    {40101, misconfigured},           // unauthorized
    {40301, misconfigured, true},     // this token must not publish to this topic
    {40401, misconfigured},           // no such page: the URL is not ntfy's
    {41301, message_rejected},        // too large
    {41303, message_rejected},        // JSON body too large
    {42901, throttled, false, 10s},   // too many requests
    {42908, throttled, false, 1h},    // daily quota: asked again every hour
    {42909, throttled, false, 5min},  // too many logins that failed
    {50701, unavailable, true},       // UnifiedPush topic that nobody subscribes to
};

bool is_topic(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
             "0123456789-_") == std::string_view::npos;
}

class ntfy_driver final : public driver {
 public:
  ntfy_driver(const provider_settings& settings, std::string server, std::string token)
      : name_(settings.name),
        server_(std::move(server)),
        token_(std::move(token)),
        connect_timeout_(settings.connect_timeout),
        timeout_(settings.timeout) {}

  /// A topic of this server. A URL elsewhere is not ours: the token must not go there.
  std::optional<std::string> address_for(const persistence::recipient& recipient) const override {
    const auto url = normalise_url(recipient.url);
    if (!url || !url->starts_with(server_) || !is_topic(url->substr(server_.size())))
      return std::nullopt;
    return *url;
  }

  std::optional<std::string> content_refusal(const persistence::message& message) const override {
    if (message.text.empty()) return "ntfy would write \"triggered\" in place of an empty text";
    if (message.text.size() > longest_text) return "ntfy takes at most 4096 bytes of text";
    return std::nullopt;
  }

  transfer_request compose(const delivery_content& content) const override {
    transfer_request request;
    request.group = name_;
    request.url = server_;
    request.connect_timeout = connect_timeout_;
    request.timeout = timeout_;
    request.headers = {"Content-Type: application/json"};
    if (!token_.empty()) request.headers.push_back("Authorization: Bearer " + token_);
    json::object body{{"topic", content.address.substr(server_.size())},
                      {"message", content.message->text}};
    if (!content.message->subject.empty()) body["title"] = content.message->subject;
    request.body = json::serialize(body);
    return request;
  }

  outcome classify(const delivery_content& content, const transfer_result& result) const override {
    if (auto transport = transport_outcome(result)) return std::move(*transport);
    json::error_code failed;
    const auto value = json::parse(result.body, failed);
    const auto* reply = failed ? nullptr : value.if_object();
    if (result.status == 200 && reply && text_at(*reply, "event") == "message") {
      const auto id = text_at(*reply, "id");
      if (!id.empty()) return {accepted, {}, std::string(id), {}};
    }
    const auto code = reply ? integer_at(*reply, "code") : std::nullopt;
    return classify_error(code.value_or(0), content, result);
  }

 private:
  outcome classify_error(std::int64_t code, const delivery_content& content,
                         const transfer_result& result) const {
    const auto row = std::find_if(std::begin(errors), std::end(errors),
                                  [code](const auto& r) { return r.code == code; });
    // A code that is new, or what a proxy in between answers.
    if (row == std::end(errors)) return classify_foreign_reply(content, result, said(result));
    outcome out{row->kind, said(result), {}, {}};
    out.recipient_only = row->recipient_only;
    out.retry_after = row->pause;
    out.credentials = out.kind == misconfigured && refuses_credentials(result);
    return out;
  }

  std::string said(const transfer_result& result) const {
    return "ntfy answered HTTP " + std::to_string(result.status) + ": " +
           quoted_reply(result.body, {token_});
  }

  std::string name_;
  /// With a slash at its end.
  std::string server_;
  std::string token_;
  std::chrono::milliseconds connect_timeout_;
  std::chrono::milliseconds timeout_;
};

std::string key(const provider_settings& settings, std::string_view name) {
  const auto at = settings.keys.find(name);
  return at == settings.keys.end() ? std::string() : at->second;
}

boost::system::result<std::unique_ptr<driver>, std::string> make(
    const provider_settings& settings) {
  using failure = boost::system::result<std::unique_ptr<driver>, std::string>;
  const auto url = normalise_url(key(settings, "url"));
  if (!url) return failure(boost::system::in_place_error, "url: " + url.error().detail);
  // normalise_url() gives a host without a path a slash.
  if (std::count(url->begin(), url->end(), '/') != 3 || !url->ends_with('/'))
    return failure(boost::system::in_place_error, "url: it must end with the host");
  auto token = key(settings, "token");
  if (token.find_first_of("\r\n ") != std::string::npos)
    return failure(boost::system::in_place_error, "token: it has spaces or line ends in it");
  return std::unique_ptr<driver>(std::make_unique<ntfy_driver>(settings, *url, std::move(token)));
}

}  // namespace

driver_type ntfy_driver_type() {
  return {"ntfy", "notifications through an ntfy server", keys, 30s, 0, make};
}

}  // namespace postrider::actors
