#pragma once

#include "persistence/records/model_version.hxx"

#include <odb/core.hxx>

#include <cstdint>
#include <string>

// Providers, and their order. C++14 for the ODB compiler; only persistence/ sees it.
namespace postrider {
namespace persistence {

#pragma db object table("provider_type")
struct provider_type_record {
#pragma db id type("VARCHAR(64)")
  std::string name;
};

#pragma db object table("provider")
struct provider_record {
  // From the counter `provider`, so that ids start at 1 in both databases.
#pragma db id
  std::int32_t id = 0;
#pragma db type("VARCHAR(128)") unique
  std::string name;
#pragma db type("VARCHAR(64)")
  std::string type;
  std::int32_t priority = 0;
  bool configured = true;
  bool enabled = true;
};

// One line of a user's list.
#pragma db object table("user_provider")
struct user_provider_record {
#pragma db id auto
  std::int64_t id = 0;
#pragma db index
  std::int64_t user_id = 0;
  std::int32_t provider_id = 0;
  std::int32_t priority = 0;
  bool active = true;
#pragma db type("VARCHAR(512)")
  std::string address;
  // Since version 3.
#pragma db default(false)
  bool fallback_on_undelivered = false;
};

// One row for each user whose list was ever put. Versions come from the counter `user_list`, whose
// row stays locked until the commit: they are in the order of the commits, so "changed after
// version v" misses nothing.
#pragma db object table("user_list")
struct user_list_record {
#pragma db id
  std::int64_t user_id = 0;
#pragma db index
  std::int64_t version = 0;
};

}  // namespace persistence
}  // namespace postrider
