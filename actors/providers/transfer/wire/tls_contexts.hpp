#pragma once

#include <boost/asio/ssl/context.hpp>

#include <map>
#include <string>
#include <string_view>
#include <sys/stat.h>

namespace postrider::actors::wire {

/// The settings of outgoing TLS, one for each file of authorities. A file that changed is read
/// again, so that new authorities need no restart.
class tls_contexts {
 public:
  /// PEM file of the authorities to trust; empty: those of the system. Null when the file cannot be
  /// used; then `wrong` says why.
  boost::asio::ssl::context* get(const std::string& ca_file, std::string& wrong);

 private:
  struct kept {
    std::unique_ptr<boost::asio::ssl::context> context;
    timespec modified{};
    ino_t inode = 0;
  };
  std::map<std::string, kept> contexts_;
};

/// Before a handshake: the peer must have a certificate for this host, a name or an address. False
/// when that cannot be asked for; then there must be no handshake, because any host would pass.
bool expect_host(SSL* session, const std::string& host);

/// Before a handshake: the protocol that will be spoken (ALPN, RFC 7301). Servers of another one
/// refuse it, so it is named only where it is certain.
bool offer_protocol(SSL* session, std::string_view name);

}  // namespace postrider::actors::wire
