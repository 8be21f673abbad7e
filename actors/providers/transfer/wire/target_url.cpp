#include "actors/providers/transfer/wire/target_url.hpp"

#include "actors/rules/domain_names.hpp"
#include "base/ascii.hpp"
#include "base/percent.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>

namespace postrider::actors::wire {
namespace {

bool is_space_or_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte <= ' ' || byte == 0x7f;
}

bool is_of_a_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

/// A protocol's two schemes, without TLS and with it from the first byte.
struct scheme_pair {
  std::string_view plain, tls;
  std::uint16_t plain_port, tls_port;
};
constexpr scheme_pair of_http{"http", "https", 80, 443};
constexpr scheme_pair of_smtp{"smtp", "smtps", 25, 465};

/// Takes "scheme://" from the front, and says whether it is the one with TLS.
std::optional<bool> take_scheme(std::string_view& text, const scheme_pair& schemes) {
  const auto end = text.find("://");
  if (end == text.npos) return std::nullopt;
  const auto scheme = ascii::lower_case(text.substr(0, end));
  text.remove_prefix(end + 3);
  if (scheme == schemes.tls) return true;
  if (scheme == schemes.plain) return false;
  return std::nullopt;
}

std::optional<std::string> ipv6_host(std::string_view text) {
  std::array<unsigned char, 16> bytes{};
  const std::string address = ascii::lower_case(text);
  // An interface may be named after it: fe80::1%eth0, where a URL has %25.
  const auto zone = address.find('%');
  if (::inet_pton(AF_INET6, address.substr(0, zone).c_str(), bytes.data()) != 1)
    return std::nullopt;
  if (zone == address.npos) return address;
  const auto name = percent_decoded(address.substr(zone));
  return address.substr(0, zone) + '%' + (name ? *name : address.substr(zone + 1));
}

/// A name, or one of the forms of an IPv4 address, which must not pass for a name.
std::optional<std::string> name_or_ipv4(std::string_view text) {
  auto name = ascii_domain(text);
  if (!name || name->empty() || !std::ranges::all_of(*name, is_of_a_name)) return std::nullopt;
  in_addr address{};
  if (::inet_aton(name->c_str(), &address) == 0) return name;
  std::array<char, INET_ADDRSTRLEN> usual{};
  return ::inet_ntop(AF_INET, &address, usual.data(), usual.size());
}

/// ":8080"; empty and ":" leave the scheme's.
bool take_port(std::string_view text, std::uint16_t& port) {
  if (text.empty() || text == ":") return true;
  if (text.front() != ':') return false;
  text.remove_prefix(1);
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), port);
  return wrong == std::errc() && end == text.data() + text.size() && port != 0;
}

bool take_host_and_port(std::string_view text, target_url& url) {
  std::optional<std::string> host;
  std::size_t end = 0;
  if (text.starts_with('[')) {
    end = text.find(']');
    if (end == text.npos) return false;
    host = ipv6_host(text.substr(1, end - 1));
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
    host = name_or_ipv4(text.substr(0, end));
  }
  if (!host) return false;
  url.host = *host;
  return take_port(text.substr(end), url.port);
}

/// The path and query of a request line (RFC 9112, 3.2.1).
std::string request_target(std::string_view text) {
  text = text.substr(0, text.find('#'));
  std::string target;
  target.reserve(text.size() + 1);
  if (!text.starts_with('/')) target = '/';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x80) target += c;
    else target += percent_encoded(std::string_view(&c, 1));
  }
  return target;
}

std::optional<target_url> parse(std::string_view text, const scheme_pair& schemes) {
  if (std::ranges::any_of(text, is_space_or_control)) return std::nullopt;
  const auto tls = take_scheme(text, schemes);
  if (!tls) return std::nullopt;
  target_url url;
  url.tls = *tls;
  url.port = *tls ? schemes.tls_port : schemes.plain_port;
  const auto end = std::min(text.find_first_of("/?#"), text.size());
  auto authority = text.substr(0, end);
  if (const auto at = authority.rfind('@'); at != authority.npos) {
    const auto credentials = percent_decoded(authority.substr(0, at));
    if (!credentials) return std::nullopt;
    url.credentials = *credentials;
    authority.remove_prefix(at + 1);
  }
  if (!take_host_and_port(authority, url)) return std::nullopt;
  url.target = request_target(text.substr(end));
  return url;
}

}  // namespace

std::string target_url::authority() const {
  const bool v6 = host.find(':') != host.npos;
  return (v6 ? '[' + host + ']' : host) + ':' + std::to_string(port);
}

std::string target_url::host_header() const {
  auto both = authority();
  if (port == (tls ? 443 : 80)) both.resize(both.rfind(':'));
  return both;
}

std::optional<target_url> parse_http_url(std::string_view text) { return parse(text, of_http); }

std::optional<target_url> parse_smtp_url(std::string_view text) { return parse(text, of_smtp); }

}  // namespace postrider::actors::wire
