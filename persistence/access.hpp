#pragma once

#include "persistence/model.hpp"

#include <initializer_list>

/// API keys and answers to idempotency keys, as plain values.
namespace postrider::persistence {

/// SHA-256.
using hash = std::array<std::uint8_t, 32>;

/// Small integers; 0 is "no key": a server that asks for none.
using api_key_id = std::int64_t;

/// A client's statement that it may post the same message again.
struct idempotency_claim {
  api_key_id client = 0;
  hash key{};
  /// The hash of the request's body.
  hash body{};
  time_point expires_at{};
};

/// One transaction as the first answer had it; a reroute may have changed it since.
struct answered_transaction {
  transaction_id id = 0;
  provider_id provider = 0;
  std::string recipient;
  bool operator==(const answered_transaction&) const = default;
};

/// The answer when an idempotency key came first.
struct first_answer {
  message_id message;
  hash body{};
  std::vector<answered_transaction> transactions;
};

/// Uses of a key. The words are stored.
enum class scope : std::uint8_t { send = 1, read = 2, admin = 4, metrics = 8, ingest = 16 };
std::string_view to_string(scope value);
std::optional<scope> parse_scope(std::string_view text);

class scope_set {
 public:
  constexpr scope_set() = default;
  constexpr scope_set(std::initializer_list<scope> scopes) {
    for (auto each : scopes)
      add(each);
  }
  constexpr void add(scope value) { bits_ |= static_cast<std::uint8_t>(value); }
  /// As it was given.
  constexpr bool names(scope value) const { return bits_ & static_cast<std::uint8_t>(value); }
  /// Admin includes the others, and read includes metrics.
  constexpr bool allows(scope value) const {
    return names(value) || names(scope::admin) || (value == scope::metrics && names(scope::read));
  }
  constexpr bool empty() const { return bits_ == 0; }
  bool operator==(const scope_set&) const = default;

 private:
  std::uint8_t bits_ = 0;
};
/// "send read".
std::string to_string(scope_set scopes);
/// With blanks or commas between them; nothing when a word is none of them.
std::optional<scope_set> parse_scopes(std::string_view text);

/// A key of the API. The key itself is nowhere, only what it hashes to.
struct api_key {
  api_key_id id = 0;
  /// For people; unique among all keys that ever were.
  std::string name;
  /// The first characters of the key, for recognition.
  std::string prefix;
  persistence::hash hash{};
  scope_set scopes;
  /// It acts for these users only, in ascending order; empty: for all.
  std::vector<user_id> users;
  /// With `ingest`: the sources that it may use, in ascending order; empty: all.
  std::vector<std::string> sources;
  /// Its messages are accepted and not delivered.
  bool test = false;
  /// 0: as many requests as it likes.
  std::int32_t rate_per_minute = 0;
  time_point created_at{};
  std::optional<time_point> expires_at;
  /// To the minute.
  std::optional<time_point> last_used_at;
  std::optional<time_point> revoked_at;
};

/// A browser that signed in with a key. Its token is nowhere, only what it hashes to.
struct browser_session {
  persistence::hash token{};
  api_key_id key = 0;
  time_point created_at{};
  /// To the minute.
  time_point used_at{};
  time_point expires_at{};
};
inline constexpr std::int64_t max_browser_sessions = 1'000;

inline constexpr std::size_t max_key_name_bytes = 128;
inline constexpr std::size_t max_key_prefix_bytes = 24;
inline constexpr std::size_t max_key_users = 1'000;
inline constexpr std::size_t max_key_sources = 100;
/// Keys that can be used, at most.
inline constexpr std::int64_t max_api_keys = 10'000;

}  // namespace postrider::persistence
