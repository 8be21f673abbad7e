#pragma once

#include <span>
#include <string>
#include <string_view>

namespace postrider {

/// The fewest letters to insert, delete, replace or swap with their neighbour that turn `a` into
/// `b`. Upper and lower case count as the same.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that a person most likely meant; empty when none is near enough. A text of more
/// than 64 bytes has no nearest candidate, because each comparison takes quadratic time.
std::string nearest(std::string_view text, std::span<const std::string_view> candidates);
std::string nearest(std::string_view text, std::span<const std::string> candidates);

}  // namespace postrider
