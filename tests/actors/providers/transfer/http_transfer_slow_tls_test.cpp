#include "tests/actors/providers/engine_fixture.hpp"
#include "tests/support/test_certificate.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <functional>
#include <semaphore>
#include <thread>

/// Witness: OpenSSL's server, whose bytes come one by one.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

/// A server's TLS whose records are carried by hand, one byte at a time.
class carried_tls {
 public:
  struct carrier {
    std::function<bool(char&)> read;
    std::function<void(std::string_view)> write;
  };

  carried_tls(SSL_CTX* context, carrier below) : tls_(SSL_new(context)), below_(std::move(below)) {
    SSL_set_bio(tls_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(tls_);
  }
  carried_tls(SSL_CTX* context, connection& client, std::chrono::microseconds pause)
      : carried_tls(context, {[&client](char& byte) {
                                const auto read = client.read_bytes(1);
                                if (read.size() == 1) byte = read.front();
                                return read.size() == 1;
                              },
                              [&client, pause](std::string_view bytes) {
                                if (pause == 0us) return client.send(bytes);
                                for (const char& byte : bytes) {
                                  client.send({&byte, 1});
                                  std::this_thread::sleep_for(pause);
                                }
                              }}) {}
  ~carried_tls() { SSL_free(tls_); }
  carried_tls(const carried_tls&) = delete;
  carried_tls& operator=(const carried_tls&) = delete;

  bool shake_hands() {
    while (SSL_do_handshake(tls_) != 1) {
      send_records();
      if (!take_records()) return false;
    }
    send_records();
    return true;
  }
  /// As much as came in one record, or `most` bytes.
  std::string read(std::size_t most = 16384) {
    std::string bytes(most, '\0');
    int size = 0;
    while ((size = SSL_read(tls_, bytes.data(), static_cast<int>(most))) <= 0)
      if (!take_records()) return {};
    bytes.resize(static_cast<std::size_t>(size));
    return bytes;
  }
  void write(std::string_view text) { write_together({text}); }
  /// Each in a record of its own, all at once.
  void write_together(std::initializer_list<std::string_view> texts) {
    for (const auto text : texts)
      SSL_write(tls_, text.data(), static_cast<int>(text.size()));
    send_records();
  }
  /// Says that nothing was cut off.
  void say_goodbye() {
    SSL_shutdown(tls_);
    send_records();
  }
  /// The carrier of a TLS session within this one.
  carrier within() {
    return {[this](char& byte) {
              const auto bytes = read(1);
              if (bytes.size() == 1) byte = bytes.front();
              return bytes.size() == 1;
            },
            [this](std::string_view bytes) { write(bytes); }};
  }

 private:
  void send_records() {
    std::string records;
    char byte = 0;
    while (BIO_read(SSL_get_wbio(tls_), &byte, 1) == 1)
      records += byte;
    below_.write(records);
  }
  bool take_records() {
    char byte = 0;
    return below_.read(byte) && BIO_write(SSL_get_rbio(tls_), &byte, 1) == 1;
  }

  SSL* tls_;
  carrier below_;
};

struct slow_tls_fixture : engine_fixture {
  tests::test_certificate certificate;

  transfer_request secure_post_to(const transfer_peer& peer, std::string body = "{}") {
    auto request = post_to(peer.https_url(), std::move(body));
    request.ca_file = certificate.file();
    return request;
  }
  transfer_peer::script answering(std::chrono::microseconds pause, std::string reply) {
    return [this, pause, reply = std::move(reply)](connection& client) {
      carried_tls tls(certificate.server(), client, pause);
      if (!tls.shake_hands()) return;
      while (!tls.read().empty())
        tls.write(reply);
    };
  }
};

BOOST_FIXTURE_TEST_SUITE(http_slow_tls, slow_tls_fixture)

BOOST_AUTO_TEST_CASE(a_peer_whose_records_come_byte_by_byte_is_understood) {
  const transfer_peer peer(answering(200us, http_reply(200, "done")));
  for (int i = 0; i < 2; ++i) {
    const auto result = perform(secure_post_to(peer));
    BOOST_TEST(summary(result) == "200 complete");
    BOOST_TEST(result.body == "done");
  }
  BOOST_TEST(peer.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_handshake_that_is_too_slow_ends_in_time_and_is_told_from_connecting) {
  const transfer_peer peer(answering(5ms, http_reply(200, "done")));
  auto request = secure_post_to(peer);
  request.connect_timeout = 500ms;
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "timeout in the TLS handshake");
  BOOST_CHECK(result.duration >= 490ms);
  BOOST_CHECK(result.duration < 10s);
}

BOOST_AUTO_TEST_CASE(slow_handshakes_delay_no_other_transfer) {
  const transfer_peer slow([](connection& client) { client.hold(); });
  const transfer_peer other(answering(0us, http_reply(200, "done")));
  for (int i = 0; i < 50; ++i)
    engine->perform(secure_post_to(slow), answers.take(1000 + i));
  const auto result = perform(secure_post_to(other));
  BOOST_TEST(summary(result) == "200 complete");
  BOOST_TEST(answers.count() == 1u);
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_too_slow_after_the_handshake_is_unknown) {
  const transfer_peer peer([&](connection& client) {
    carried_tls tls(certificate.server(), client, 0us);
    if (!tls.shake_hands()) return;
    tls.read();
    client.hold();
  });
  auto request = secure_post_to(peer);
  request.timeout = 1s;
  BOOST_TEST(ending_of(request) == "timeout after the request was sent");
}

BOOST_AUTO_TEST_CASE(a_large_request_over_tls_arrives_whole) {
  constexpr std::size_t size = 5'000'000;
  std::size_t arrived = 0;
  const transfer_peer peer([&](connection& client) {
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(certificate.server()), &SSL_free);
    SSL_set_fd(tls.get(), client.socket());
    if (SSL_accept(tls.get()) != 1) return;
    std::string all;
    char bytes[16384];
    while (all.find("\r\n\r\n") == all.npos || all.size() < all.find("\r\n\r\n") + 4 + size) {
      const int read = SSL_read(tls.get(), bytes, sizeof bytes);
      if (read <= 0) return;
      all.append(bytes, static_cast<std::size_t>(read));
    }
    arrived = all.size() - all.find("\r\n\r\n") - 4;
    const auto reply = http_reply(200, "done");
    SSL_write(tls.get(), reply.data(), static_cast<int>(reply.size()));
    client.hold();
  });
  BOOST_TEST(ending_of(secure_post_to(peer, std::string(size, 'b'))) == "200 complete");
  BOOST_TEST(arrived == size);
}

