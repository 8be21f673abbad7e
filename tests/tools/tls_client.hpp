#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace postrider::tests {

// A fresh self-signed certificate for localhost and its key, in files that go with it.
class test_certificate {
 public:
  test_certificate();
  ~test_certificate();
  test_certificate(const test_certificate&) = delete;
  test_certificate& operator=(const test_certificate&) = delete;

  const std::string& certificate_file() const { return certificate_; }
  const std::string& key_file() const { return key_; }

 private:
  std::string certificate_, key_;
};

// A connection to a port on loopback that can change to TLS. Every wait ends after ten seconds,
// with an exception.
class tls_client {
 public:
  explicit tls_client(unsigned short port);

  void send(std::string_view text);
  std::string read_line();   // without its CRLF
  std::string read_reply();  // SMTP's lines up to the one with a space after the code
  // Takes only this certificate.
  void start_tls(const std::string& certificate_file);

 private:
  void wait(const bool& done);

  boost::asio::io_context io_;
  boost::asio::ssl::context context_{boost::asio::ssl::context::tls_client};
  boost::asio::ip::tcp::socket socket_{io_};
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  std::string text_;
};

}  // namespace postrider::tests
