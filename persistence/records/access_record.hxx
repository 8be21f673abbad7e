#pragma once

#include "persistence/records/model_version.hxx"

#include <odb/core.hxx>
#include <odb/nullable.hxx>

#include <array>
#include <cstdint>
#include <string>

// API keys and answers to idempotency keys. Keys are stored as SHA-256 only.
namespace postrider {
namespace persistence {

using stored_hash = std::array<unsigned char, 32>;

#pragma db object table("api_key")
struct api_key_record {
#pragma db id auto
  std::int64_t id = 0;
#pragma db type("VARCHAR(128)") unique
  std::string name;
#pragma db mysql : type("BINARY(32)") sqlite : type("BLOB") unique
  stored_hash key_hash{};
  // "send read metrics ingest admin", as given.
#pragma db type("VARCHAR(64)")
  std::string scopes;
  // The users (numbers) and sources (texts) it is limited to, a JSON array; empty: all.
#pragma db mysql : type("TEXT")
  std::string users;
  std::int64_t created_at = 0;
  odb::nullable<std::int64_t> revoked_at;
  // The columns from here on since version 3. The first characters of the key, for recognition.
#pragma db type("VARCHAR(24)") default("")
  std::string prefix;
  odb::nullable<std::int64_t> expires_at;
  odb::nullable<std::int64_t> last_used_at;
  // Requests a minute; 0: no limit.
#pragma db default(0)
  std::int32_t rate_per_minute = 0;
#pragma db default(false)
  bool is_test = false;
};

// One row for each idempotency key of the last 24 hours. The unique index is what makes two
// concurrent posts with one key a single message.
#pragma db object table("idempotency_key")
struct idempotency_key_record {
#pragma db id auto
  std::int64_t id = 0;
  // 0 when the server asks for no key.
  std::int64_t api_key_id = 0;
#pragma db mysql : type("BINARY(32)") sqlite : type("BLOB")
  stored_hash key_hash{};
#pragma db mysql : type("BINARY(32)") sqlite : type("BLOB")
  stored_hash body_hash{};
#pragma db mysql : type("BINARY(16)") sqlite : type("BLOB")
  std::array<unsigned char, 16> message_id{};
  std::int64_t created_at = 0;
#pragma db index
  std::int64_t expires_at = 0;
  // Since version 3: the transactions as they were answered, JSON, [[id, provider, recipient],
  // ...].
#pragma db mysql : type("MEDIUMTEXT")
  odb::nullable<std::string> answer;
#pragma db index("idempotency_by_key") unique members(api_key_id, key_hash)
};

// A browser that signed in with a key (since version 8).
#pragma db object table("browser_session")
struct browser_session_record {
#pragma db id auto
  std::int64_t id = 0;
#pragma db mysql : type("BINARY(32)") sqlite : type("BLOB") unique
  stored_hash token_hash{};
  // 0: it may make the first key.
  std::int64_t api_key_id = 0;
  std::int64_t created_at = 0;
  std::int64_t used_at = 0;
#pragma db index
  std::int64_t expires_at = 0;
};

// A change that somebody made (since version 8). Nothing of a message's content, no secret.
#pragma db object table("audit_log")
struct audit_record {
#pragma db id auto
  std::int64_t id = 0;
  std::int64_t created_at = 0;
  // "key:NAME", "page:NAME" of a browser's session, "local" or "nobody".
#pragma db type("VARCHAR(160)")
  std::string who;
  // The key's id, 0 without one.
  std::int64_t api_key_id = 0;
  // The operation's id in the API's description.
#pragma db type("VARCHAR(64)")
  std::string action;
  // The name or id of the thing that was changed.
#pragma db type("VARCHAR(255)")
  std::string target;
  // A few members of the request, a JSON object.
#pragma db type("VARCHAR(1000)")
  std::string detail;
  // The address that it came from; empty: the local socket.
#pragma db type("VARCHAR(64)")
  std::string client;
  // The status of the answer, as HTTP has it.
  std::int32_t result = 0;
#pragma db index("audit_by_time") members(created_at, id)
#pragma db index("audit_by_who") members(who, id)
#pragma db index("audit_by_action") members(action, id)
};

}  // namespace persistence
}  // namespace postrider