BOOST_AUTO_TEST_CASE(a_reply_without_a_length_is_whole_only_if_tls_says_so) {
  for (const bool says : {true, false}) {
    const transfer_peer peer([&, says](connection& client) {
      carried_tls tls(certificate.server(), client, 0us);
      if (!tls.shake_hands()) return;
      tls.read();
      tls.write("HTTP/1.1 200 OK\r\n\r\nuntil the end");
      if (says) tls.say_goodbye();
    });
    BOOST_TEST(ending_of(secure_post_to(peer)) ==
               (says ? "200 complete" : "disconnected while reading the reply's body"));
  }
}

BOOST_AUTO_TEST_CASE(records_after_a_reply_are_not_the_next_reply) {
  const transfer_peer peer([&](connection& client) {
    carried_tls tls(certificate.server(), client, 0us);
    if (!tls.shake_hands()) return;
    const auto mine = http_reply(200, "mine"), smuggled = http_reply(200, "smuggled");
    while (!tls.read().empty())
      tls.write_together({mine, smuggled});
  });
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(perform(secure_post_to(peer)).body == "mine");
  BOOST_TEST(peer.connections() == 3);
}

BOOST_AUTO_TEST_CASE(a_connection_that_tls_ended_is_not_used_again) {
  std::counting_semaphore<> ends(0);
  const transfer_peer peer([&](connection& client) {
    carried_tls tls(certificate.server(), client, 0us);
    if (!tls.shake_hands()) return;
    tls.read();
    tls.write(http_reply(200, "done"));
    tls.say_goodbye();
    client.wait_until_acknowledged();
    ends.release();
    client.hold();
  });
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(perform(secure_post_to(peer)).body == "done");
    // The end comes after the reply; a request may meet it on its way.
    BOOST_TEST_REQUIRE(ends.try_acquire_for(10s));
  }
  BOOST_TEST(peer.connections() == 3);
}

BOOST_AUTO_TEST_CASE(the_protocol_is_named_in_the_handshake) {
  std::string named;
  SSL_CTX_set_alpn_select_cb(
      certificate.server(),
      [](SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* list,
         unsigned bytes, void* to) {
        static_cast<std::string*>(to)->assign(list, list + bytes);
        *chosen = list + 1;
        *size = *list;
        return SSL_TLSEXT_ERR_OK;
      },
      &named);
  const transfer_peer peer(answering(0us, http_reply(200, "done")));
  BOOST_TEST(ending_of(secure_post_to(peer)) == "200 complete");
  BOOST_TEST(named == "\x8http/1.1");
}

BOOST_AUTO_TEST_CASE(the_host_of_the_url_must_be_in_the_certificate) {
  const transfer_peer peer(answering(0us, http_reply(200, "done")));
  auto request = secure_post_to(peer);
  request.url = "https://localhost:" + std::to_string(peer.port()) + "/";
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "tls in the TLS handshake");
  BOOST_TEST(result.error_text.find("certificate") != std::string::npos, result.error_text);
}

BOOST_AUTO_TEST_CASE(connections_are_not_shared_between_those_who_trust_others) {
  const transfer_peer peer(answering(0us, http_reply(200, "done")));
  BOOST_TEST(ending_of(secure_post_to(peer)) == "200 complete");
  auto request = secure_post_to(peer);
  request.ca_file = "";
  BOOST_TEST(ending_of(request) == "tls in the TLS handshake");
  request.ca_file = "/nonexistent/ca.pem";
  BOOST_TEST(ending_of(request) == "tls in the TLS handshake");
}

BOOST_AUTO_TEST_CASE(a_proxy_with_tls_carries_the_tls_of_the_peer_within) {
  std::string asked;
  const transfer_peer proxy([&](connection& client) {
    carried_tls to_proxy(certificate.server(), client, 0us);
    if (!to_proxy.shake_hands()) return;
    asked = to_proxy.read();
    to_proxy.write("HTTP/1.1 200 OK\r\n\r\n");
    carried_tls to_peer(certificate.server(), to_proxy.within());
    if (!to_peer.shake_hands()) return;
    while (!to_peer.read().empty())
      to_peer.write(http_reply(200, "inside"));
  });
  auto request = post_to("https://127.0.0.1:9443/");
  request.ca_file = certificate.file();
  request.proxy.url = proxy.https_url();
  // The system's authorities do not know the proxy.
  BOOST_TEST(ending_of(request) == "tls in the TLS handshake");
  BOOST_TEST(asked == "");
  ::setenv("SSL_CERT_FILE", certificate.file().c_str(), 1);
  engine = make_http_transfer_engine();
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(perform(request).body == "inside");
  ::unsetenv("SSL_CERT_FILE");
  BOOST_TEST(proxy.connections() == 2);
  BOOST_TEST(asked.starts_with("CONNECT 127.0.0.1:9443 HTTP/1.1\r\n"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
