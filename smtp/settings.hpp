#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace postrider::smtp {

/// RFC 5321, 4.5.3.1.8: a server takes at least these.
inline constexpr std::size_t max_recipients = 100;

/// The bounds of the SMTP front; docs/reference/configuration.md lists their keys.
struct smtp_settings {
  /// "127.0.0.1:2525" or "[::1]:2525"; port 0 takes a free one. With a certificate clients can
  /// begin TLS there (STARTTLS).
  std::vector<std::string> listen;
  /// The same, where connections begin with TLS (RFC 8314).
  std::vector<std::string> tls_listen;
  /// PEM files; empty: no TLS.
  std::string tls_certificate, tls_key;
  /// Networks, "10.0.0.0/8", whose clients need no key.
  std::vector<std::string> allow;
  /// A Unix socket for all users of this machine; empty: none.
  std::string local_socket;
  /// Its users, as a file's mode.
  unsigned socket_mode = 0666;
  /// The source of all mail that comes by the local socket.
  std::string local_source;
  /// The source of mail to postmaster; empty: there is none.
  std::string postmaster;
  /// The name that the server gives itself; empty: the machine's.
  std::string hostname;
  /// The largest mail.
  std::size_t max_size = 8 * 1024 * 1024;
  /// Bytes of all mails that are being received or stored.
  std::size_t max_held = 128 * 1024 * 1024;
  std::int32_t threads = 1;
  std::int32_t max_connections = 200;
  std::int32_t max_connections_per_address = 100;
  /// Between two commands, or two parts of a mail.
  std::chrono::milliseconds idle_timeout{300'000};
  /// From MAIL to the end of the mail.
  std::chrono::milliseconds transaction_timeout{600'000};
  /// From the end of the mail to the answer.
  std::chrono::milliseconds store_timeout{35'000};
  /// Requests without an API key are refused; without that those of this machine need none.
  bool keys_required = false;

  bool wanted() const { return !listen.empty() || !tls_listen.empty() || !local_socket.empty(); }
};

}  // namespace postrider::smtp
