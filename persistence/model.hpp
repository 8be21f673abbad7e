#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Everything that Postrider stores, as plain values: no ODB, no SQL. The words are those of
/// docs/internals/architecture.md.
namespace postrider::persistence {

/// UTC, microseconds since 1970; the same integer in both databases.
using time_point = std::chrono::sys_time<std::chrono::microseconds>;

/// Small integers, unique over all nodes, known before the insert. 0 is "none yet".
using transaction_id = std::int64_t;
using provider_id = std::int32_t;
using user_id = std::int64_t;
/// A process that works on the ledger; 0 is "nobody".
using node_id = std::int64_t;

/// A UUIDv7 (RFC 9562), its 16 bytes in network order.
struct message_id {
  std::array<std::uint8_t, 16> bytes{};
  auto operator<=>(const message_id&) const = default;
};

/// The usual 36 characters, lower case.
std::string to_string(const message_id& id);
/// Nothing when `text` is not 36 characters of a UUID; upper case is accepted.
std::optional<message_id> parse_message_id(std::string_view text);

/// The stored numbers must not change.
enum class transaction_status : std::uint8_t {
  pending = 0,
  processing = 1,
  success = 2,
  failed = 3
};

/// Why a transaction did not succeed. The stored numbers must not change.
enum class error_code : std::uint8_t {
  none = 0,
  recipient_rejected = 1,  ///< this provider will never reach this recipient
  message_rejected = 2,    ///< this provider will never take this content
  throttled = 3,           ///< asked to slow down for longer than a retry waits
  unavailable = 4,         ///< surely not sent
  misconfigured = 5,       ///< credentials or settings are wrong
  outcome_unknown = 6,     ///< it may have been sent
  expired = 7,
  cancelled = 8,
  no_route = 9,      ///< no provider is left that could take it
  undelivered = 10,  ///< accepted, but the provider's receipt says that it did not arrive
};

/// True when a provider may have, or had, what ended so: no other reason may take its place.
constexpr bool may_have_arrived(error_code code) {
  return code == error_code::outcome_unknown || code == error_code::undelivered;
}

/// A provider's word after it had accepted a transaction. A receipt only ever replaces one that
/// comes before it here. The stored numbers must not change.
enum class receipt : std::uint8_t {
  none = 0,
  accepted = 1,     ///< it surely has it; shown as none
  undelivered = 2,  ///< it could not reach the recipient
  delivered = 3,
  read = 4,
};

enum class priority : std::uint8_t { high = 1, normal = 2, low = 3 };
inline constexpr std::array all_priorities{priority::high, priority::normal, priority::low};

/// The step after an `unknown` outcome; `by_provider` leaves it to the provider's setting.
enum class on_unknown : std::uint8_t { by_provider = 0, retry = 1, hold = 2 };

std::string_view to_string(transaction_status status);
std::string_view to_string(error_code code);
std::string_view to_string(priority value);
std::string_view to_string(on_unknown value);
/// "none" and "accepted" are the empty string: nothing that a client is told.
std::string_view to_string(receipt value);
std::optional<transaction_status> parse_transaction_status(std::string_view text);
std::optional<error_code> parse_error_code(std::string_view text);
/// "recipient_rejected, message_rejected, ...": all error codes, for a person who gave another one.
std::string error_code_list();
std::optional<on_unknown> parse_on_unknown(std::string_view text);

/// Where a person can be reached; normalised; empty means none of that kind.
struct recipient {
  std::string phone;
  std::string email;
  std::string url;
  bool operator==(const recipient&) const = default;
};

/// A client's message. Written once; only retention changes it, when it empties the body.
struct message {
  message_id id;
  user_id user = 0;
  std::string text;
  std::string subject;
  std::string html;
  /// A JSON object as the client gave it, or empty.
  std::string metadata;
  std::vector<recipient> recipients;
  /// The provider type to try first; empty when the client named none.
  std::string requested_type;
  /// False: only providers of `requested_type`.
  bool fallback = true;
  /// Nothing: the line of the user's list decides.
  std::optional<bool> fallback_on_undelivered;
  time_point created_at{};
  /// When retention emptied text, subject, html and metadata; nothing while they are there.
  std::optional<time_point> body_removed_at;
  /// The client's trace, "00-...", and the id of its request; empty when there is none. For logs
  /// and for providers.
  std::string traceparent;
  std::string request_id;
  /// The client's own name for it, at most max_reference_bytes; several messages may have one.
  std::string reference;
  /// Posted with a test key: it goes through providers of test mode only.
  bool test = false;
  /// A provider that cannot take the whole text sends its front, and says how much is missing.
  /// False: that provider cannot take the message.
  bool shorten = false;
};

/// One call of a provider, from its begin to its outcome.
struct attempt_call {
  error_code outcome = error_code::none;
  /// Zero where a release before schema version 4 did not note them.
  time_point began{}, ended{};
  /// The provider's answer in short, without secrets, at most max_answer_bytes. Empty when there
  /// was none, and when retention emptied it with the message's text.
  std::string answer;
  bool operator==(const attempt_call&) const = default;
};

/// All attempts of a chain at one provider: how many, the last one and the first one.
struct attempt {
  provider_id provider = 0;
  attempt_call last;
  std::int32_t count = 1;
  /// Meaningful when `count` is more than 1.
  attempt_call first;
  /// The outcome of one of them was unknown.
  bool unknown = false;
  /// The failure of the last one was this recipient's alone.
  bool recipient_only = false;
  /// The chain's round in which the last one took place (transaction::round).
  std::int32_t round = 0;
  /// The provider named this time: no attempt at it before. Zero: it named none.
  time_point not_before{};
  bool operator==(const attempt&) const = default;
};

/// One delivery of one message to one recipient through one provider.
struct transaction {
  transaction_id id = 0;
  message_id message;
  /// Index into `message::recipients`.
  std::int32_t recipient_no = 0;
  /// 0, then 1 when a finished failure is retried by hand, and so on.
  std::int32_t chain_no = 0;
  user_id user = 0;
  provider_id provider = 0;
  /// The address that this provider is given, at most 512 bytes.
  std::string recipient;
  transaction_status status = transaction_status::pending;
  persistence::priority priority = persistence::priority::normal;
  persistence::on_unknown on_unknown = persistence::on_unknown::by_provider;
  /// The number of the transaction in its chain, from 0.
  std::int32_t retry_count = 0;
  /// How often the chain was sent again although an attempt may have arrived.
  std::int32_t retries_used = 0;
  /// The bound of retries_used.
  std::int32_t max_retries = 0;
  bool possible_duplicate = false;
  /// The node that works on it, 0 when it is free.
  node_id owner = 0;
  /// pending: not before; failed: when the next attempt is due.
  time_point due_at{};
  /// When the chain's first transaction was due, or when a receipt brought the chain back to an
  /// earlier transaction: the chain's patience counts from it. Zero in rows of releases before
  /// schema version 4.
  time_point first_due{};
  std::optional<time_point> expires_at;
  /// The chain's attempts that ended, an entry for each provider, in the order of the last ones.
  std::vector<attempt> attempts;
  /// Rounds through all usable providers that the chain began after its first one.
  std::int32_t round = 0;
  /// Providers that the chain has tried in all its rounds are not called again before.
  time_point round_due{};
  error_code error = error_code::none;
  /// For a person; at most 500 bytes.
  std::string error_message;
  /// The provider's own id of what it accepted, at most 255 bytes.
  std::string provider_ref;
  persistence::receipt receipt = persistence::receipt::none;
  std::optional<time_point> receipt_at;
  /// True: an `undelivered` receipt ends this attempt as failed and the chain goes on.
  bool fallback_on_undelivered = false;
  /// The next transaction of the chain, 0 when this is its last.
  transaction_id superseded_by = 0;
  /// How the provider was chosen, as actors/rules/explanation.hpp writes it; at most 1,000 bytes.
  std::string decision;
  /// A person's decision about an unknown outcome; persistence/settlement.hpp has the form.
  std::string settlement;
  time_point created_at{};
  time_point updated_at{};
  std::optional<time_point> completed_at;
};

inline constexpr std::size_t max_reference_bytes = 128;
inline constexpr std::size_t max_answer_bytes = 1024;
inline constexpr std::size_t max_settlement_bytes = 255;
inline constexpr std::size_t max_recipient_bytes = 512;
inline constexpr std::size_t max_error_message_bytes = 500;
inline constexpr std::size_t max_provider_ref_bytes = 255;
inline constexpr std::size_t max_decision_bytes = 1000;
// Bounds of texts. A longer one is refused, by both databases alike.
inline constexpr std::size_t max_text_bytes = 4 * 65536;
inline constexpr std::size_t max_html_bytes = 1 << 20;
inline constexpr std::size_t max_subject_bytes = 65535;
inline constexpr std::size_t max_metadata_bytes = 65535;
inline constexpr std::size_t max_type_bytes = 64;
inline constexpr std::size_t max_provider_name_bytes = 128;

/// A transaction with the message it delivers; many of them share one message.
struct delivery {
  persistence::transaction transaction;
  std::shared_ptr<const persistence::message> message;
};

/// The queue in which a free row waits: one per provider and priority for what is pending, and one
/// for failed transactions that wait for their retry.
using lane = std::int64_t;
inline constexpr lane retry_lane = 0;
constexpr lane lane_of(provider_id provider, priority p) {
  return std::int64_t{provider} * 4 + static_cast<std::int64_t>(p);
}
/// A place in a lane: the next row is behind it.
struct lane_position {
  time_point due_at{};
  transaction_id id = 0;
  bool operator==(const lane_position&) const = default;
};
/// The provider of a lane; not for the retry lane.
constexpr provider_id provider_of(lane waiting) { return static_cast<provider_id>(waiting / 4); }
constexpr priority priority_of(lane waiting) { return static_cast<priority>(waiting % 4); }

/// One configured way to send, as every node knows it. Its keys and secrets are in the
/// configuration file, not here.
struct provider {
  provider_id id = 0;
  std::string name;
  std::string type;
  std::int32_t priority = 100;
  /// As the configuration file says; false when it has gone from there.
  bool configured = true;
  /// As set through the API; outlives a restart.
  bool enabled = true;
  bool active() const { return configured && enabled; }
  bool operator==(const provider&) const = default;
};

/// One line of a user's priority list; 1 is tried before 2.
struct user_provider {
  provider_id provider = 0;
  std::int32_t priority = 1;
  bool active = true;
  /// The user's own address there; may be empty.
  std::string address;
  /// For messages that do not say: what an `undelivered` receipt of this provider does.
  bool fallback_on_undelivered = false;
  bool operator==(const user_provider&) const = default;
};

/// How a process is recognised by another one on the same machine: when all but `started` agree and
/// that process id is gone, or belongs to a process with another start, the node is surely dead.
struct process_identity {
  std::string boot;           ///< /proc/sys/kernel/random/boot_id
  std::string pid_namespace;  ///< target of the link /proc/self/ns/pid
  std::int64_t pid = 0;
  std::int64_t started = 0;  ///< clock ticks after boot, /proc/<pid>/stat
  bool operator==(const process_identity&) const = default;
};

struct node {
  node_id id = 0;
  process_identity process;
  std::string host;
  bool alive = true;           ///< false once it left or was taken over
  bool lease_expired = false;  ///< by the database's clock
  std::chrono::milliseconds lease_left{0};
};

}  // namespace postrider::persistence

template <>
struct std::hash<postrider::persistence::message_id> {
  std::size_t operator()(const postrider::persistence::message_id& id) const noexcept {
    std::size_t value = 0;
    // The last eight bytes of a UUIDv7 are random.
    for (std::size_t i = 8; i < id.bytes.size(); ++i)
      value = value << 8 | id.bytes[i];
    return value;
  }
};
