#pragma once

#include "persistence/access.hpp"

#include <limits>

/// Changes that somebody made, for those who ask later who it was.
namespace postrider::persistence {

struct audit_entry {
  std::int64_t id = 0;
  time_point at{};
  /// "key:NAME", "page:NAME" for a browser that signed in, "local" or "nobody".
  std::string who;
  /// 0 without a key.
  api_key_id key = 0;
  /// The route, "PATCH /v1/providers/{name}".
  std::string action;
  /// The name or id in the path, or the place of what was made.
  std::string target;
  /// A few members of the request, a JSON object; empty: none.
  std::string detail;
  /// The address; empty: the local socket.
  std::string client;
  /// The status of the answer.
  std::int32_t result = 0;
  bool operator==(const audit_entry&) const = default;
};
inline constexpr std::size_t max_audit_who_bytes = 160;
inline constexpr std::size_t max_audit_action_bytes = 64;
inline constexpr std::size_t max_audit_target_bytes = 255;
inline constexpr std::size_t max_audit_detail_bytes = 1000;
inline constexpr std::size_t max_audit_client_bytes = 64;

/// The oldest of more go, however young they are.
inline constexpr std::int64_t max_audit_rows = 1'000'000;

/// Newest first. All that is given must hold.
struct audit_query {
  /// Empty: everybody.
  std::string who{};
  /// Empty: every action.
  std::string action{};
  std::optional<time_point> since{};
  /// Only ids below this one: where the page before ended.
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  std::int32_t limit = 50;
  /// Entries that one page looks at.
  std::int32_t window = 1'000;
};
struct audit_page {
  std::vector<audit_entry> rows;
  /// `before` of the next page, 0 when there is none. A page may be short, or empty, and have a
  /// next one.
  std::int64_t next_before = 0;
};

}  // namespace postrider::persistence
