#pragma once

#include "actors/api/receipt_call.hpp"
#include "actors/providers/transfer/transfer.hpp"
#include "actors/settings.hpp"
#include "persistence/model.hpp"

#include <boost/system/result.hpp>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace postrider::actors {

enum class outcome_kind : std::uint8_t {
  accepted,
  recipient_rejected,
  message_rejected,
  throttled,
  unavailable,
  misconfigured,
  unknown,
};
inline constexpr std::size_t outcome_kinds = 7;
std::string_view to_string(outcome_kind kind);

/// The value of one of the provider's own keys; empty when it is not given.
inline std::string_view key_value(const provider_settings& settings, std::string_view name) {
  const auto at = settings.keys.find(name);
  return at == settings.keys.end() ? std::string_view() : std::string_view(at->second);
}

/// The outcome of one attempt.
struct outcome {
  outcome_kind kind = outcome_kind::unknown;
  /// For a person, without secrets; empty when accepted.
  std::string detail;
  /// The provider's id of what it accepted.
  std::string provider_ref;
  /// With throttled: how long to pause; absent when the provider did not say. With unknown: when
  /// this chain may call the provider again at the earliest.
  std::optional<std::chrono::milliseconds> retry_after{};
  /// A failure that says something of this recipient and nothing of the provider, such as one of
  /// many endpoints being down. The circuit breaker does not count it.
  bool recipient_only = false;
  /// With throttled and without retry_after: a quota or a daily limit of the sender, whose end
  /// nobody named. The provider pauses for an hour, doubled up to six while that goes on.
  bool quota = false;
  /// A rejection that was told from words, or by a code that may mean many things. When recipient
  /// after recipient is rejected in the same words, the provider is suspected (rejection_streak).
  bool vague = false;
  /// With misconfigured: it is the credentials that were refused. They are tried again later than
  /// other settings, because a wrong login that is repeated locks accounts.
  bool credentials = false;
  /// With throttled: the token of a proof that the provider asks a person for, such as Signal's
  /// captcha. Empty: it asks for none.
  std::string challenge{};
};

/// A recipient's address at one provider, and the message for it.
struct delivery_content {
  /// As driver::address_for gave it.
  std::string address;
  const persistence::message* message = nullptr;
  /// The same for every attempt of one message to one recipient: for idempotency keys.
  std::string reference;
  /// Where this attempt's receipts may be posted to; empty when this server takes none.
  std::string receipt_url;
  /// The time of this attempt.
  persistence::time_point now{};
  persistence::transaction_id transaction = 0;
  /// 0: this is the first attempt of its chain.
  std::int32_t retry_count = 0;
  /// When the chain's first transaction was due; the same for all attempts. Zero: not known.
  persistence::time_point first_due{};
};

/// One receipt. It names its transaction by the URL that it was posted to, or by one of
/// `provider_refs`, or by a `recipient_ref` together with the recipient's address, or by the
/// address and the time of sending.
struct receipt_report {
  persistence::receipt kind = persistence::receipt::none;
  /// Why it could not be delivered, for a person.
  std::string detail;
  /// As outcome::provider_ref may have given it.
  std::vector<std::string> provider_refs;
  /// The same where others could guess it: it counts only together with `address`.
  std::vector<std::string> recipient_refs;
  /// As driver::address_for gives it, with the time at which the provider says it sent: evidence
  /// for an attempt whose outcome is unknown and whose provider_ref is not known.
  std::string address;
  std::optional<persistence::time_point> sent_at;
};

struct receipt_refusal {
  /// HTTP status: 403 for a bad signature, 400 for what cannot be read.
  int status = 400;
  std::string detail;
};
using receipt_reading = boost::system::result<std::vector<receipt_report>, receipt_refusal>;

/// The result of a call that is only simulated.
struct simulated_call {
  transfer_result result;
  /// In the order in which they come, after the provider accepted.
  std::vector<receipt_report> receipts;
};

/// A person's answer to a challenge.
struct challenge_answer {
  /// outcome::challenge.
  std::string token;
  std::string captcha;
};

enum class challenge_verdict : std::uint8_t { solved, refused, unknown };
struct challenge_reply {
  challenge_verdict verdict = challenge_verdict::unknown;
  /// Why it was not solved, in the provider's words.
  std::string detail;
};

/// One configured provider's protocol: pure functions of their arguments and of its settings. No
/// I/O, no clock, no state. What classify() does not recognise is `unknown`, never `accepted`.
class driver {
 public:
  virtual ~driver() = default;
  /// The address that this provider would use, or nothing when it cannot reach that recipient.
  virtual std::optional<std::string> address_for(const persistence::recipient& recipient) const = 0;
  /// The server that a call to this address goes to, where one provider calls many: "name:port".
  /// Each of them gets a share of `max_in_flight`. Empty: all calls go to the same one.
  virtual std::string host_of(const std::string& /*address*/) const { return {}; }
  /// A sentence when this provider can never take this content, such as a text too long for it.
  virtual std::optional<std::string> content_refusal(const persistence::message&) const {
    return std::nullopt;
  }
  virtual transfer_request compose(const delivery_content& content) const = 0;
  virtual outcome classify(const delivery_content& content,
                           const transfer_result& result) const = 0;
  /// The simulated call of a test provider. Nothing: the provider is really called.
  virtual std::optional<simulated_call> simulate(const delivery_content&) const {
    return std::nullopt;
  }

  /// Submits the answer to a challenge. Nothing: this provider has no challenges.
  virtual std::optional<transfer_request> compose_challenge(const challenge_answer&) const {
    return std::nullopt;
  }
  /// Only for what compose_challenge composed.
  virtual challenge_reply read_challenge_reply(const transfer_result&) const { return {}; }

  /// The receipts in a call of the provider; empty when it says nothing new. Checks its signature.
  virtual receipt_reading read_receipt(const receipt_call& call) const;
  /// A stream of server-sent events that brings receipts, for transfer_engine::listen.
  virtual std::optional<transfer_request> event_stream() const { return std::nullopt; }
  /// The receipts in the data of one event.
  virtual std::vector<receipt_report> read_event(std::string_view) const { return {}; }
};

enum class key_kind : std::uint8_t { text, integer, boolean, duration, secret };

/// A key of [[provider]] that belongs to one type. A secret NAME is given as NAME_file or NAME_env.
struct driver_key {
  std::string_view name;
  key_kind kind = key_kind::text;
  bool required = false;
  std::string_view default_value;
  std::string_view help;
};

/// A provider type: one line in registry.cpp.
struct driver_type {
  std::string_view name;
  std::string_view help;
  std::span<const driver_key> keys;
  std::chrono::milliseconds default_timeout{30'000};
  /// 0: messaging.worker_count.
  std::int32_t default_max_in_flight = 0;
  /// The driver, or all that is wrong with the settings: lines of "KEY: what".
  boost::system::result<std::unique_ptr<driver>, std::string> (*make)(
      const provider_settings& settings);
  /// It is called over HTTP, where a proxy may be in between.
  bool over_http = true;
};

std::span<const driver_type> driver_types();
const driver_type* find_driver_type(std::string_view name);
/// The type that a person means by another name, such as "smtp"; empty: not known.
std::string_view meant_driver_type(std::string_view name);

}  // namespace postrider::actors
