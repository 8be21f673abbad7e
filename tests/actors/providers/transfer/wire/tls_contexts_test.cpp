#include "actors/providers/transfer/wire/tls_contexts.hpp"

#include <boost/test/unit_test.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>

namespace postrider::actors::wire {
namespace {

struct free_session {
  void operator()(SSL* session) const { SSL_free(session); }
};

struct session_fixture {
  tls_contexts contexts;
  std::string wrong;
  std::unique_ptr<SSL, free_session> session{SSL_new(contexts.get({}, wrong)->native_handle())};
  X509_VERIFY_PARAM* expected() { return SSL_get0_param(session.get()); }
};

BOOST_FIXTURE_TEST_SUITE(wire_tls_contexts, session_fixture)

BOOST_AUTO_TEST_CASE(a_name_is_expected_and_named_without_its_last_dot) {
  BOOST_TEST(expect_host(session.get(), "example.org."));
  BOOST_TEST(X509_VERIFY_PARAM_get0_host(expected(), 0) == std::string("example.org"));
  BOOST_TEST(SSL_get_servername(session.get(), TLSEXT_NAMETYPE_host_name) ==
             std::string("example.org"));
}

BOOST_AUTO_TEST_CASE(an_address_is_expected_as_one_and_not_named) {
  const std::pair<const char*, const char*> rows[]{
      {"127.0.0.1", "127.0.0.1"}, {"::1", "0:0:0:0:0:0:0:1"}, {"fe80::1%lo", "FE80:0:0:0:0:0:0:1"}};
  for (const auto& [host, address] : rows) {
    BOOST_TEST_CONTEXT(host) {
      BOOST_TEST(expect_host(session.get(), host));
      const std::unique_ptr<char, void (*)(char*)> text(X509_VERIFY_PARAM_get1_ip_asc(expected()),
                                                        [](char* each) { OPENSSL_free(each); });
      BOOST_TEST_REQUIRE(text);
      BOOST_CHECK_EQUAL_COLLECTIONS(text.get(), text.get() + std::string_view(text.get()).size(),
                                    address, address + std::string_view(address).size());
      BOOST_TEST(SSL_get_servername(session.get(), TLSEXT_NAMETYPE_host_name) == nullptr);
    }
  }
}

/// OpenSSL would take any certificate for it.
BOOST_AUTO_TEST_CASE(a_host_without_a_name_cannot_be_expected) {
  BOOST_TEST(!expect_host(session.get(), "."));
  BOOST_TEST(!expect_host(session.get(), ""));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors::wire
