#pragma once

#include "persistence/records/model_version.hxx"

#include <odb/core.hxx>
#include <odb/nullable.hxx>

#include <array>
#include <cstdint>
#include <string>

// Endpoints, the URLs to which events are sent (since version 9). C++14 for the ODB compiler; only
// persistence/ sees it.
namespace postrider {
namespace persistence {

#pragma db object table("endpoint")
struct endpoint_record {
#pragma db id auto
  std::int64_t id = 0;
#pragma db type("VARCHAR(2048)")
  std::string url;
#pragma db type("VARCHAR(255)")
  std::string description;
  // A bit for each event_type; 0: all of them.
  std::int64_t types = 0;
  // A JSON array of numbers; empty: all users.
#pragma db mysql : type("TEXT")
  std::string users;
  bool allow_private = false;
  // "whsec_...", as receivers have it: it signs, so it cannot be a hash.
#pragma db type("VARCHAR(128)")
  std::string secret;
  // The secret before, which signs too until then.
#pragma db type("VARCHAR(128)")
  std::string old_secret;
  odb::nullable<std::int64_t> old_secret_until;
  std::int64_t created_at = 0;
  bool enabled = true;
  // Why it was disabled; empty: by hand, or it is enabled.
#pragma db type("VARCHAR(512)")
  std::string disabled_reason;
  // The node that sends to it, and the number of its turn: each change and each claim begins a new
  // one, and only the owner of the turn may write what it did.
  std::int64_t owner = 0;
  std::int64_t turn = 0;
  // The place in the feed up to which all was delivered, or waits in endpoint_delivery.
#pragma db mysql : type("MEDIUMTEXT")
  std::string place;
  // Events of before are passed over.
  odb::nullable<std::int64_t> since_at;
  odb::nullable<std::int64_t> last_success_at;
  odb::nullable<std::int64_t> last_failure_at;
  // The first failure behind the last success.
  odb::nullable<std::int64_t> failing_since;
  // It is paused until then.
  odb::nullable<std::int64_t> paused_until;
  // Pauses one behind the other.
  std::int32_t pauses = 0;
#pragma db type("VARCHAR(512)")
  std::string last_error;
  // The last deliveries, a line for each; persistence/endpoints.hpp has the form.
#pragma db mysql : type("TEXT")
  std::string recent;
};

// An event that failed alone, and those of its message that wait behind it.
#pragma db object table("endpoint_delivery")
struct endpoint_delivery_record {
#pragma db id auto
  std::int64_t id = 0;
  std::int64_t endpoint_id = 0;
  // The event's place in the feed.
  std::int64_t session = 0;
  std::int64_t position = 0;
  std::int32_t event_index = 0;
  std::int32_t event_type = 0;
  // Zero for events of a provider.
#pragma db mysql : type("BINARY(16)") sqlite : type("BLOB")
  std::array<unsigned char, 16> message_id{};
  // delivery_state of persistence/endpoints.hpp.
  std::int32_t status = 0;
  std::int32_t attempts = 0;
  // Not before then.
  std::int64_t due_at = 0;
#pragma db type("VARCHAR(512)")
  std::string last_error;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
#pragma db index("endpoint_delivery_by_event") unique members(endpoint_id, session, position, \
                                                              event_index)
#pragma db index("endpoint_delivery_by_status") members(endpoint_id, status, id)
#pragma db index("endpoint_delivery_by_time") member(created_at)
};

}  // namespace persistence
}  // namespace postrider
