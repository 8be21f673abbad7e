#pragma once

#include <cstddef>
#include <map>

namespace postrider::cli {

/// A set of record numbers, kept as ranges: a file is answered in few long ones.
class record_ranges {
 public:
  bool has(std::size_t record) const;
  /// False when it was there.
  bool add(std::size_t record);
  std::size_t count() const { return count_; }
  bool empty() const { return count_ == 0; }
  /// First and last record of each range, in order.
  const std::map<std::size_t, std::size_t>& ranges() const { return ranges_; }

 private:
  std::map<std::size_t, std::size_t> ranges_;
  std::size_t count_ = 0;
};

}  // namespace postrider::cli
