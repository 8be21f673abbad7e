#include "tests/tools/tls_client.hpp"

#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <unistd.h>

namespace postrider::tests {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* which) const {
    Free(which);
  }
};

template <class Write>
void write_file(const std::string& path, Write write) {
  const std::unique_ptr<std::FILE, freed<std::fclose>> file(std::fopen(path.c_str(), "w"));
  if (!file || write(file.get()) != 1) throw std::runtime_error("cannot write " + path);
}

}  // namespace

test_certificate::test_certificate() {
  const std::string base = "/tmp/postrider-tls-" + std::to_string(::getpid());
  certificate_ = base + ".crt";
  key_ = base + ".key";
  const std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, freed<X509_free>> made(X509_new());
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_NAME* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  X509_set_pubkey(made.get(), key.get());
  if (X509_sign(made.get(), key.get(), EVP_sha256()) == 0)
    throw std::runtime_error("cannot sign a certificate");
  write_file(certificate_, [&](std::FILE* f) { return PEM_write_X509(f, made.get()); });
  write_file(key_, [&](std::FILE* f) {
    return PEM_write_PrivateKey(f, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
}

test_certificate::~test_certificate() {
  std::remove(certificate_.c_str());
  std::remove(key_.c_str());
}

tls_client::tls_client(unsigned short port) {
  socket_.connect({asio::ip::address_v4::loopback(), port});
}

void tls_client::wait(const bool& done) {
  io_.restart();
  io_.run_for(std::chrono::seconds(10));
  if (!done) throw std::runtime_error("nothing came in time");
}

void tls_client::send(std::string_view text) {
  if (tls_) asio::write(*tls_, asio::buffer(text));
  else asio::write(socket_, asio::buffer(text));
}

std::string tls_client::read_line() {
  bool done = false;
  const auto on_read = [&](error_code ec, std::size_t) { done = !ec; };
  if (tls_) asio::async_read_until(*tls_, asio::dynamic_buffer(text_), "\r\n", on_read);
  else asio::async_read_until(socket_, asio::dynamic_buffer(text_), "\r\n", on_read);
  wait(done);
  const std::size_t end = text_.find("\r\n");
  const std::string line = text_.substr(0, end);
  text_.erase(0, end + 2);
  return line;
}

std::string tls_client::read_reply() {
  std::string all;
  for (;;) {
    const std::string line = read_line();
    all += line + "\r\n";
    if (line.size() < 4 || line[3] != '-') return all;
  }
}

void tls_client::start_tls(const std::string& certificate_file) {
  context_.set_verify_mode(asio::ssl::verify_peer);
  context_.load_verify_file(certificate_file);
  tls_.emplace(socket_, context_);
  bool done = false;
  tls_->async_handshake(asio::ssl::stream_base::client, [&](error_code ec) { done = !ec; });
  wait(done);
}

}  // namespace postrider::tests
