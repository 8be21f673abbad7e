#include "http/connection/line_splitter.hpp"

#include <utility>

namespace postrider::http {

line_splitter::piece line_splitter::next(bool at_end) {
  const auto end = buffer_.find('\n', searched_);
  if (end == std::string::npos) return unfinished(at_end);
  const auto line = std::string_view(buffer_).substr(taken_, end - taken_);
  taken_ = searched_ = end + 1;
  if (std::exchange(skipping_, false) || line.size() > max_line_bytes_)
    return {found::too_long, {}};
  return {found::line, line};
}

line_splitter::piece line_splitter::unfinished(bool at_end) {
  const auto rest = std::string_view(buffer_).substr(taken_);
  searched_ = buffer_.size();
  if (rest.size() > max_line_bytes_) skipping_ = true;
  if (skipping_ || at_end) taken_ = buffer_.size();
  if (!at_end) return {};
  if (std::exchange(skipping_, false)) return {found::too_long, {}};
  return rest.empty() ? piece{} : piece{found::line, rest};
}

void line_splitter::compact() {
  buffer_.erase(0, taken_);
  searched_ -= taken_;
  taken_ = 0;
}

}  // namespace postrider::http
