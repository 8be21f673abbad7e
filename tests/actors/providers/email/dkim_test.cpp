#include "actors/providers/email/dkim.hpp"

#include "tests/support/test_rsa_key.hpp"

#include <boost/test/unit_test.hpp>

#include <cstring>

/// The header is for C, where bool has this name.
using _Bool = bool;
extern "C" {
#include <opendkim/dkim.h>
}

/// Witness: OpenDKIM's library, which verifies what is signed here; RFC 6376 (3.5).
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

const tests::test_rsa_key& key() {
  static const auto made = tests::make_rsa_key();
  return made;
}

dkim_settings good_settings() { return {"example.org", "postrider", key().pem}; }

constexpr persistence::time_point then{1'763'869'200s};

const std::string message =
    "From: Postrider <postrider@example.org>\r\n"
    "To: ann@example.com\r\n"
    "Subject: a subject\r\n"
    " that is folded\r\n"
    "Date: Sun, 23 Nov 2025 03:40:00 +0000\r\n"
    "\r\n"
    "hello  \r\n"
    ".\r\n"
    "\r\n"
    "world\r\n";

std::string asked_for;

/// In place of the DNS.
DKIM_CBSTAT look_up(DKIM*, DKIM_SIGINFO* signature, unsigned char* out, size_t size) {
  asked_for = std::string(reinterpret_cast<const char*>(dkim_sig_getselector(signature))) +
              "._domainkey." + reinterpret_cast<const char*>(dkim_sig_getdomain(signature));
  if (key().record.size() >= size) return DKIM_CBSTAT_ERROR;
  std::memcpy(out, key().record.c_str(), key().record.size() + 1);
  return DKIM_CBSTAT_CONTINUE;
}

/// Whether OpenDKIM's own verifier takes the signature.
bool is_valid(const std::string& signed_message) {
  auto* library = dkim_init(nullptr, nullptr);
  dkim_set_key_lookup(library, look_up);
  DKIM_STAT status = DKIM_STAT_OK;
  auto* handle =
      dkim_verify(library, reinterpret_cast<const unsigned char*>("test"), nullptr, &status);
  std::string all = signed_message;
  auto* bytes = reinterpret_cast<unsigned char*>(all.data());
  bool valid = dkim_chunk(handle, bytes, all.size()) == DKIM_STAT_OK &&
               dkim_chunk(handle, nullptr, 0) == DKIM_STAT_OK &&
               dkim_eom(handle, nullptr) == DKIM_STAT_OK;
  auto* signature = dkim_getsignature(handle);
  valid = valid && signature && (dkim_sig_getflags(signature) & DKIM_SIGFLAG_PASSED) != 0 &&
          dkim_sig_getbh(signature) == DKIM_SIGBH_MATCH;
  dkim_free(handle);
  dkim_close(library);
  return valid;
}

BOOST_AUTO_TEST_SUITE(dkim)

BOOST_AUTO_TEST_CASE(a_signed_message_verifies) {
  const auto made = dkim_signed(message, good_settings(), then);
  BOOST_TEST_REQUIRE(made.has_value());
  BOOST_TEST(made->ends_with("\r\n" + message));
  BOOST_TEST(is_valid(*made));
  BOOST_TEST(asked_for == "postrider._domainkey.example.org");
}

BOOST_AUTO_TEST_CASE(the_signature_says_how_it_was_made) {
  const auto made = *dkim_signed(message, good_settings(), then);
  const auto header = made.substr(0, made.size() - message.size());
  BOOST_TEST(header.starts_with("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;"));
  for (const auto* tag : {"d=example.org;", "s=postrider;", "t=1763869200;"})
    BOOST_TEST(header.find(tag) != header.npos, tag);
  for (std::size_t at = 0; at < header.size(); ++at) {
    if (header[at] == '\n') BOOST_TEST(header[at - 1] == '\r');
    if (header[at] == '\r') BOOST_TEST(header[at + 1] == '\n');
  }
}

BOOST_AUTO_TEST_CASE(the_same_message_gets_the_same_signature) {
  BOOST_TEST(*dkim_signed(message, good_settings(), then) ==
             *dkim_signed(message, good_settings(), then + 1us));
  BOOST_TEST(*dkim_signed(message, good_settings(), then) !=
             *dkim_signed(message, good_settings(), then + 1s));
}

BOOST_AUTO_TEST_CASE(what_is_changed_on_the_way_no_longer_verifies) {
  const auto made = *dkim_signed(message, good_settings(), then);
  const auto changed = [&](std::string_view from, std::string_view to) {
    auto other = made;
    other.replace(other.rfind(from), from.size(), to);
    return other;
  };
  BOOST_TEST(!is_valid(changed("world", "World")));
  BOOST_TEST(!is_valid(changed("a subject", "another subject")));
  BOOST_TEST(!is_valid(changed("To: ann", "To: bob")));
  BOOST_TEST(!is_valid(changed("To: ann", "From: evil@example.net\r\nTo: ann")));
  // Relaxed: blanks do not count.
  BOOST_TEST(is_valid(changed("hello  \r\n", "hello\r\n")));
  BOOST_TEST(is_valid(changed("Subject: a", "subject:  a")));
}

BOOST_AUTO_TEST_CASE(an_empty_text_can_be_signed) {
  const auto made = dkim_signed("From: a@example.org\r\n\r\n", good_settings(), then);
  BOOST_TEST_REQUIRE(made.has_value());
  BOOST_TEST(is_valid(*made));
}

BOOST_AUTO_TEST_CASE(a_key_that_cannot_sign_is_told_without_showing_it) {
  for (const auto& pem : {std::string("secret nonsense"), std::string(), tests::elliptic_key_pem(),
                          key().pem.substr(0, key().pem.size() / 2)}) {
    auto settings = good_settings();
    settings.key = pem;
    const auto made = dkim_signed(message, settings, then);
    BOOST_TEST(made.has_error());
    if (made.has_error() && !pem.empty())
      BOOST_TEST(made.error().find(pem.substr(0, 20)) == std::string::npos);
  }
  BOOST_TEST(dkim_signed("no headers", good_settings(), then).has_error());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
