#pragma once

#include "actors/api/gateway.hpp"
#include "actors/rules/request_rate.hpp"

#include <map>
#include <memory>
#include <unordered_map>

/// The keys of the API: how they are made and how they are recognised. A key is "pr_" or "pr_test_"
/// and 256 random bits in base64url. The ledger stores its SHA-256, and its first characters for
/// people. So many random bits need no salt and no slow hash.
namespace postrider::actors {

/// Checks what was asked for and makes the key of `random`, 32 bytes that nobody can guess.
result<created_key> make_api_key(new_key wanted, time_point now, std::string_view random);
/// From the system.
std::string random_key_bytes();

/// The first characters of a key, which are shown and looked up; empty for a text that cannot be a
/// key.
std::string_view key_prefix(std::string_view key);

bool acts_for(const persistence::api_key& key, user_id user);

/// The use of a key; lives as long as the process.
struct key_usage {
  request_rate rate;
  std::atomic<std::int64_t> last_used_us{0};
  std::atomic<std::int64_t> stored_us{0};
};

/// All keys as of one moment. Never changed once it is shared.
class key_ring {
 public:
  struct entry {
    persistence::api_key key;
    std::shared_ptr<key_usage> usage;
  };
  struct session_entry {
    persistence::browser_session session;
    /// Index of `all()`.
    std::size_t key = 0;
    std::shared_ptr<std::atomic<std::int64_t>> last_used_us;
  };
  /// Takes the use of keys and sessions over from `before`, which may be null.
  key_ring(std::vector<persistence::api_key> keys, const key_ring* before,
           std::vector<persistence::browser_session> sessions = {});
  key_ring(const key_ring&) = delete;

  /// Null when there is no such key, or it has expired or was revoked. How long it takes tells
  /// nothing about the secret part of any key.
  const entry* find(std::string_view key, time_point now) const;
  /// Null when there is no such session, when it has expired or was not used for too long, or when
  /// its key has ended.
  const session_entry* find_session(std::string_view token, time_point now) const;
  const std::vector<entry>& all() const { return entries_; }
  const std::map<persistence::hash, session_entry>& sessions() const { return sessions_; }

 private:
  std::vector<entry> entries_;
  /// By the prefix: indices of `entries_`.
  std::unordered_multimap<std::string_view, std::size_t> by_prefix_;
  /// By the hash of the token.
  std::map<persistence::hash, session_entry> sessions_;
};

/// True when one of the keys lets a client in.
bool has_usable_key(const key_ring& ring, time_point now);

/// Admits a request or refuses it, and notes the use of the key.
admission admit(const std::shared_ptr<const key_ring>& ring, std::string_view key, time_point now,
                request_rate::clock::time_point steady_now);

/// The same for a browser that signed in with a key. The token is compared by its hash, so how long
/// it takes tells nothing.
admission admit_session(const std::shared_ptr<const key_ring>& ring, std::string_view token,
                        time_point now, request_rate::clock::time_point steady_now);

/// A session ends after this time, and after this time without a request.
inline constexpr std::chrono::hours session_life{12}, session_idle{2};

/// A session that begins now, and its token: 256 random bits in base64url.
struct new_session {
  persistence::browser_session session;
  std::string token;
};
new_session make_session(persistence::api_key_id key, time_point now, std::string_view random);

}  // namespace postrider::actors
