#include "actors/providers/http_date.hpp"
#include "actors/providers/transfer/transport_outcome.hpp"

#include <algorithm>

namespace postrider::actors {
namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

constexpr seconds longest_pause = std::chrono::hours(24);

const std::string* header(const transfer_result& result, std::string_view name) {
  const auto at = std::ranges::find(result.headers, name, [](const auto& h) { return h.first; });
  return at == result.headers.end() ? nullptr : &at->second;
}

/// "120". A negative number is not in the standard; it can only mean a time that has passed.
std::optional<seconds> read_seconds(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  seconds value{0};
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = std::min(value * 10 + seconds(c - '0'), longest_pause);
  }
  return negative ? seconds(0) : value;
}

}  // namespace

std::optional<seconds> retry_after(const transfer_result& result, persistence::time_point now) {
  const auto* value = header(result, "retry-after");
  if (!value) return std::nullopt;
  if (const auto pause = read_seconds(*value)) return pause;
  const auto of_attempt = std::chrono::floor<seconds>(now);
  const auto until = read_http_date(*value, of_attempt);
  if (!until) return std::nullopt;
  const auto* said = header(result, "date");
  const auto replied = said ? read_http_date(*said, of_attempt) : std::nullopt;
  return std::clamp(*until - replied.value_or(of_attempt), seconds(0), longest_pause);
}

}  // namespace postrider::actors
