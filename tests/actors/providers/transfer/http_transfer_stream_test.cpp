#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <thread>

/// Witness: the events of AsamK/signal-cli v0.13.19 (http/HttpServerHandler.java): chunked, with a
/// keep-alive of two bytes every 15 seconds.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

constexpr std::string_view stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/// The events of a stream; waits end after ten seconds.
class stream_text {
 public:
  transfer_engine::stream_data take() {
    return [this](std::string piece) {
      const std::lock_guard lock(mutex_);
      text_ += piece;
      changed_.notify_all();
    };
  }
  bool wait_for(const std::string& text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 60s, [&] { return text_.find(text) != text_.npos; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
};

struct stream_fixture : engine_fixture {
  stream_text text;
  transfer_request get(std::string url) {
    transfer_request request;
    request.method = "GET";
    request.url = std::move(url);
    request.timeout = 1'500ms;
    return request;
  }
};

BOOST_FIXTURE_TEST_SUITE(http_streams, stream_fixture)

BOOST_AUTO_TEST_CASE(brings_each_piece_as_it_comes_until_the_listener_ends_it) {
  transfer_peer peer([&](connection& client) {
    client.read_request();
    client.send(stream_head);
    client.send("5\r\nfirst\r\n");
    if (!text.wait_for("first")) return;
    client.send("6\r\nsecond\r\n");
    client.hold();
  });
  auto request = get(peer.url("/events"));
  request.timeout = 60s;
  const auto end = engine->listen(request, text.take(), answers.take(1));
  BOOST_TEST(text.wait_for("firstsecond"));
  BOOST_TEST(peer.requests().front().find("\r\nUser-Agent: Postrider/" POSTRIDER_VERSION "\r\n") !=
             std::string::npos);
  BOOST_TEST(answers.count() == 0u);
  end();
  BOOST_REQUIRE(answers.wait_for(1));
  BOOST_TEST((answers.first_to(1).error == transfer_error::shutdown));
  BOOST_TEST(peer.wait_for_closed(1));
  end();  // once more has no effect
  BOOST_TEST(answers.count() == 1u);
}

BOOST_AUTO_TEST_CASE(ends_when_the_peer_ends_it) {
  transfer_peer peer([](connection& client) {
    client.read_request();
    client.send(stream_head);
    client.send("5\r\nfirst\r\n0\r\n\r\n");
  });
  engine->listen(get(peer.url("/events")), text.take(), answers.take(1));
  BOOST_REQUIRE(answers.wait_for(1));
  BOOST_TEST(text.wait_for("first"));
  BOOST_TEST(answers.first_to(1).complete());
}

BOOST_AUTO_TEST_CASE(ends_after_a_silence_as_long_as_its_timeout) {
  transfer_peer peer([](connection& client) {
    client.read_request();
    client.send(stream_head);
    client.hold();
  });
  engine->listen(get(peer.url("/events")), text.take(), answers.take(1));
  BOOST_REQUIRE(answers.wait_for(1));
  BOOST_TEST((answers.first_to(1).error == transfer_error::timeout));
}

BOOST_AUTO_TEST_CASE(a_few_bytes_now_and_then_keep_it_open) {
  transfer_peer peer([](connection& client) {
    client.read_request();
    client.send(stream_head);
    const auto begin = std::chrono::steady_clock::now();
    // For more than two of its timeouts.
    for (int i = 1; i <= 18; ++i) {
      std::this_thread::sleep_until(begin + i * 500ms);
      client.send("2\r\n:\n\r\n");
    }
    client.send("4\r\nlast\r\n");
    client.hold();
  });
  auto request = get(peer.url("/events"));
  request.timeout = 4s;
  const auto end = engine->listen(request, text.take(), answers.take(1));
  BOOST_TEST(text.wait_for("last"));
  BOOST_TEST(answers.count() == 0u);
  end();
}

BOOST_AUTO_TEST_CASE(another_status_is_an_ordinary_reply) {
  transfer_peer peer([](connection& client) {
    client.read_request();
    client.send(http_reply(400, "no such account"));
  });
  engine->listen(get(peer.url("/events")), text.take(), answers.take(1));
  BOOST_REQUIRE(answers.wait_for(1));
  BOOST_TEST(answers.first_to(1).status == 400);
  BOOST_TEST(answers.first_to(1).body == "no such account");
}

BOOST_AUTO_TEST_CASE(the_end_of_the_engine_ends_it_and_the_listener_may_still_ask) {
  transfer_peer peer([](connection& client) {
    client.read_request();
    client.send(stream_head);
    client.hold();
  });
  const auto end = engine->listen(get(peer.url("/events")), text.take(), answers.take(1));
  BOOST_TEST(peer.wait_for_requests(1));
  engine.reset();
  BOOST_REQUIRE(answers.wait_for(1));
  BOOST_TEST((answers.first_to(1).error == transfer_error::shutdown));
  end();
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(public_addresses_only, engine_fixture)

BOOST_AUTO_TEST_CASE(refuses_loopback_before_it_connects) {
  const transfer_peer peer([](connection& client) { client.read_request(); });
  for (const auto* host :
       {"127.0.0.1", "localhost", "0x7f.1", "2130706433", "[::ffff:127.0.0.1]"}) {
    auto request =
        post_to("http://" + std::string(host) + ":" + std::to_string(peer.port()) + "/hook");
    request.public_addresses_only = true;
    const auto result = perform(request);
    BOOST_TEST((result.error == transfer_error::address_refused), host);
  }
  BOOST_TEST(peer.connections() == 0);
}

BOOST_AUTO_TEST_CASE(refuses_a_connection_that_another_provider_left_open) {
  const transfer_peer peer([](connection& client) {
    while (!client.read_request().empty())
      client.send(http_reply(200, "done"));
  });
  BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
  auto request = post_to(peer.url());
  request.public_addresses_only = true;
  BOOST_TEST((perform(request).error == transfer_error::address_refused));
  BOOST_TEST(peer.requests().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
