#include "tests/support/test_certificate.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <unistd.h>

namespace postrider::tests {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;

certificate_ptr self_signed(EVP_PKEY* key) {
  certificate_ptr made(X509_new());
  X509_set_version(made.get(), X509_VERSION_3);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key);
  auto* name = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("postrider test"), -1, -1, 0);
  X509_set_issuer_name(made.get(), name);
  const std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>> host(
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"));
  X509_add_ext(made.get(), host.get(), -1);
  X509_sign(made.get(), key, EVP_sha256());
  return made;
}

}  // namespace

test_certificate::test_certificate() : context_(SSL_CTX_new(TLS_server_method())) {
  const key_ptr key(EVP_EC_gen("P-256"));
  const auto certificate = self_signed(key.get());
  if (SSL_CTX_use_certificate(context_.get(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context_.get(), key.get()) != 1)
    throw std::runtime_error("cannot make a certificate");
  auto path = (std::filesystem::temp_directory_path() / "postrider-ca-XXXXXX").string();
  const int descriptor = ::mkstemp(path.data());
  auto* file = descriptor < 0 ? nullptr : ::fdopen(descriptor, "w");
  if (!file) throw std::runtime_error("cannot make " + path);
  PEM_write_X509(file, certificate.get());
  std::fclose(file);
  file_ = path;
}

test_certificate::~test_certificate() { ::unlink(file_.c_str()); }

}  // namespace postrider::tests
