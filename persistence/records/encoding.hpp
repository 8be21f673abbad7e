#pragma once

#include "persistence/access.hpp"
#include "persistence/model.hpp"

/// How values are written into columns, the same for both databases.
namespace postrider::persistence {

void append_number(std::string& text, std::int64_t number);

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

/// The users and sources that an API key is limited to; both empty: all.
struct key_limits {
  std::vector<user_id> users;
  std::vector<std::string> sources;
  bool operator==(const key_limits&) const = default;
};
/// A JSON array of ids and names. A release that knows no sources cannot read it with names, and
/// lets such a key do nothing.
std::string encode_limits(const key_limits& limits);
/// Nothing when it is not such a text.
std::optional<key_limits> decode_limits(std::string_view text);

}  // namespace postrider::persistence
