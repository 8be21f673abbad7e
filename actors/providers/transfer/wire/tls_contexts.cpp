#include "actors/providers/transfer/wire/tls_contexts.hpp"

#include <boost/asio/ip/address.hpp>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace postrider::actors::wire {
namespace {

namespace ssl = boost::asio::ssl;

std::unique_ptr<ssl::context> make_context() {
  auto made = std::make_unique<ssl::context>(ssl::context::tls_client);
  auto* context = made->native_handle();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  // An idle connection keeps no record buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  return made;
}

}  // namespace

ssl::context* tls_contexts::get(const std::string& ca_file, std::string& wrong) {
  // The system's authorities change with their folder.
  struct stat file {};
  const char* path = ca_file.empty() ? X509_get_default_cert_dir() : ca_file.c_str();
  if (::stat(path, &file) != 0 && !ca_file.empty()) {
    wrong = "cannot read the authorities in " + ca_file;
    return nullptr;
  }
  auto& known = contexts_[ca_file];
  const bool changed = known.modified.tv_sec != file.st_mtim.tv_sec ||
                       known.modified.tv_nsec != file.st_mtim.tv_nsec || known.inode != file.st_ino;
  if (known.context && !changed) return known.context.get();
  auto made = make_context();
  boost::system::error_code error;
  if (ca_file.empty()) {
    made->set_default_verify_paths(error);
  } else {
    made->load_verify_file(ca_file, error);
  }
  if (error) {
    wrong = "cannot use the authorities in " + (ca_file.empty() ? "the system's files" : ca_file) +
            ": " + error.message();
    return nullptr;
  }
  known = {std::move(made), file.st_mtim, file.st_ino};
  return known.context.get();
}

bool expect_host(SSL* session, const std::string& host) {
  boost::system::error_code is_name;
  // The interface after an address (fe80::1%eth0) is this machine's matter; no certificate has it.
  const auto address = host.substr(0, host.find('%'));
  boost::asio::ip::make_address(address, is_name);
  if (!is_name) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), address.c_str()) == 1;
  // "example.org." is the same host; no certificate has its last dot.
  const auto name = host.ends_with('.') ? host.substr(0, host.size() - 1) : host;
  // OpenSSL takes an empty name for: any.
  if (name.empty()) return false;
  SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  return SSL_set1_host(session, name.c_str()) == 1 &&
         SSL_set_tlsext_host_name(session, name.c_str()) == 1;
}

bool offer_protocol(SSL* session, std::string_view name) {
  std::basic_string<unsigned char> list(1, static_cast<unsigned char>(name.size()));
  list.append(name.begin(), name.end());
  // Unlike most functions of OpenSSL this one gives 0 when it worked.
  return SSL_set_alpn_protos(session, list.data(), static_cast<unsigned>(list.size())) == 0;
}

}  // namespace postrider::actors::wire
