#pragma once

#include "persistence/records/model_version.hxx"

#include <odb/core.hxx>
#include <odb/nullable.hxx>

#include <array>
#include <cstdint>
#include <string>

namespace postrider {
namespace persistence {

using stored_message_id = std::array<unsigned char, 16>;

// The columns that the live table and history share, for the schema and its migrations only.
// transaction_rows.cpp writes and reads the rows.
#pragma db object abstract
struct transaction_record {
  // From a block reserved in the counter `transaction`: known before the insert.
#pragma db id
  std::int64_t id = 0;
#pragma db mysql : type("BINARY(16)") sqlite : type("BLOB")
  stored_message_id message_id{};
  std::int32_t recipient_no = 0;
  std::int32_t chain_no = 0;
  std::int64_t user_id = 0;
  std::int32_t provider_id = 0;
#pragma db type("VARCHAR(512)")
  std::string recipient;
  std::int32_t status = 0;
  std::int32_t priority = 0;
  std::int32_t on_unknown = 0;
  std::int32_t retry_count = 0;
  std::int32_t max_retries = 0;
  bool possible_duplicate = false;
  std::int64_t owner = 0;
  // lane_of(provider, priority), or retry_lane when the row is `failed`.
  std::int64_t lane = 0;
  std::int64_t due_at = 0;
  odb::nullable<std::int64_t> expires_at;
  // "provider:outcome provider:outcome ...", oldest first.
#pragma db type("VARCHAR(2048)")
  std::string attempts;
  std::int32_t error_code = 0;
#pragma db type("VARCHAR(500)")
  std::string error_message;
#pragma db type("VARCHAR(255)")
  std::string provider_ref;
  std::int64_t superseded_by = 0;
  std::int64_t created_at = 0;
  std::int64_t updated_at = 0;
  odb::nullable<std::int64_t> completed_at;
  // Since version 3.
#pragma db default(0)
  std::int32_t receipt = 0;
  odb::nullable<std::int64_t> receipt_at;
#pragma db default(false)
  bool fallback_on_undelivered = false;
  // Why this provider; actors/rules/explanation.hpp has the form.
#pragma db default("") type("VARCHAR(1000)")
  std::string decision;
  // Since version 4.
#pragma db default(0)
  std::int32_t retries_used = 0;
#pragma db default(0)
  std::int64_t first_due_at = 0;
  // The chain's attempts and its round; persistence/attempts.hpp has the form. `attempts` has the
  // same for releases before.
#pragma db type("TEXT")
  odb::nullable<std::string> trail;
  // The answers of these attempts, in their order.
#pragma db mysql : type("MEDIUMTEXT") sqlite : type("TEXT")
  odb::nullable<std::string> answers;
#pragma db default("") type("VARCHAR(255)")
  std::string settlement;
};

// Few indexes, because every message passes through this table: the claim's (equality on owner and
// lane, then exactly its order), the one that finds the transactions of a message, the one that
// finds what has expired, and the one that lists those of a user.
#pragma db object table("message_transaction")
struct live_transaction_record : transaction_record {
#pragma db index("live_by_lane") members(owner, lane, due_at, id)
#pragma db index("live_by_message") member(message_id)
#pragma db index("live_by_expiry") members(expires_at, id)
#pragma db index("live_by_user") members(user_id, id)
};

#pragma db object table("message_transaction_history")
struct history_transaction_record : transaction_record {
#pragma db index("history_by_message") member(message_id)
#pragma db index("history_by_user") members(user_id, id)
  // Retention walks along it.
#pragma db index("history_by_completion") members(completed_at, id)
  // A receipt names a transaction by the provider's own id.
#pragma db index("history_by_provider_ref") member(provider_ref)
  // Failures by their reason and time, for retries by hand. What succeeded is at its front, in the
  // order in which it came.
#pragma db index("history_by_error") members(error_code, created_at, id)
};

// An outcome that came after its row was gone: kept whatever else happens.
#pragma db object table("late_outcome")
struct late_outcome_record {
#pragma db id auto
  std::int64_t id = 0;
#pragma db index
  std::int64_t transaction_id = 0;
  // The node that reported it.
  std::int64_t owner = 0;
  std::int32_t status = 0;
  std::int32_t error_code = 0;
#pragma db type("VARCHAR(500)")
  std::string error_message;
#pragma db type("VARCHAR(255)")
  std::string provider_ref;
  std::int64_t created_at = 0;
#pragma db index("late_by_creation") member(created_at)
  // The transaction that is processing now and whose end settles the chain; null: nothing is open.
#pragma db index
  odb::nullable<std::int64_t> waits_for;
};

}  // namespace persistence
}  // namespace postrider
