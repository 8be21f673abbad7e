#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 9112 (8, an incomplete message) and RFC 9110 (15.2, interim replies), by a peer
/// that is scripted from them.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

transfer_peer answering(std::string reply) {
  return transfer_peer([reply = std::move(reply)](connection& client) {
    client.read_request();
    client.send(reply);
  });
}

BOOST_FIXTURE_TEST_SUITE(http_transfer_stages, engine_fixture)

// ---- before the request is written -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_refused_connection_fails_while_connecting) {
  const auto refused =
      perform(post_to("http://127.0.0.1:" + std::to_string(tests::refusing_port())));
  BOOST_TEST(summary(refused) == "connect while connecting");
  BOOST_TEST(refused.status == 0);
  BOOST_TEST(!refused.error_text.empty());
}

BOOST_AUTO_TEST_CASE(a_host_without_an_address_fails_while_resolving) {
  // Some resolvers give up later than the transfer does.
  auto request = post_to("http://no-such-host.invalid/");
  request.connect_timeout = request.timeout = 2s;
  const auto ending = ending_of(request);
  BOOST_TEST((ending == "resolve while resolving the host name" ||
              ending == "timeout while resolving the host name"),
             ending);
}

BOOST_AUTO_TEST_CASE(a_host_that_does_not_answer_is_given_up_after_the_connect_timeout) {
  const tests::deaf_listener deaf;
  auto request = post_to(deaf.url());
  request.connect_timeout = 200ms;
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "timeout while connecting");
  BOOST_CHECK(result.duration >= 200ms);
  BOOST_CHECK(result.duration < 10s);
}

BOOST_AUTO_TEST_CASE(the_total_timeout_covers_connecting_too) {
  const tests::deaf_listener deaf;
  auto request = post_to(deaf.url());
  request.timeout = 1s;
  BOOST_TEST(ending_of(request) == "timeout while connecting");
}

BOOST_AUTO_TEST_CASE(what_is_no_http_url_is_a_bad_request) {
  for (const auto* url :
       {"", "http://", "ftp://127.0.0.1/", "file:///etc/passwd", "smtp://127.0.0.1/", "http://[::1",
        "http://127.0.0.1:99999/", "http://127.0.0.1:port/"}) {
    BOOST_TEST_CONTEXT("url '" << url << "'") {
      const auto result = perform(post_to(url));
      BOOST_CHECK(result.error == transfer_error::bad_request);
      BOOST_CHECK(result.stage < transfer_stage::request_partly_written);
    }
  }
}

// ---- while the request is written --------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_connection_that_is_closed_unread_has_no_reply) {
  const transfer_peer peer([](connection& client) { client.close(); });
  const auto result = perform(post_to(peer.url()));
  BOOST_CHECK(result.error == transfer_error::disconnected);
  // Whether the small request went into the socket's buffer before the end was seen is chance.
  BOOST_CHECK(result.stage == transfer_stage::request_partly_written ||
              result.stage == transfer_stage::request_written);
}

