#include "http/browser_guard.hpp"

#include "http/media_type.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace postrider::http {
namespace {

/// "127.0.0.1" of "127.0.0.1:8080", "::1" of "[::1]:8080".
std::string_view host_of(std::string_view authority) {
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == authority.npos) return {};
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (const auto colon = authority.find(':'); colon != authority.npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  const bool good =
      port.empty() || (port[0] == ':' && std::ranges::all_of(port.substr(1), [](char c) {
                         return c >= '0' && c <= '9';
                       }));
  return good ? host : std::string_view();
}

bool is_loopback(std::string_view text) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(text), error);
  if (error) return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6())
        .is_loopback();
  return address.is_loopback();
}

/// "http://localhost:3000"; a page without an origin of its own says "null".
bool is_origin_of_this_machine(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"})
    if (equals_ignoring_case(origin.substr(0, scheme.size()), scheme))
      return is_of_this_machine(origin.substr(scheme.size()));
  return false;
}

problem foreign(std::string what) {
  return {problem_code::forbidden,
          std::move(what) +
              "; without [auth] required = true only programs and pages of this machine are "
              "answered. Call it as http://localhost or http://127.0.0.1 with its port, or send "
              "an API key"};
}

}  // namespace

bool is_of_this_machine(std::string_view authority) {
  constexpr std::string_view local = "localhost", below = ".localhost";
  const auto host = host_of(authority);
  if (equals_ignoring_case(host, local)) return true;
  if (host.size() > below.size() &&
      equals_ignoring_case(host.substr(host.size() - below.size()), below))
    return true;
  return is_loopback(host);
}

std::optional<problem> refuse_web_page(const request& from, bool known_host) {
  if (!known_host && !from.without_host && !is_of_this_machine(from.host))
    return foreign(fmt::format("the host that it asks is \"{}\"", from.host));
  for (const auto& [name, value] : from.fields) {
    if (equals_ignoring_case(name, "Origin") && !is_origin_of_this_machine(value))
      return foreign(fmt::format("the request comes from a page of \"{}\"", value));
    if (equals_ignoring_case(name, "Sec-Fetch-Site") && equals_ignoring_case(value, "cross-site"))
      return foreign("the request comes from a page of another site");
  }
  return std::nullopt;
}

}  // namespace postrider::http
