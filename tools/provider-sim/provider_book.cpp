#include "tools/provider-sim/provider_book.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace postrider::provider_sim {
namespace {
constexpr std::size_t max_providers = 1000;
constexpr std::size_t max_name_length = 64;

// A load generator writes `bench:<sequence>:<monotonic nanoseconds>` into its texts, on the same
// clock as ours; what passed since is how long the message took from there to here.
void measure_latency(fine_latency_histogram& into, std::string_view text, clock_time now) {
  const std::size_t mark = text.find("bench:");
  if (mark == text.npos) return;
  const std::size_t colon = text.find(':', mark + 6);
  if (colon == text.npos) return;
  std::int64_t sent_ns = 0;
  const char* end = text.data() + text.size();
  if (std::from_chars(text.data() + colon + 1, end, sent_ns).ec != std::errc()) return;
  into.add(now.time_since_epoch() - std::chrono::nanoseconds(sent_ns));
}

}  // namespace

void provider::reset_counts() {
  counts.reset();
  accept_to_provider.reset();
  webhook_ids.reset();
  bad_signatures = reports_done = reports_failed = reports_refused = 0;
}

void provider::decided(outcome what, std::string_view recipient, std::string_view body,
                       clock_time now) {
  counts.count_outcome(what);
  if (log) log->add(name, what, recipient, body, now);
}

void provider::take(std::string_view recipient, std::string_view body, clock_time now) {
  counts.accept(recipient, body, now);
  measure_latency(accept_to_provider, body, now);
}

bool provider_book::is_name(std::string_view name) {
  constexpr std::string_view signs = "_.-";
  return !name.empty() && name.size() <= max_name_length &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                  signs.find(c) != signs.npos;
         });
}

provider* provider_book::find_or_make(std::string_view name) {
  auto found = entries_.find(name);
  if (found != entries_.end()) return &found->second;
  if (!is_name(name) || entries_.size() >= max_providers) return nullptr;
  provider fresh{.rules = behaviour(initial_),
                 .counts = tally(keep_texts_),
                 .webhook_ids = tally(),
                 .log = log_.get(),
                 .name = std::string(name)};
  return &entries_.emplace(name, std::move(fresh)).first->second;
}

}  // namespace postrider::provider_sim
