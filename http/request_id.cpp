#include "http/request_id.hpp"

#include "http/media_type.hpp"

#include <algorithm>
#include <utility>

namespace postrider::http {
namespace {

bool is_control_but_tab(char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; }

}  // namespace

bool usable_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 128 &&
         std::ranges::all_of(text, [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string_view find_request_id(std::string_view received) {
  constexpr std::string_view name = "X-Request-Id:", line_end = "\r\n", blank = " \t";
  std::string_view found;
  bool first = true, ours = false;
  for (std::size_t from = received.starts_with(line_end) ? line_end.size() : 0;;) {
    const auto end = received.find(line_end, from);
    if (end == received.npos || end == from) return found;
    const auto line = received.substr(from, end - from);
    from = end + line_end.size();
    // A line after a line feed of its own, or one that is not HTTP, may be another request.
    if (std::ranges::any_of(line, is_control_but_tab)) return found;
    if (std::exchange(first, false)) continue;
    // A folded value is not what its first line says.
    if (ours && blank.find(line.front()) != blank.npos) return {};
    ours = line.size() > name.size() && equals_ignoring_case(line.substr(0, name.size()), name);
    if (!ours) continue;
    const auto value =
        line.substr(std::min(line.find_first_not_of(blank, name.size()), line.size()));
    const bool second = !found.empty();
    found = value.substr(0, value.find_last_not_of(blank) + 1);
    if (second || !usable_request_id(found)) return {};
  }
}

}  // namespace postrider::http
