#include "inbound/tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace postrider::inbound {
namespace {

/// Mozilla's "intermediate" without DHE: what every client of the last ten years has in common with
/// what nobody has broken. TLS 1.3 has no others.
constexpr const char* ciphers_of_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* curves = "X25519:P-256:P-384";

/// With its length before it, as ALPN (RFC 7301) has it.
constexpr std::string_view http_1_1 = "\x08http/1.1";

/// The reason of the newest OpenSSL error; the rest of the queue must not be taken for a later one.
std::string reason() {
  const auto code = ERR_peek_last_error();
  const char* text = ERR_reason_error_string(code);
  std::string found = ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code))
                      : text == nullptr      ? "an unknown error"
                                             : text;
  ERR_clear_error();
  return found;
}

/// A key that asks for a passphrase would wait at a terminal that nobody looks at.
int no_passphrase(char*, int, int, void*) { return 0; }

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size,
                    const unsigned char* offered, unsigned offered_size, void*) {
  unsigned char* found = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(http_1_1.data());
  // A client that speaks other protocols only was sent here by somebody else (ALPACA).
  if (SSL_select_next_proto(&found, size, ours, static_cast<unsigned>(http_1_1.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

std::string wrong_file(const char* key, const std::string& path, std::string_view why) {
  return fmt::format("{} {}: {}", key, path, why);
}

/// A mistake when a file is not there, or when others could read it.
std::string check_file(const char* key, const std::string& path, bool secret) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0 || ::access(path.c_str(), R_OK) != 0)
    return wrong_file(key, path, std::strerror(errno));
  if (!S_ISREG(about.st_mode)) return wrong_file(key, path, "this is not a regular file");
  if (secret && (about.st_mode & S_IRWXO) != 0)
    return wrong_file(key, path,
                      fmt::format("every user can read it (mode {:04o}): run chmod o= {}",
                                  static_cast<unsigned>(about.st_mode & 07777), path));
  return {};
}

void configure(SSL_CTX* context, tls_protocol speaks) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                   SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_cipher_list(context, ciphers_of_1_2);
  SSL_CTX_set1_groups_list(context, curves);
  // Tickets bring a client back without the server remembering it.
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  // An idle connection keeps no record buffers.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);
  if (speaks == tls_protocol::http_1_1)
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

std::string use_certificate(SSL_CTX* context, const std::string& path) {
  if (auto wrong = check_file("tls_certificate", path, false); !wrong.empty()) return wrong;
  if (SSL_CTX_use_certificate_chain_file(context, path.c_str()) != 1)
    return wrong_file("tls_certificate", path,
                      fmt::format("this is no certificate in PEM ({})", reason()));
  const auto* certificate = SSL_CTX_get0_certificate(context);
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) < 0)
    return wrong_file("tls_certificate", path, "this certificate has ended");
  return {};
}

std::string use_key(SSL_CTX* context, const tls_files& files) {
  if (auto wrong = check_file("tls_key", files.key, true); !wrong.empty()) return wrong;
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) == 1) return {};
  // With another certificate's key OpenSSL refuses the key and says so; that deserves a sentence.
  const bool other = ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_VALUES_MISMATCH ||
                     ERR_GET_REASON(ERR_peek_last_error()) == X509_R_KEY_TYPE_MISMATCH;
  const auto why = reason();
  return wrong_file("tls_key", files.key,
                    other ? fmt::format("this is not the key of {}", files.certificate)
                          : fmt::format("this is no key in PEM without a passphrase ({})", why));
}

/// The mistake in either of them.
std::string load_files(SSL_CTX* context, const tls_files& files) {
  auto wrong = use_certificate(context, files.certificate);
  const auto with_key = use_key(context, files);
  if (!wrong.empty() && !with_key.empty()) wrong += "; ";
  return wrong + with_key;
}

}  // namespace

boost::system::result<tls_context, std::string> load_tls(const tls_files& files,
                                                         tls_protocol speaks) {
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  ERR_clear_error();
  configure(context->native_handle(), speaks);
  if (auto wrong = load_files(context->native_handle(), files); !wrong.empty()) return wrong;
  return context;
}

std::string last_day(const tls_context& context) {
  const auto* certificate = SSL_CTX_get0_certificate(context->native_handle());
  std::tm day{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &day) != 1) return "an unknown day";
  return fmt::format("{:04}-{:02}-{:02}", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday);
}

}  // namespace postrider::inbound
