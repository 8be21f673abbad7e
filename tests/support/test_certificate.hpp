#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace postrider::tests {

struct tls_context_deleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

/// A certificate for 127.0.0.1 that nobody but itself has signed, and a server's TLS with it.
class test_certificate {
 public:
  test_certificate();
  ~test_certificate();
  test_certificate(const test_certificate&) = delete;
  test_certificate& operator=(const test_certificate&) = delete;

  SSL_CTX* server() const { return context_.get(); }
  /// A PEM file with the certificate, for those who shall trust it.
  const std::string& file() const { return file_; }

 private:
  std::unique_ptr<SSL_CTX, tls_context_deleter> context_;
  std::string file_;
};

}  // namespace postrider::tests
