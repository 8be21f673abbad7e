#include "inbound/endpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace postrider::inbound {

std::optional<tcp::endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  boost::system::error_code error;
  const auto address = net::ip::make_address(std::string(host), error);
  if (error || wrong != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return tcp::endpoint(address, port);
}

std::string to_text(const tcp::endpoint& where) {
  return where.address().is_v6() ? fmt::format("[{}]:{}", where.address().to_string(), where.port())
                                 : fmt::format("{}:{}", where.address().to_string(), where.port());
}

tcp::endpoint to_tcp(const stream::endpoint& from) {
  tcp::endpoint where;
  std::memcpy(where.data(), from.data(), std::min(from.size(), where.capacity()));
  return where;
}

}  // namespace postrider::inbound
