#include "tests/support/test_rsa_key.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

namespace postrider::tests {
namespace {

struct key_deleter {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, key_deleter>;

std::string pem_of(EVP_PKEY* key) {
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PrivateKey(memory, key, nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(size));
  BIO_free(memory);
  return text;
}

}  // namespace

test_rsa_key make_rsa_key(int bits) {
  const key_ptr key(EVP_RSA_gen(static_cast<unsigned>(bits)));
  unsigned char* der = nullptr;
  const int size = i2d_PUBKEY(key.get(), &der);
  std::vector<unsigned char> text(static_cast<std::size_t>(size) * 2);
  const int written = EVP_EncodeBlock(text.data(), der, size);
  OPENSSL_free(der);
  return {pem_of(key.get()),
          "v=DKIM1; k=rsa; p=" + std::string(text.begin(), text.begin() + written)};
}

std::string elliptic_key_pem() {
  const key_ptr key(EVP_EC_gen("P-256"));
  return pem_of(key.get());
}

}  // namespace postrider::tests
