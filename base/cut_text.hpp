#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

/// Texts that are too long for their place.
namespace postrider {

/// The count of code points, also of a text that is not UTF-8.
std::size_t characters(std::string_view text);

/// The front with at most `count` code points.
std::string_view front_characters(std::string_view text, std::size_t count);

/// The text, or its front and "(cut: 123 more characters)" on a line of its own, the longest that
/// `fits`. A text that was cut before keeps one such line, with the count of both. If not even that
/// line fits, it is the result.
std::string cut_text(std::string_view text, const std::function<bool(std::string_view)>& fits);

}  // namespace postrider
