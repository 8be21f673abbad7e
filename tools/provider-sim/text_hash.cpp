#include "tools/provider-sim/text_hash.hpp"

#include <bit>
#include <cstring>

namespace postrider::provider_sim {
namespace {

constexpr std::uint64_t c1 = 0x87c37b91114253d5ULL;
constexpr std::uint64_t c2 = 0x4cf5ad432745937fULL;

std::uint64_t final_mix(std::uint64_t k) {
  k = (k ^ (k >> 33)) * 0xff51afd7ed558ccdULL;
  k = (k ^ (k >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return k ^ (k >> 33);
}

std::uint64_t mix_low(std::uint64_t k) { return std::rotl(k * c1, 31) * c2; }
std::uint64_t mix_high(std::uint64_t k) { return std::rotl(k * c2, 33) * c1; }

std::uint64_t load(const char* from, std::size_t size = 8) {
  std::uint64_t k = 0;
  std::memcpy(&k, from, size);
  return k;
}

}  // namespace

text_hash hash_text(std::string_view text, std::uint64_t seed) {
  std::uint64_t h1 = seed;
  std::uint64_t h2 = seed;
  const char* at = text.data();
  std::size_t left = text.size();
  for (; left >= 16; at += 16, left -= 16) {
    h1 = (std::rotl(h1 ^ mix_low(load(at)), 27) + h2) * 5 + 0x52dce729;
    h2 = (std::rotl(h2 ^ mix_high(load(at + 8)), 31) + h1) * 5 + 0x38495ab5;
  }
  if (left > 8) h2 ^= mix_high(load(at + 8, left - 8));
  if (left > 0) h1 ^= mix_low(load(at, left < 8 ? left : 8));
  h1 ^= text.size();
  h2 ^= text.size();
  h1 += h2;
  h2 += h1;
  h1 = final_mix(h1);
  h2 = final_mix(h2);
  h1 += h2;
  h2 += h1;
  return {h1, h2};
}

text_hash hash_pair(std::string_view first, std::string_view second) {
  return hash_text(second, hash_text(first, 0x706f7374ULL).high);
}

}  // namespace postrider::provider_sim
