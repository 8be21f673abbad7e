#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

/// Connections as the peers count them.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

/// Answers no request before so many have come, so that each has a connection of its own.
class gathering_peer {
 public:
  explicit gathering_peer(std::size_t together)
      : together_(together), peer_([this](connection& client) {
          while (!client.read_request().empty()) {
            peer_.wait_for_requests(together_);
            client.send(http_reply(200, "done"));
          }
        }) {}
  const transfer_peer* operator->() const { return &peer_; }

 private:
  std::size_t together_;
  transfer_peer peer_;
};

struct connections_fixture : engine_fixture {
  void use(http_transfer_settings settings) { engine = make_http_transfer_engine(settings); }

  void perform_together(const gathering_peer& peer, int count) {
    const auto before = answers.count();
    for (int i = 0; i < count; ++i)
      engine->perform(post_to(peer->url()), answers.take(next_++));
    BOOST_TEST_REQUIRE(answers.wait_for(before + static_cast<std::size_t>(count)));
    for (int i = next_ - count; i < next_; ++i)
      BOOST_TEST(answers.to(i).front() == "200 complete");
  }

 private:
  int next_ = 0;
};

BOOST_FIXTURE_TEST_SUITE(http_connections, connections_fixture)

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_kept_for_one_host) {
  use({.max_connections = 100, .max_idle_age = 60s, .max_per_host = 3});
  const gathering_peer one(10), other(10);
  perform_together(one, 10);
  BOOST_TEST(one->connections() == 10);
  BOOST_TEST(one->wait_for_closed(7));
  perform_together(other, 10);
  BOOST_TEST(other->wait_for_closed(7));
  // The busy host took none of the other's.
  perform_together(one, 3);
  BOOST_TEST(one->connections() == 10);
}

BOOST_AUTO_TEST_CASE(no_more_than_so_many_are_kept_over_all_and_the_oldest_goes_first) {
  use({.max_connections = 4, .max_idle_age = 60s, .max_per_host = 4});
  const gathering_peer first(3), second(3);
  perform_together(first, 3);
  perform_together(second, 3);
  BOOST_TEST(first->wait_for_closed(2));
  perform_together(second, 3);
  BOOST_TEST(second->connections() == 3);
  perform_together(first, 1);
  BOOST_TEST(first->connections() == 3);
}

BOOST_AUTO_TEST_CASE(an_idle_connection_is_closed_when_it_is_old_without_another_request) {
  use({.max_connections = 4, .max_idle_age = 1s, .max_per_host = 4});
  const gathering_peer peer(2);
  perform_together(peer, 2);
  BOOST_TEST(peer->wait_for_closed(2));
}

BOOST_AUTO_TEST_CASE(a_thousand_idle_connections_are_kept_and_used_again) {
  rlimit files{};
  BOOST_TEST_REQUIRE(::getrlimit(RLIMIT_NOFILE, &files) == 0);
  files.rlim_cur = std::min<rlim_t>(files.rlim_max, 4096);
  BOOST_TEST_REQUIRE(::setrlimit(RLIMIT_NOFILE, &files) == 0);
  BOOST_TEST_REQUIRE(files.rlim_cur > 2100u);
  use({.max_connections = 1000, .max_idle_age = 60s, .max_per_host = 1000});
  const gathering_peer peer(1000);
  perform_together(peer, 1000);
  BOOST_TEST(peer->connections() == 1000);
  perform_together(peer, 1000);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(ending_of(post_to(peer->url())) == "200 complete");
  BOOST_TEST(peer->connections() == 1000);
  BOOST_TEST(peer->requests().size() == 2100u);
  engine.reset();
  BOOST_TEST(peer->wait_for_closed(1000));
}

BOOST_AUTO_TEST_CASE(hundreds_that_the_peer_closed_while_idle_cost_no_request) {
  use({.max_connections = 1000, .max_idle_age = 60s, .max_per_host = 1000});
  transfer_peer peer([&](connection& client) {
    client.read_request();
    peer.wait_for_requests(300);
    client.send(http_reply(200, "done"));
  });
  for (int i = 0; i < 300; ++i)
    engine->perform(post_to(peer.url()), answers.take(i));
  BOOST_TEST_REQUIRE(answers.wait_for(300));
  BOOST_TEST_REQUIRE(peer.wait_for_closed(300));
  BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
  BOOST_TEST(peer.connections() == 301);
}

BOOST_AUTO_TEST_CASE(a_caller_whose_answer_throws_harms_no_other) {
  const gathering_peer peer(1);
  for (int i = 0; i < 3; ++i)
    engine->perform(post_to(peer->url()),
                    [](const transfer_result&) { throw std::runtime_error("the caller's own"); });
  perform_together(peer, 3);
}

BOOST_AUTO_TEST_CASE(a_head_request_is_answered_without_the_body_that_its_headers_name) {
  const transfer_peer peer([](connection& client) {
    while (!client.read_request().empty())
      client.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  });
  auto request = post_to(peer.url(), "");
  request.method = "HEAD";
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(ending_of(request) == "200 complete");
  BOOST_TEST(peer.connections() == 1);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
