#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace postrider::provider_sim {

// A hash of 128 bits: two of a billion texts share one with a chance of 1 in 10^20.
struct text_hash {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  bool operator==(const text_hash&) const = default;
};

// MurmurHash3_x64_128 (Austin Appleby, public domain) with a 64-bit seed.
text_hash hash_text(std::string_view text, std::uint64_t seed = 0);

// The hash of a pair, which is not that of the two texts joined.
text_hash hash_pair(std::string_view first, std::string_view second);

// The hash is already well mixed, so a table can take its bits as they are.
struct text_hash_bits {
  using is_avalanching = void;
  std::size_t operator()(const text_hash& h) const noexcept { return h.low; }
};

}  // namespace postrider::provider_sim
