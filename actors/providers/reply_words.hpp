#pragma once

#include <string>
#include <string_view>

namespace postrider::actors {

/// A peer's own words: in lower case, without the addresses that it repeats. Anybody may have an
/// address that sounds like a refusal.
std::string own_words(std::string_view text, std::string_view recipient);

/// The same without any word that the recipient is called by: for comparing texts, not for judging
/// them.
std::string without_recipient(std::string_view text, std::string_view recipient);

/// `word` as a word of its own: "rate" is not in "temporarily" or "separate".
bool has_word(std::string_view text, std::string_view word);

}  // namespace postrider::actors
