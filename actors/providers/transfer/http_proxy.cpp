#include "actors/providers/transfer/http_proxy.hpp"

#include "actors/providers/transfer/public_address.hpp"
#include "base/ascii.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>

namespace postrider::actors {
namespace {

constexpr std::string_view separators = ", \t";

/// The next entry, taken from the front; empty at the end.
std::string_view next_entry(std::string_view& list) {
  list.remove_prefix(std::min(list.find_first_not_of(separators), list.size()));
  const auto entry = list.substr(0, list.find_first_of(separators));
  list.remove_prefix(entry.size());
  return entry;
}

using ascii::lower;

bool same_name(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// An IPv4 or IPv6 address, or the network of its first `prefix` bits.
struct network {
  std::array<std::uint8_t, 16> bytes{};
  unsigned bits = 0;  ///< length of an address: 32 or 128
  unsigned prefix = 0;

  bool holds(const network& address) const {
    if (bits != address.bits) return false;
    for (unsigned bit = 0; bit < prefix; ++bit)
      if (((bytes[bit / 8] ^ address.bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0) return false;
    return true;
  }
};

std::optional<network> address_of(std::string_view text) {
  const std::string zero_ended(text);
  network found;
  if (::inet_pton(AF_INET, zero_ended.c_str(), found.bytes.data()) == 1) found.bits = 32;
  else if (::inet_pton(AF_INET6, zero_ended.c_str(), found.bytes.data()) == 1) found.bits = 128;
  else return std::nullopt;
  found.prefix = found.bits;
  return found;
}

/// "10.0.0.0/8"; an address alone is a network of one.
std::optional<network> network_of(std::string_view text) {
  const auto slash = text.find('/');
  auto found = address_of(text.substr(0, slash));
  if (!found || slash == text.npos) return found;
  const auto digits = text.substr(slash + 1);
  const auto [end, wrong] =
      std::from_chars(digits.data(), digits.data() + digits.size(), found->prefix);
  if (wrong != std::errc() || end != digits.data() + digits.size() || found->prefix > found->bits)
    return std::nullopt;
  return found;
}

/// The same name, or one below it.
bool is_at_or_below(std::string_view host, std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < name.size() || !same_name(host.substr(host.size() - name.size()), name))
    return false;
  return host.size() == name.size() || host[host.size() - name.size() - 1] == '.';
}

bool is_name(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

bool fits(std::string_view host, const std::optional<network>& address, std::string_view entry) {
  if (entry == "*") return true;
  if (!address) return is_at_or_below(host, entry);
  const auto net = network_of(entry);
  return net && net->holds(*address);
}

}  // namespace

bool goes_direct(std::string_view host, std::string_view no_proxy) {
  const auto address = address_of(host);
  for (auto entry = next_entry(no_proxy); !entry.empty(); entry = next_entry(no_proxy))
    if (fits(host, address, entry)) return true;
  return false;
}

std::string_view wrong_no_proxy_entry(std::string_view no_proxy) {
  for (auto entry = next_entry(no_proxy); !entry.empty(); entry = next_entry(no_proxy))
    if (entry != "*" && !network_of(entry) && !is_name(entry)) return entry;
  return {};
}

bool may_be_public(std::string_view host) {
  if (address_of(host)) return is_public_address(host);
  return !is_at_or_below(host, "localhost");
}

}  // namespace postrider::actors
