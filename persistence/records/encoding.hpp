#pragma once

#include "persistence/access.hpp"
#include "persistence/model.hpp"

/// How values are written into columns, the same for both databases.
namespace postrider::persistence {

/// "3:4 7:6": provider and last outcome of each entry, as releases before schema version 4 read
/// them; what does not fit into the column is left out.
std::string encode_attempts(const std::vector<attempt>& attempts);
std::vector<attempt> decode_attempts(std::string_view text);

/// A JSON array of objects; empty members are left out.
std::string encode_recipients(const std::vector<recipient>& recipients);
std::vector<recipient> decode_recipients(std::string_view text);

/// A JSON array of [id, provider, recipient].
std::string encode_answer(const std::vector<answered_transaction>& answer);
std::vector<answered_transaction> decode_answer(std::string_view text);

/// A JSON array of ids.
std::string encode_users(const std::vector<user_id>& users);
/// Nothing when it is not such a text.
std::optional<std::vector<user_id>> decode_users(std::string_view text);

}  // namespace postrider::persistence
