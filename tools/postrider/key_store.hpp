#pragma once

#include "tools/postrider/commands.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

/// Where the keys of the API are kept, as `postrider keys` sees it: behind a server, or in a
/// database that it opens itself, which is how the first key is made.
namespace postrider::cli {

struct wanted_key {
  std::string name;
  std::vector<std::string> scopes;
  std::vector<std::int64_t> users;
  std::vector<std::string> sources;
  /// RFC 3339; empty: never.
  std::string expires_at;
  std::int32_t rate_per_minute = 0;
  bool test = false;
};

/// Keys are documents as `/v1/keys` shows them.
class key_store {
 public:
  virtual ~key_store() = default;
  /// With the member `key`.
  virtual outcome<boost::json::object> create(const wanted_key& wanted) = 0;
  virtual outcome<boost::json::array> list() = 0;
  virtual outcome<boost::json::object> revoke(const std::string& id) = 0;
};

struct key_place {
  database_options database;
  std::string url;
};

/// Null when it cannot be reached, which has been said then. A database that is not there is made
/// only for a command that makes keys.
std::unique_ptr<key_store> open_key_store(command_context& context, const key_place& place,
                                          bool makes_keys);

}  // namespace postrider::cli
