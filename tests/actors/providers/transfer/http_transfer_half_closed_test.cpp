#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <future>
#include <sys/socket.h>
#include <thread>

/// Witness: RFC 9112 (9.5 and 9.6): a peer may end its sending side while it still reads, and may
/// answer before it has the whole request. The peers are real sockets that are shut down one way.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

void end_sending(connection& client) { ::shutdown(client.socket(), SHUT_WR); }

void answer_until_the_end(connection& client) {
  while (!client.read_request().empty())
    client.send(http_reply(200, "done"));
}

BOOST_FIXTURE_TEST_SUITE(http_half_closed_peers, engine_fixture)

BOOST_AUTO_TEST_CASE(a_reply_before_the_end_of_sending_is_complete_and_its_connection_is_gone) {
  std::promise<void> ended;
  const transfer_peer peer({[&](connection& client) {
                              client.read_request();
                              client.send(http_reply(200, "done"));
                              end_sending(client);
                              ended.set_value();
                              client.hold();
                            },
                            answer_until_the_end});
  BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
  // The peer has ended its side and still reads: a request would arrive, and get no answer.
  BOOST_TEST_REQUIRE((ended.get_future().wait_for(60s) == std::future_status::ready));
  BOOST_TEST(ending_of(post_to(peer.url(), "second")) == "200 complete");
  BOOST_TEST(peer.connections() == 2);
  BOOST_TEST(peer.requests().size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_whole_request_without_a_reply_is_unknown_though_the_peer_still_reads) {
  for (const auto& body : {std::string("{}"), std::string(1 << 20, 'x')}) {
    const transfer_peer peer([](connection& client) {
      client.read_request();
      client.finish();
    });
    const auto result = perform(post_to(peer.url(), body));
    BOOST_TEST(summary(result) == "disconnected after the request was sent");
    BOOST_CHECK(result.duration < 10s);
    BOOST_TEST(peer.requests().size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(
    a_request_that_was_not_whole_when_the_peer_ended_its_side_was_surely_not_sent) {
  const transfer_peer peer([](connection& client) {
    client.read_bytes(300'000);
    end_sending(client);
    client.hold_unread();
  });
  const auto result = perform(post_to(peer.url(), large_body));
  BOOST_TEST(summary(result) == "disconnected while sending the request");
  // At once, and not when the time is over: no reply can come any more.
  BOOST_CHECK(result.duration < 10s);
}

BOOST_AUTO_TEST_CASE(an_answer_to_part_of_a_request_counts_though_the_rest_is_never_read) {
  for (const bool ends : {true, false}) {
    const transfer_peer peer({[ends](connection& client) {
                                client.read_bytes(300'000);
                                client.send(http_reply(413, "too large"));
                                if (ends) end_sending(client);
                                client.hold_unread();
                              },
                              answer_until_the_end});
    const auto result = perform(post_to(peer.url(), large_body));
    BOOST_TEST(summary(result) == "413 complete");
    BOOST_TEST(result.body == "too large");
    BOOST_CHECK(result.duration < 10s);
    // The rest of the first request must not become the beginning of the next.
    BOOST_TEST(ending_of(post_to(peer.url(), "second")) == "200 complete");
    BOOST_TEST(peer.connections() == 2);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_agrees_early_still_gets_the_whole_request) {
  std::promise<std::size_t> rest;
  const transfer_peer peer([&](connection& client) {
    client.read_bytes(300'000);
    client.send(http_reply(202, "done"));
    client.wait_until_acknowledged();
    // Time for a client that would go.
    std::this_thread::sleep_for(50ms);
    rest.set_value(client.read_bytes(large_body.size() - 300'000).size());
    client.hold();
  });
  BOOST_TEST(ending_of(post_to(peer.url(), large_body)) == "202 complete");
  BOOST_TEST(rest.get_future().get() == large_body.size() - 300'000);
}

BOOST_AUTO_TEST_CASE(an_agreement_counts_though_the_rest_is_never_read) {
  const transfer_peer peer([](connection& client) {
    client.read_bytes(300'000);
    client.send(http_reply(202, "done"));
    client.hold_unread();
  });
  auto request = post_to(peer.url(), large_body);
  request.timeout = 500ms;
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "202 complete");
  BOOST_CHECK(result.duration >= 490ms);
}

BOOST_AUTO_TEST_CASE(a_reply_that_is_cut_off_by_the_end_of_sending_has_its_status) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    client.send("HTTP/1.1 202 Accepted\r\nContent-Length: 10\r\n\r\n12345");
    client.finish();
  });
  const auto result = perform(post_to(peer.url()));
  BOOST_TEST(summary(result) == "disconnected while reading the reply's body");
  BOOST_TEST(result.status == 202);
}

BOOST_AUTO_TEST_SUITE_END()

// ---- interim replies and chunks ----------------------------------------------------------------

BOOST_FIXTURE_TEST_SUITE(http_reply_forms, engine_fixture)

BOOST_AUTO_TEST_CASE(interim_replies_come_before_the_request_is_whole_or_long_after) {
  const transfer_peer peer([](connection& client) {
    client.read_bytes(300'000);
    client.send("HTTP/1.1 102 Processing\r\n\r\n");
    client.read_bytes(large_body.size() - 300'000);
    client.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n");
    client.wait_until_acknowledged();
    client.send("\r\nHTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n4\r\ndo");
    client.wait_until_acknowledged();
    client.send("ne\r\n0\r\nX-Trailer: 1\r\n\r\n");
    client.hold();
  });
  const auto result = perform(post_to(peer.url(), large_body));
  BOOST_TEST(summary(result) == "201 complete");
  BOOST_TEST(result.body == "done");
}

BOOST_AUTO_TEST_CASE(interim_replies_without_end_are_no_reply) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    for (int i = 0; i < 1000; ++i)
      client.send("HTTP/1.1 102 Processing\r\n\r\n");
    client.hold();
  });
  BOOST_TEST(ending_of(post_to(peer.url())) == "other while reading the reply");
}

BOOST_AUTO_TEST_CASE(a_chunked_reply_keeps_its_connection_and_one_to_the_end_does_not) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n");
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\n\r\ncd");
  });
  BOOST_TEST(perform(post_to(peer.url())).body == "ab");
  BOOST_TEST(perform(post_to(peer.url())).body == "cd");
  BOOST_TEST(peer.connections() == 1);
  BOOST_TEST(perform(post_to(peer.url())).body == "ab");
  BOOST_TEST(peer.connections() == 2);
}

BOOST_AUTO_TEST_CASE(a_status_line_without_a_reason_may_lack_its_space) {
  const transfer_peer peer([](connection& client) {
    for (const std::string reply :
         {"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nHTTP", "HTTP/1.1 204\r\n\r\n",
          "HTTP/1.1 103\r\n\r\nHTTP/1.1 201 \r\nContent-Length: 0\r\n\r\n"}) {
      client.read_request();
      for (const char byte : reply) {
        client.send({&byte, 1});
        client.wait_until_acknowledged();
      }
    }
    client.hold();
  });
  for (const auto* expected : {"200 complete", "204 complete", "201 complete"})
    BOOST_TEST(ending_of(post_to(peer.url())) == expected);
  BOOST_TEST(peer.connections() == 1);
}

/// Witness: RFC 9112 (2.2 and 6.3).
BOOST_AUTO_TEST_CASE(heads_in_unusual_forms_are_read) {
  const struct {
    const char* reply;
    const char* body;
  } rows[]{{"HTTP/1.1 200 OK\nContent-Length: 4\nX: 1\n\na\n\nb", "a\n\nb"},
           {"HTTP/1.1 200 OK\r\nX: 1\nContent-Length: 4\r\n\na\r\nb", "a\r\nb"},
           {"HTTP/1.1 200\nX: 1\nContent-Length: 2\n\r\nab", "ab"},
           {"HTTP/1.1 100 Continue\n\nHTTP/1.1 200 OK\nX: 1\nContent-Length: 2\n\nab", "ab"},
           {"HTTP/1.1 200 OK\r\ncontent-length: 99\r\nX: 1\r\nTransfer-Encoding: gzip, Chunked \r\n"
            "\r\n2\r\nab\r\n0\r\n\r\n",
            "ab"}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT(row.reply) {
      const transfer_peer peer([&row](connection& client) {
        client.read_request();
        client.send(row.reply);
        client.read_request();
        for (const char& byte : std::string_view(row.reply)) {
          client.send({&byte, 1});
          client.wait_until_acknowledged();
        }
        client.hold();
      });
      for (int i = 0; i < 2; ++i) {
        const auto result = perform(post_to(peer.url()));
        BOOST_TEST(summary(result) == "200 complete");
        BOOST_TEST(result.body == row.body);
        BOOST_TEST(
            std::ranges::count(result.headers, std::pair<std::string, std::string>{"x", "1"}) == 1);
      }
      BOOST_TEST(peer.connections() == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_head_without_end_is_no_reply) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 200; ++i)
      client.send("X: " + std::string(1'000, 'x') + "\r\n");
    client.hold();
  });
  BOOST_TEST(ending_of(post_to(peer.url())) == "other while reading the reply");
}

/// Witness: RFC 7617 (2): a user without a password has the colon too.
BOOST_AUTO_TEST_CASE(credentials_of_the_url_are_sent_as_basic_has_them) {
  const transfer_peer peer(answer_until_the_end);
  const std::pair<const char*, const char*> rows[]{{"ann:sesame", "YW5uOnNlc2FtZQ=="},
                                                   {"ann", "YW5uOg=="}};
  for (const auto& [credentials, sent] : rows) {
    auto request = post_to(peer.url());
    request.url.insert(std::string("http://").size(), std::string(credentials) + '@');
    BOOST_TEST(ending_of(request) == "200 complete");
    BOOST_TEST(peer.requests().back().find("Authorization: Basic " + std::string(sent) + "\r\n") !=
               std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(headers_that_say_where_a_request_ends_are_the_engines_own) {
  const transfer_peer peer(answer_until_the_end);
  auto request = post_to(peer.url(), "body");
  request.headers = {"Content-Length: 1", "transfer-encoding: chunked", "Connection: close",
                     "Expect: 100-continue", "X-Own: 1"};
  BOOST_TEST(ending_of(request) == "200 complete");
  BOOST_TEST(ending_of(request) == "200 complete");
  BOOST_TEST(peer.connections() == 1);
  const auto wire = peer.requests().front();
  BOOST_TEST(wire.find("Content-Length: 4\r\n") != wire.npos);
  BOOST_TEST(wire.find("X-Own: 1\r\n") != wire.npos);
  for (const auto* other : {"Content-Length: 1", "hunked", "close", "Expect"})
    BOOST_TEST(wire.find(other) == wire.npos, other);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