BOOST_AUTO_TEST_CASE(a_large_request_that_is_cut_off_was_partly_written) {
  const struct {
    std::string_view name;
    transfer_peer::script end;
  } rows[]{{"reset",
            [](connection& client) {
              client.read_bytes(300'000);
              client.reset();
            }},
           {"closed", [](connection& client) {
              client.read_bytes(300'000);
              client.close();
            }}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.name) {
      const transfer_peer peer(row.end);
      BOOST_TEST(ending_of(post_to(peer.url(), large_body)) ==
                 "disconnected while sending the request");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_large_request_that_nobody_reads_on_was_partly_written_when_time_ran_out) {
  const transfer_peer peer([](connection& client) {
    client.read_bytes(300'000);
    client.hold_unread();
  });
  auto request = post_to(peer.url(), large_body);
  request.timeout = 2s;
  BOOST_TEST(ending_of(request) == "timeout while sending the request");
}

BOOST_AUTO_TEST_CASE(a_reply_to_a_request_that_was_not_read_to_its_end_counts) {
  const transfer_peer peer([](connection& client) {
    client.read_bytes(10'000);
    client.send(http_reply(413, "too large", "Connection: close\r\n"));
    client.finish();
  });
  BOOST_TEST(ending_of(post_to(peer.url(), large_body)) == "413 complete");
}

// ---- after the request was written -------------------------------------------------------------

BOOST_AUTO_TEST_CASE(silence_after_the_whole_request_is_told_from_silence_before) {
  const struct {
    std::string_view name, ending;
    transfer_peer::script end;
  } rows[]{{"closed", "disconnected after the request was sent",
            [](connection& client) {
              client.read_request();
              client.close();
            }},
           {"reset", "disconnected after the request was sent",
            [](connection& client) {
              client.read_request();
              client.reset();
            }},
           {"held", "timeout after the request was sent", [](connection& client) {
              client.read_request();
              client.hold();
            }}};
  for (const auto& row : rows) {
    for (const auto& body : {std::string("{}"), large_body}) {
      BOOST_TEST_CONTEXT(row.name << ", " << body.size() << " bytes") {
        const transfer_peer peer(row.end);
        auto request = post_to(peer.url(), body);
        if (row.name == "held") request.timeout = body.size() > 100 ? 10s : 1s;
        const auto result = perform(request);
        BOOST_TEST(summary(result) == row.ending);
        BOOST_TEST(result.status == 0);
        BOOST_TEST(peer.requests().size() == 1U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_cut_off_within_its_head_was_started) {
  for (const auto* reply :
       {"HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Le"}) {
    BOOST_TEST_CONTEXT(reply) {
      const auto peer = answering(reply);
      const auto result = perform(post_to(peer.url()));
      BOOST_TEST(!result.complete());
      BOOST_TEST(summary(result) == "disconnected while reading the reply");
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reply_whose_body_is_cut_off_has_its_status) {
  for (const auto* reply : {"HTTP/1.1 410 Gone\r\nContent-Length: 10\r\n\r\n",
                            "HTTP/1.1 410 Gone\r\nContent-Length: 10\r\n\r\n123456789",
                            "HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n",
                            "HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
                            "HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
                            "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
                            "HTTP/1.1 410 Gone\r\nContent-Length: 10\r\n\r\n"}) {
    BOOST_TEST_CONTEXT(reply) {
      const auto peer = answering(reply);
      const auto result = perform(post_to(peer.url()));
      BOOST_TEST(!result.complete());
      BOOST_TEST(summary(result) == "disconnected while reading the reply's body");
      BOOST_TEST(result.status == 410);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_reset_half_way_was_started) {
  for (const auto* reply :
       {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", "HTTP/1.1 200 OK\r\n\r\n12345"}) {
    // The reset comes only when the client has what was sent before it.
    const transfer_peer peer([reply](connection& client) {
      client.read_request();
      client.send(reply);
      client.wait_until_acknowledged();
      client.reset();
    });
    const auto result = perform(post_to(peer.url()));
    BOOST_TEST(!result.complete());
    BOOST_CHECK(result.stage >= transfer_stage::request_written);
  }
}

BOOST_AUTO_TEST_CASE(a_reply_that_stops_half_way_times_out) {
  const struct {
    const char* reply;
    std::string_view ending;
  } rows[]{
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", "timeout while reading the reply"},
      {"HTTP/1.1 100 Continue\r\n\r\n", "timeout while reading the reply"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "timeout while reading the reply's body"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
       "timeout while reading the reply's body"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.reply) {
      const transfer_peer peer([&](connection& client) {
        client.read_request();
        client.send(row.reply);
        client.hold();
      });
      auto request = post_to(peer.url());
      request.timeout = 1s;
      BOOST_TEST(ending_of(request) == row.ending);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_http_is_never_taken_for_a_request_that_was_not_sent) {
  for (const std::string reply :
       {"garbage\r\n\r\n", "220 mail.example ESMTP\r\n", "HTTP/0.9 200 OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 twohundred\r\n\r\n", "HTTP/1.1\r\n\r\n", "\r\n\r\n",
        "HTTP/1.1 20", "H", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "\x16\x03\x01\x02\x00\x01"}) {
    BOOST_TEST_CONTEXT(reply) {
      const auto peer = answering(reply);
      const auto result = perform(post_to(peer.url()));
      BOOST_TEST_MESSAGE(reply << " gives " << summary(result) << ": " << result.error_text);
      BOOST_TEST(!result.complete());
      BOOST_CHECK(result.error != transfer_error::bad_request);
      BOOST_CHECK(result.stage >= transfer_stage::request_written);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_too_long_is_not_taken) {
  const std::string body(1001, 'x');
  for (const auto& reply :
       {http_reply(200, body),
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + body + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + body}) {
    const auto peer = answering(reply);
    auto request = post_to(peer.url());
    request.max_reply_bytes = 1000;
    const auto result = perform(request);
    BOOST_TEST(summary(result) == "reply too long while reading the reply's body");
    BOOST_TEST(result.body.size() <= 1000U);
    request.max_reply_bytes = 1001;
    BOOST_TEST(ending_of(request) == "200 complete");
  }
}

BOOST_AUTO_TEST_CASE(a_reply_without_end_is_cut_at_its_limit) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 1000; ++i)
      client.send("10000\r\n" + std::string(65536, 'x') + "\r\n");
  });
  BOOST_TEST(ending_of(post_to(peer.url())) == "reply too long while reading the reply's body");
}

// ---- replies -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_reply_comes_with_status_headers_and_body) {
  const auto peer =
      answering(http_reply(429, "slow down", "Retry-After:  7 \r\nX-Twice: a\r\nx-twice: b\r\n"));
  const auto result = perform(post_to(peer.url()));
  BOOST_TEST(result.complete());
  BOOST_TEST(result.status == 429);
  BOOST_TEST(result.body == "slow down");
  BOOST_TEST(result.error_text == "");
  BOOST_CHECK(result.duration > 0us);
  using header = std::pair<std::string, std::string>;
  BOOST_CHECK(
      (result.headers ==
       std::vector<header>{
           {"content-length", "9"}, {"retry-after", "7"}, {"x-twice", "a"}, {"x-twice", "b"}}));
}

BOOST_AUTO_TEST_CASE(a_chunked_reply_is_put_together) {
  const auto peer = answering(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n "
      "\r\n5\r\nworld\r\n0\r\n\r\n");
  const auto result = perform(post_to(peer.url()));
  BOOST_TEST(summary(result) == "200 complete");
  BOOST_TEST(result.body == "hello world");
}

BOOST_AUTO_TEST_CASE(a_reply_in_small_pieces_is_put_together) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    for (char c : http_reply(200, "hello")) {
      client.send(std::string_view(&c, 1));
      client.wait_until_acknowledged();
    }
  });
  const auto result = perform(post_to(peer.url()));
  BOOST_TEST(summary(result) == "200 complete");
  BOOST_TEST(result.body == "hello");
}

BOOST_AUTO_TEST_CASE(interim_replies_are_passed_over) {
  const auto peer = answering(
      "HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: y\r\n\r\n" +
      http_reply(200, "done"));
  const auto result = perform(post_to(peer.url()));
  BOOST_TEST(summary(result) == "200 complete");
  BOOST_TEST(result.body == "done");
  BOOST_TEST(result.headers.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_reply_without_a_length_ends_with_its_connection) {
  const auto peer = answering("HTTP/1.0 200 OK\r\n\r\nuntil the end");
  const auto result = perform(post_to(peer.url()));
  BOOST_TEST(summary(result) == "200 complete");
  BOOST_TEST(result.body == "until the end");
}

BOOST_AUTO_TEST_CASE(a_reply_without_a_body_is_complete) {
  for (const auto* reply :
       {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"}) {
    const auto peer = answering(reply);
    BOOST_TEST(perform(post_to(peer.url())).complete());
  }
}

BOOST_AUTO_TEST_CASE(of_many_headers_only_the_first_are_kept) {
  std::string many;
  for (int i = 0; i < 500; ++i)
    many += "X-" + std::to_string(i) + ": y\r\n";
  const auto peer = answering(http_reply(200, "done", many));
  const auto result = perform(post_to(peer.url()));
  BOOST_TEST(summary(result) == "200 complete");
  BOOST_TEST(result.headers.size() <= 64U);
}

BOOST_AUTO_TEST_CASE(redirects_are_not_followed) {
  const auto elsewhere = answering(http_reply(200, "here"));
  for (int status : {301, 302, 303, 307, 308}) {
    const auto peer = answering(http_reply(status, "", "Location: " + elsewhere.url() + "\r\n"));
    BOOST_TEST(ending_of(post_to(peer.url())) == std::to_string(status) + " complete");
    BOOST_TEST(peer.requests().size() == 1U);
  }
  BOOST_TEST(elsewhere.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_peer_that_refuses_or_asks_for_a_login_is_asked_once) {
  for (int status : {401, 407, 408, 417, 421, 425, 429, 500, 503}) {
    const transfer_peer peer([status](connection& client) {
      while (!client.read_request().empty())
        client.send(http_reply(
            status, "no",
            "WWW-Authenticate: Basic realm=\"x\"\r\nProxy-Authenticate: Basic realm=\"x\"\r\n"));
    });
    BOOST_TEST(ending_of(post_to(peer.url())) == std::to_string(status) + " complete");
    BOOST_TEST(peer.requests().size() == 1U);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
