#include "sources/flowed_text.hpp"

#include <algorithm>

namespace postrider::sources {

std::string unflowed(std::string_view text, bool delete_space) {
  std::string out;
  std::size_t open_depth = 0;
  bool open = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto depth = std::min(line.find_first_not_of('>'), line.size());
    line.remove_prefix(depth);
    if (line.starts_with(' ')) line.remove_prefix(1);
    const bool is_signature = line == "-- ";
    const bool goes_on = open && depth == open_depth && !is_signature;
    if (!goes_on) {
      if (open) out += '\n';
      out.append(depth, '>');
      if (depth > 0 && !line.empty()) out += ' ';
    }
    open = line.ends_with(' ') && !is_signature;
    open_depth = depth;
    if (open && delete_space) line.remove_suffix(1);
    out += line;
    if (!open) out += '\n';
  }
  return out;
}

}  // namespace postrider::sources
