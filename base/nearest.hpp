#pragma once

#include <span>
#include <string>
#include <string_view>

namespace postrider {

/// How many letters to insert, delete, replace or swap with their neighbour to make `a` into `b`;
/// upper and lower case count as the same.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The candidate that a person most likely meant, or empty when none is near enough to be a help.
std::string nearest(std::string_view text, std::span<const std::string> candidates);

}  // namespace postrider
