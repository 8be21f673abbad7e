#include "tools/postrider/record_ranges.hpp"

#include <iterator>

namespace postrider::cli {

bool record_ranges::has(std::size_t record) const {
  const auto after = ranges_.upper_bound(record);
  return after != ranges_.begin() && record <= std::prev(after)->second;
}

bool record_ranges::add(std::size_t record) {
  if (has(record)) return false;
  ++count_;
  const auto after = ranges_.upper_bound(record);
  const bool joins = after != ranges_.begin() && std::prev(after)->second + 1 == record;
  const auto place = joins ? std::prev(after) : ranges_.emplace(record, record).first;
  place->second = record;
  if (after != ranges_.end() && after->first == record + 1) {
    place->second = after->second;
    ranges_.erase(after);
  }
  return true;
}

}  // namespace postrider::cli
