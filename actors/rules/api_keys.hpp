#pragma once

#include "actors/api/gateway.hpp"
#include "actors/rules/request_rate.hpp"

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
  /// Takes the use of the keys over from `before`, which may be null.
  key_ring(std::vector<persistence::api_key> keys, const key_ring* before);
  key_ring(const key_ring&) = delete;

  /// Null when there is no such key, or it has expired or was revoked. How long it takes tells
  /// nothing about the secret part of any key.
  const entry* find(std::string_view key, time_point now) const;
  const std::vector<entry>& all() const { return entries_; }

 private:
  std::vector<entry> entries_;
  /// By the prefix: indices of `entries_`.
  std::unordered_multimap<std::string_view, std::size_t> by_prefix_;
};

/// True when one of the keys lets a client in.
bool has_usable_key(const key_ring& ring, time_point now);

/// Admits a request or refuses it, and notes the use of the key.
admission admit(const std::shared_ptr<const key_ring>& ring, std::string_view key, time_point now,
                request_rate::clock::time_point steady_now);

}  // namespace postrider::actors
