#pragma once

#include "persistence/events.hpp"

#include <chrono>
#include <deque>
#include <limits>

/// Endpoints, the URLs to which events of the feed are sent, as plain values.
namespace postrider::persistence {

using endpoint_id = std::int64_t;

inline constexpr std::size_t max_endpoint_url_bytes = 2048;
inline constexpr std::size_t max_endpoint_description_bytes = 255;
inline constexpr std::size_t max_endpoint_users = 1'000;
inline constexpr std::size_t max_endpoint_secret_bytes = 128;
inline constexpr std::size_t max_endpoint_error_bytes = 512;
inline constexpr std::int64_t max_endpoints = 1'000;
/// Deliveries of one endpoint that wait for their next attempt. With more it is paused, as when
/// everything fails.
inline constexpr std::size_t max_waiting_deliveries = 500;
/// Deliveries that an endpoint's row remembers.
inline constexpr std::size_t max_recent_deliveries = 20;

/// A delivery that succeeded or failed, as it is remembered for people.
struct recent_delivery {
  event_place place;
  event_type type = event_type::message_accepted;
  time_point at{};
  std::chrono::milliseconds took{0};
  /// Empty: it succeeded.
  std::string error;
  bool operator==(const recent_delivery&) const = default;
};
/// A JSON array with an array for each.
std::string encode_recent(const std::deque<recent_delivery>& deliveries);
std::deque<recent_delivery> decode_recent(std::string_view lines);

/// How an endpoint fares. A pause is until then: it gets one event then.
struct endpoint_health {
  std::optional<time_point> last_success_at{}, last_failure_at{};
  /// The first failure behind the last success.
  std::optional<time_point> failing_since{};
  std::optional<time_point> paused_until{};
  /// Pauses one behind the other.
  std::int32_t pauses = 0;
  std::string last_error{};
  bool operator==(const endpoint_health&) const = default;
};

struct endpoint {
  endpoint_id id = 0;
  std::string url;
  /// For people.
  std::string description;
  /// A bit for each event_type; 0: all of them.
  std::uint32_t types = 0;
  /// In ascending order; empty: all, and events of providers.
  std::vector<user_id> users;
  /// http and addresses that are not public may be called.
  bool allow_private = false;
  /// "whsec_" and base64 of 24 to 64 bytes.
  std::string secret;
  /// The one before, which signs too until then.
  std::string old_secret;
  std::optional<time_point> old_secret_until;
  time_point created_at{};
  bool enabled = true;
  /// Why the server disabled it; empty: it did not.
  std::string disabled_reason;
  /// The node that sends to it. Each change and each claim begins another turn.
  node_id owner = 0;
  std::int64_t turn = 0;
  /// All before was delivered, or waits as an endpoint_delivery.
  event_cursor place;
  /// Events of before are passed over.
  std::optional<time_point> since;
  endpoint_health health;
  std::deque<recent_delivery> recent;
};

/// The stored numbers must not change.
enum class delivery_state : std::uint8_t {
  waiting = 1,
  /// Its attempts are used up; it can be replayed.
  undelivered = 2,
  /// By a later attempt.
  delivered = 3,
};
/// "waiting", ...
std::string_view to_string(delivery_state state);
std::optional<delivery_state> parse_delivery_state(std::string_view text);

/// An event that failed while others were delivered, or that waits behind such a one of its
/// message (then it has no attempts).
struct endpoint_delivery {
  std::int64_t id = 0;
  event_place place;
  event_type type = event_type::message_accepted;
  message_id message;
  delivery_state state = delivery_state::waiting;
  std::int32_t attempts = 0;
  time_point due_at{};
  std::string last_error;
  time_point created_at{}, updated_at{};
};

/// All endpoints but those that have not changed since that version.
struct endpoint_changes {
  std::int64_t version = 0;
  /// Nothing: no change. Else all endpoints, by id.
  std::optional<std::vector<endpoint>> all;
};

/// A page of the deliveries of one endpoint, newest first.
struct delivery_query {
  endpoint_id endpoint = 0;
  /// Nothing: in any state.
  std::optional<delivery_state> state;
  /// Only ids below this one.
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  std::int32_t limit = 50;
};

// ---- transitions -------------------------------------------------------------------------------

/// Stores an endpoint; `ids` has its id. `refused` when there are max_endpoints already.
struct create_endpoint {
  endpoint what;
};

/// Members that are there replace those of the endpoint, and another turn begins: what its owner
/// still does for the turn before is not stored. `conflict` when there is no such endpoint.
struct change_endpoint {
  endpoint_id id = 0;
  std::optional<std::string> url{}, description{};
  std::optional<std::uint32_t> types{};
  std::optional<std::vector<user_id>> users{};
  std::optional<bool> allow_private{};
  /// Enabling it ends its pause, and forgets since when it fails.
  std::optional<bool> enabled{};
  /// The one that is there signs too until `old_until`.
  std::optional<std::string> secret{};
  time_point old_until{};
  /// It goes on from there.
  std::optional<event_cursor> place{};
  std::optional<time_point> since{};
};

/// Its deliveries go with retention. `conflict` when there is no such endpoint.
struct delete_endpoint {
  endpoint_id id = 0;
};

/// The endpoint becomes ours, for the turn after `turn`. `conflict` when that is not its turn.
struct claim_endpoint {
  endpoint_id id = 0;
  std::int64_t turn = 0;
};

/// The deeds of the owner of a turn. `conflict`, and no effect, when it is another one's by now.
struct note_progress {
  endpoint_id id = 0;
  std::int64_t turn = 0;
  event_cursor place;
  endpoint_health health;
  std::deque<recent_delivery> recent;
  /// New ones: `ids` has their ids, in this order. One that is known by its event stays as it is.
  std::vector<endpoint_delivery> waiting;
  /// Known ones, with their state, attempts, due_at and last_error.
  std::vector<endpoint_delivery> changed;
  /// It is disabled with this reason, and the event endpoint.disabled tells.
  std::string disable;
};

/// Deliveries that ended as undelivered wait again, due now, with no attempts: one, or (id 0) up to
/// max_waiting_deliveries of them, the oldest first; another turn begins. `count` is how many.
/// `conflict` when there is no such endpoint.
struct replay_deliveries {
  endpoint_id endpoint = 0;
  std::int64_t id = 0;
};

}  // namespace postrider::persistence
