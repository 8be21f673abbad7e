#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace postrider::actors::wire {

/// A URL of a server, taken apart as a call needs it.
struct target_url {
  bool tls = false;
  /// In lower case; a name in ASCII ("xn--bcher-kva.example"), IPv4 in its usual form (0x7f.1 is
  /// 127.0.0.1), IPv6 without brackets.
  std::string host;
  std::uint16_t port = 80;
  /// Path and query, for the request line. Bytes beyond ASCII are escaped; the fragment is gone.
  std::string target;
  /// "user:password", without its escapes; empty where the URL has none.
  std::string credentials;

  /// "example.org:8080" or "[::1]:8080".
  std::string authority() const;
  /// The same; without the port where it is the scheme's own (RFC 9110, 4.2).
  std::string host_header() const;
};

/// Nothing when it is no URL with http or https, or has a space or a control character.
std::optional<target_url> parse_http_url(std::string_view text);

/// The same for smtp and smtps.
std::optional<target_url> parse_smtp_url(std::string_view text);

}  // namespace postrider::actors::wire
