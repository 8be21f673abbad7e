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

// A client's message, for the schema and its migrations only; transaction_rows.cpp writes and reads
// the rows. It is written once; only retention changes it, when it empties the body.
// 65,536 characters of four bytes do not fit into TEXT (64 KiB), therefore MEDIUMTEXT.
#pragma db object table("message")
struct message_record {
#pragma db id mysql : type("BINARY(16)") sqlite : type("BLOB")
  stored_message_id id{};
  std::int64_t user_id = 0;
#pragma db column("body") mysql : type("MEDIUMTEXT")
  std::string text;
#pragma db mysql : type("TEXT")
  std::string subject;
#pragma db mysql : type("MEDIUMTEXT")
  std::string html;
#pragma db mysql : type("TEXT")
  std::string metadata;
  // JSON, [{"phone":"+1555"}, ...]; empty members are left out.
#pragma db mysql : type("MEDIUMTEXT")
  std::string recipients;
#pragma db type("VARCHAR(64)")
  std::string requested_type;
  bool fallback = true;
  std::int64_t created_at = 0;
  // Since version 3; null: the line of the user's list decides.
  odb::nullable<bool> fallback_on_undelivered;
  // Since version 3: when retention emptied text, subject, html and metadata.
  odb::nullable<std::int64_t> body_removed_at;
// Since version 3: W3C Trace Context's, of version 00; empty without a trace.
#pragma db type("VARCHAR(55)") default("")
  std::string traceparent;
// Since version 3: X-Request-Id.
#pragma db type("VARCHAR(128)") default("")
  std::string request_id;
// Since version 3: of test mode.
#pragma db default(false)
  bool is_test = false;
// Since version 6: a text that is too long for a provider is cut.
#pragma db default(false)
  bool shorten = false;
// Since version 8: the client's own name for it.
#pragma db default("") type("VARCHAR(128)")
  std::string reference;
#pragma db index("message_by_user") members(user_id, id)
};

// A word by which messages are found (since version 8): persistence/message_terms.hpp has the form.
// The messages of a moment are at one end of the key, the terms anywhere in their index.
#pragma db value
struct message_term_key {
#pragma db mysql : type("BINARY(16)") sqlite : type("BLOB")
  stored_message_id message_id{};
  std::int64_t term = 0;
};

#pragma db object table("message_term")
struct message_term_record {
#pragma db id column("")
  message_term_key key;
#pragma db index("message_by_term") members(key.term, key.message_id)
};

}  // namespace persistence
}  // namespace postrider
