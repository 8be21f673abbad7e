#include "http/target.hpp"

#include "base/ascii.hpp"
#include "base/percent.hpp"
#include "base/utf8.hpp"

#include <algorithm>

namespace postrider::http {
namespace {

using ascii::is_control;

}  // namespace

std::optional<std::string> decoded_part(std::string_view text) {
  auto decoded = percent_decoded(text);
  if (!decoded || !is_utf8(*decoded) || std::ranges::any_of(*decoded, is_control))
    return std::nullopt;
  return decoded;
}

}  // namespace postrider::http
