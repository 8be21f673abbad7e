#include "actors/providers/transfer/public_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>
#include <string>
#include <sys/socket.h>

namespace postrider::actors {
namespace {

using v6_bytes = std::array<std::uint8_t, 16>;

struct v4_range {
  std::uint32_t prefix;
  int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr v4_range not_public_v4[] = {
    {v4(0, 0, 0, 0), 8},        // "this network"
    {v4(10, 0, 0, 0), 8},       // private
    {v4(100, 64, 0, 0), 10},    // shared, behind carriers' NAT
    {v4(127, 0, 0, 0), 8},      // loopback
    {v4(169, 254, 0, 0), 16},   // link-local; clouds' metadata services
    {v4(172, 16, 0, 0), 12},    // private
    {v4(192, 0, 0, 0), 24},     // protocol assignments
    {v4(192, 0, 2, 0), 24},     // documentation
    {v4(192, 88, 99, 0), 24},   // 6to4 relays, deprecated
    {v4(192, 168, 0, 0), 16},   // private
    {v4(198, 18, 0, 0), 15},    // benchmarks
    {v4(198, 51, 100, 0), 24},  // documentation
    {v4(203, 0, 113, 0), 24},   // documentation
    {v4(224, 0, 0, 0), 4},      // multicast
    {v4(240, 0, 0, 0), 4},      // reserved, and broadcast
};

bool is_public_v4(std::uint32_t address) {
  return std::none_of(std::begin(not_public_v4), std::end(not_public_v4), [address](auto range) {
    return (address ^ range.prefix) >> (32 - range.bits) == 0;
  });
}

struct v6_range {
  v6_bytes prefix;
  int bits;
};

constexpr v6_range not_public_v6[] = {
    {{0}, 96},                                   // unspecified, loopback, IPv4-compatible
    {{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, 48},  // translation within a network
    {{0x01}, 64},                                // discard only
    {{0x20, 0x01, 0x00}, 23},                    // protocol assignments, Teredo among them
    {{0x20, 0x01, 0x0d, 0xb8}, 32},              // documentation
    {{0x3f, 0xff, 0x00}, 20},                    // documentation
    {{0x5f, 0x00}, 16},                          // segment routing
    {{0xfc}, 7},                                 // unique local
    {{0xfe, 0x80}, 10},                          // link-local
    {{0xfe, 0xc0}, 10},                          // site-local, deprecated
    {{0xff}, 8},                                 // multicast
};

bool is_within(const v6_bytes& address, const v6_range& range) {
  for (int bit = 0; bit < range.bits; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80 >> (bit % 8));
    const auto at = static_cast<std::size_t>(bit / 8);
    if ((address[at] & mask) != (range.prefix[at] & mask)) return false;
  }
  return true;
}

std::uint32_t embedded_v4(const v6_bytes& address, std::size_t at) {
  return v4(address[at], address[at + 1], address[at + 2], address[at + 3]);
}

bool is_public_v6(const v6_bytes& address) {
  constexpr v6_range mapped{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96};
  constexpr v6_range translated{{0x00, 0x64, 0xff, 0x9b}, 96};
  constexpr v6_range six_to_four{{0x20, 0x02}, 16};
  if (is_within(address, mapped) || is_within(address, translated))
    return is_public_v4(embedded_v4(address, 12));
  if (is_within(address, six_to_four)) return is_public_v4(embedded_v4(address, 2));
  return std::none_of(std::begin(not_public_v6), std::end(not_public_v6),
                      [&](const auto& range) { return is_within(address, range); });
}

}  // namespace

bool is_public_address(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, address, sizeof in);
    return is_public_v4(ntohl(in.sin_addr.s_addr));
  }
  if (address->sa_family != AF_INET6) return false;
  sockaddr_in6 in{};
  std::memcpy(&in, address, sizeof in);
  v6_bytes bytes{};
  std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
  return is_public_v6(bytes);
}

bool is_public_address(std::string_view text) {
  const std::string address(text);
  in_addr v4_address{};
  if (inet_pton(AF_INET, address.c_str(), &v4_address) == 1)
    return is_public_v4(ntohl(v4_address.s_addr));
  v6_bytes bytes{};
  return inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 && is_public_v6(bytes);
}

}  // namespace postrider::actors
