#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/// Witness: OpenSSL's server, with certificates of its own making.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* value) const {
    Free(value);
  }
};
using tls_context = std::unique_ptr<SSL_CTX, freed_by<SSL_CTX_free>>;

/// A server with a certificate for 127.0.0.1 that nobody but itself has signed.
tls_context self_signed() {
  const std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>> key(EVP_EC_gen("P-256"));
  const std::unique_ptr<X509, freed_by<X509_free>> certificate(X509_new());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  auto* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  tls_context context(SSL_CTX_new(TLS_server_method()));
  BOOST_TEST_REQUIRE(SSL_CTX_use_certificate(context.get(), certificate.get()) == 1);
  BOOST_TEST_REQUIRE(SSL_CTX_use_PrivateKey(context.get(), key.get()) == 1);
  return context;
}

BOOST_FIXTURE_TEST_SUITE(http_transfer_tls, engine_fixture)

BOOST_AUTO_TEST_CASE(a_certificate_that_nobody_vouches_for_ends_the_handshake_before_the_request) {
  const auto context = self_signed();
  std::string decrypted;
  const transfer_peer peer([&](connection& client) {
    const std::unique_ptr<SSL, freed_by<SSL_free>> tls(SSL_new(context.get()));
    SSL_set_fd(tls.get(), client.socket());
    if (SSL_accept(tls.get()) != 1) return;
    char bytes[4096];
    const int size = SSL_read(tls.get(), bytes, sizeof bytes);
    if (size > 0) decrypted.assign(bytes, static_cast<std::size_t>(size));
  });
  BOOST_TEST(ending_of(post_to(peer.https_url())) == "tls in the TLS handshake");
  BOOST_TEST_REQUIRE(peer.wait_for_closed(1));
  BOOST_TEST(decrypted == "");
}

BOOST_AUTO_TEST_CASE(a_peer_that_does_not_speak_tls_is_not_sent_the_request) {
  const transfer_peer peer([](connection& client) {
    client.read_bytes(5);
    client.send(http_reply(400, "this is no TLS port"));
    client.finish();
  });
  BOOST_TEST(ending_of(post_to(peer.https_url())) == "tls in the TLS handshake");
}

BOOST_AUTO_TEST_CASE(a_handshake_that_is_cut_off_is_not_a_request) {
  for (auto end : {&connection::close, &connection::reset}) {
    const transfer_peer peer([end](connection& client) {
      client.read_bytes(5);
      (client.*end)();
    });
    BOOST_TEST(ending_of(post_to(peer.https_url())) == "tls in the TLS handshake");
  }
}

BOOST_AUTO_TEST_CASE(a_handshake_that_is_not_answered_times_out) {
  const transfer_peer peer([](connection& client) { client.hold(); });
  auto request = post_to(peer.https_url());
  request.connect_timeout = 300ms;
  BOOST_TEST(ending_of(request) == "timeout in the TLS handshake");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
