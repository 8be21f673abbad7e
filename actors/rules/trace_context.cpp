#include "actors/rules/trace_context.hpp"

#include "base/hex.hpp"

namespace postrider::actors {
namespace {

constexpr std::size_t trace_at = 3, trace_size = 32, flags_at = 53, whole_size = 55;

/// SplitMix64 (Steele, Lea, Flood 2014): every bit of the result depends on every bit of the input.
std::uint64_t mixed(std::uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9;
  value = (value ^ (value >> 27)) * 0x94d049bb133111eb;
  return value ^ (value >> 31);
}

}  // namespace

std::string_view trace_id_of(std::string_view traceparent) {
  return traceparent.size() == whole_size ? traceparent.substr(trace_at, trace_size)
                                          : std::string_view();
}

std::string traceparent_of_attempt(std::string_view traceparent, persistence::transaction_id id,
                                   persistence::time_point called) {
  if (traceparent.size() != whole_size) return {};
  const auto time = static_cast<std::uint64_t>(called.time_since_epoch().count());
  auto span = mixed(mixed(static_cast<std::uint64_t>(id)) ^ time);
  // A parent of zeros is no parent.
  if (span == 0) span = 1;
  std::string made(traceparent.substr(0, trace_at + trace_size + 1));
  return made.append(hexadecimal(span)).append("-").append(traceparent.substr(flags_at));
}

}  // namespace postrider::actors
