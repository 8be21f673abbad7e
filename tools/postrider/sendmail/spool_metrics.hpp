#pragma once

#include "tools/postrider/failure.hpp"
#include "tools/postrider/sendmail/spool.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postrider::cli {

/// The numbers of one user's spools.
struct spool_numbers {
  std::uint64_t mails = 0, bytes = 0, refused = 0;
  /// When the oldest mail that waits came, in seconds since 1970; 0 without one.
  std::uint64_t oldest = 0;

  spool_numbers& operator+=(const spool_numbers& other);
  bool operator==(const spool_numbers&) const = default;
};

spool_numbers numbers_of(const mail_spool& spool);

/// Between two processes: "3 1024 0 1763869200".
std::string to_line(const spool_numbers& numbers);
std::optional<spool_numbers> numbers_in(const std::string& line);

struct user_numbers {
  std::string user;
  spool_numbers numbers;
};
/// The text format of Prometheus, for a textfile collector.
std::string spool_metrics(const std::vector<user_numbers>& users);

}  // namespace postrider::cli
