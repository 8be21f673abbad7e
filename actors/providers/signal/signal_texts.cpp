#include "actors/providers/signal/signal_texts.hpp"

#include "actors/providers/quoted_reply.hpp"
#include "actors/providers/signal/signal_results.hpp"

#include <charconv>

namespace postrider::actors {
namespace {

using enum outcome_kind;

struct signal_text {
  std::string_view part;
  /// Follows `part` somewhere in the text; empty: `part` is enough.
  std::string_view also;
  outcome_kind kind;
  bool recipient_only = false;
  bool credentials = false;
};

/// The first row whose words are in the text counts. Files are those of AsamK/signal-cli v0.14.6
/// unless another repository is named; docs/internals/providers-evidence.md has a line for each
/// row.
constexpr signal_text rows[]{
    // SendMessageResultUtils.java, one line for each recipient that was not reached.
    {"CAPTCHA proof required for sending to \"", "", throttled, true},
    {"Rate limit failure for \"", "", throttled, true},
    {"Unregistered user \"", "", recipient_rejected},
    {"Untrusted Identity for \"", "", recipient_rejected},
    {"Network failure for \"", "", unknown},
    // The same file, when no recipient was reached.
    {"Failed to send message due to untrusted identities", "", recipient_rejected},
    {"Failed to send message due to rate limiting", "", throttled, true},
    // signal-cli-rest-api after 0.100, src/client/jsonrpc2.go: its words for the code -4.
    {"untrusted recipient keys", "", recipient_rejected},
    // The sending account: App.java, SignalAccountFiles.java, SignalJsonRpcCommandHandler.java, and
    // signal-cli-rest-api's src/client/client.go.
    {"signal-cli version is too old", "", misconfigured},
    {"User ", " is not registered.", misconfigured},
    {"Invalid account (phone number)", "", misconfigured},
    {"Specified account does not exist", "", misconfigured},
    {"Method requires valid account parameter", "", misconfigured},
    {"Number not registered with JSON-RPC", "", misconfigured},
    {"Error while checking account ", "Authorization failed!", misconfigured, false, true},
    {"Error while checking account ", "Rate ", throttled},
    {"Error while checking account ", "", unavailable},
    // Exceptions of Turasa/libsignal-service-java 2.15.3_unofficial_145 (api/push/exceptions).
    {"(DeprecatedVersionException)", "", misconfigured},
    {"StatusCode: 499", "", misconfigured},
    {"(AuthorizationFailedException)", "", misconfigured, false, true},
    {"Authorization failed!", "", misconfigured, false, true},
    {"(RateLimitException)", "", throttled, true},
    {"StatusCode: 413", "", throttled, true},
    {"StatusCode: 429", "", throttled, true},
    // CommandUtil.java and SendCommand.java.
    {"Invalid phone number '", "", recipient_rejected},
    {"The user ", " is not registered.", recipient_rejected},
    {"Sending empty message is not allowed", "", message_rejected},
    {"No prekeys available", "", unavailable, true},
    // SendCommand.java, an exception. ManagerImpl.java turns all that the send to one recipient
    // throws into a result, so this one came before it.
    {"Failed to send message: ", "", unavailable},
    // Why is lost: the recipient may be unregistered, or the network may have failed.
    {"Failed to send message", "", unknown, true},
};

/// The text in quotation marks that follows `before`; empty when there is none.
std::string quoted_after(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == text.npos) return {};
  const auto rest = text.substr(at + before.size());
  const auto end = rest.find('"', 1);
  return rest.starts_with('"') && end != rest.npos ? std::string(rest.substr(1, end - 1)) : "";
}

bool fits(const signal_text& row, std::string_view text) {
  const auto at = text.find(row.part);
  return at != text.npos && text.find(row.also, at + row.part.size()) != text.npos;
}

}  // namespace

std::optional<std::chrono::seconds> seconds_after(std::string_view text, std::string_view before) {
  const auto at = text.find(before);
  if (at == text.npos) return std::nullopt;
  std::int64_t seconds = 0;
  const char* begin = text.data() + at + before.size();
  const auto [end, failed] = std::from_chars(begin, text.data() + text.size(), seconds);
  if (failed != std::errc() || seconds <= 0) return std::nullopt;
  return signal_pause(seconds);
}

std::optional<outcome> classify_signal_text(std::string_view text) {
  for (const auto& row : rows) {
    if (!fits(row, text)) continue;
    outcome out{row.kind, quoted_reply(text), {}, {}};
    out.recipient_only = row.recipient_only;
    out.credentials = row.credentials;
    if (row.kind != throttled) return out;
    const auto wait = seconds_after(text, "or wait \"");
    out.retry_after = wait ? wait : seconds_after(text, "retry after ");
    out.challenge = quoted_after(text, "challenge token ");
    if (!out.challenge.empty() && !out.retry_after) out.retry_after = signal_pause_for_captcha;
    return out;
  }
  return std::nullopt;
}

}  // namespace postrider::actors
