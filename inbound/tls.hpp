#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace postrider::inbound {

/// PEM files: the chain with the server's own certificate first, and its key.
struct tls_files {
  std::string certificate, key;

  bool wanted() const { return !certificate.empty(); }
};

/// Both empty: the server speaks plainly.
struct tls_in_force {
  std::string certificate;
  /// "2027-01-31"
  std::string last_day;
};

using tls_context = std::shared_ptr<boost::asio::ssl::context>;

/// The protocol over TLS. Clients of HTTP say which they speak (ALPN, RFC 7301), those of SMTP
/// do not.
enum class tls_protocol : std::uint8_t { http_1_1, smtp };

/// A server's TLS: 1.2 and later, forward secrecy, AEAD ciphers only. The error is a sentence for
/// the operator that names the file.
boost::system::result<tls_context, std::string> load_tls(const tls_files& files,
                                                         tls_protocol speaks);

/// When the certificate in force ends: "2027-01-31", for the log.
std::string last_day(const tls_context& context);

/// The context that new connections take. A renewed certificate comes into force for them, while
/// those that are open go on with the one they began with. For any thread.
class tls_slot {
 public:
  tls_context get() const {
    const std::lock_guard lock(mutex_);
    return current_;
  }
  void put(tls_context next) {
    const std::lock_guard lock(mutex_);
    current_.swap(next);
  }

 private:
  mutable std::mutex mutex_;
  tls_context current_;
};

}  // namespace postrider::inbound
