#include "tools/provider-sim/tally.hpp"

namespace postrider::provider_sim {
namespace {
constexpr std::size_t max_duplicates_shown = 100;
}

void tally::accept(std::string_view recipient, std::string_view body, clock_time now) {
  ++accepted_;
  last_accepted_ = now;
  ++slot(bodies_, hash_text(body));
  const std::uint32_t count = ++slot(messages_, hash_pair(recipient, body));
  if (count == 1) {
    ++distinct_;
    if (keep_texts_) texts_.push_back({std::string(recipient), std::string(body), 1});
  } else if (count == 2) {
    ++repeated_;
    if (repeats_.size() < max_duplicates_shown)
      repeats_.push_back({std::string(recipient), std::string(body), 2});
  }
}

std::uint64_t tally::lookup(const tables& in, const text_hash& key) {
  const table& shard = in[key.high >> 58];
  auto found = shard.find(key);
  return found == shard.end() ? 0 : found->second;
}

std::uint64_t tally::accepted_of(std::string_view recipient, std::string_view body) const {
  return lookup(messages_, hash_pair(recipient, body));
}

std::uint64_t tally::accepted_of_body(std::string_view body) const {
  return lookup(bodies_, hash_text(body));
}

std::vector<accepted_message> tally::duplicates() const {
  std::vector<accepted_message> result = repeats_;
  for (accepted_message& m : result)
    m.count = accepted_of(m.recipient, m.body);
  return result;
}

std::vector<accepted_message> tally::page(std::size_t offset, std::size_t limit) const {
  std::vector<accepted_message> result;
  for (std::size_t i = offset; i < texts_.size() && result.size() < limit; ++i) {
    result.push_back(texts_[i]);
    result.back().count = accepted_of(texts_[i].recipient, texts_[i].body);
  }
  return result;
}

}  // namespace postrider::provider_sim
