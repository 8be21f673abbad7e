#pragma once

#include "persistence/model.hpp"

#include <span>

/// The words by which messages are found, as the table message_term keeps them: 62 bits of a digest
/// and the kind. Two words may share a term, so a reader compares the message too.
namespace postrider::persistence {

/// The stored numbers must not change: they are the last two bits of a term.
enum class term_kind : std::uint8_t { reference = 0, metadata = 1, recipient = 2 };

using message_term = std::int64_t;

/// `key` is the name of a member of the metadata, and empty for the other kinds.
message_term term_of(term_kind kind, std::string_view key, std::string_view value);

/// Members of the metadata that get a term, the first ones.
inline constexpr std::size_t max_metadata_terms = 20;

/// The members of a message's metadata, in their order; empty when it is no object of strings.
std::vector<std::pair<std::string, std::string>> metadata_members(std::string_view metadata);

/// Each term once, in ascending order. `addresses` are those of the message's transactions, which
/// may come from a user's list.
std::vector<message_term> terms_of(const message& of, std::span<const std::string_view> addresses);

}  // namespace postrider::persistence
