#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Texts of a peer as an error message shows them.
namespace postrider::actors {

/// The bytes of `text` to show where there is room for `most`. An address or a number with its
/// separators is shown whole or not at all, so that a later mask finds it.
std::size_t shown_size(std::string_view text, std::size_t most);

/// A peer's words for a person: at most 200 bytes in one line without control characters. Each of
/// `secrets` is replaced by "***" should the peer repeat it.
std::string quoted_reply(std::string_view text, const std::vector<std::string_view>& secrets = {});

}  // namespace postrider::actors
