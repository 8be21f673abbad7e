#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

/// Witness: RFC 9112 (9.3.1 and 9.5) and RFC 9110 (9.2.2): a request is repeated only when it was
/// surely not acted on.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

void echo_all(connection& client) {
  for (;;) {
    const auto request = client.read_request();
    if (request.empty()) return;
    client.send(http_reply(200, request.substr(request.find("\r\n\r\n") + 4)));
  }
}

void answer_one(connection& client) {
  client.read_request();
  client.send(http_reply(200, "first"));
}

/// Answers the first request of each connection, takes the second as a whole, and ends like that.
transfer_peer::script ending_in_the_second_request(void (connection::*end)()) {
  return [end](connection& client) {
    answer_one(client);
    client.read_request();
    (client.*end)();
  };
}

BOOST_FIXTURE_TEST_SUITE(http_transfer_reuse, engine_fixture)

BOOST_AUTO_TEST_CASE(consecutive_requests_go_over_one_connection) {
  const transfer_peer peer(echo_all);
  for (int i = 0; i < 10; ++i) {
    const auto body = "request " + std::to_string(i);
    const auto result = perform(post_to(peer.url(), body));
    BOOST_TEST(summary(result) == "200 complete");
    BOOST_TEST(result.body == body);
  }
  BOOST_TEST(peer.connections() == 1);
  BOOST_TEST(peer.requests().size() == 10U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_peer_wants_closed_is_not_used_again) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    client.send(http_reply(200, "done", "Connection: close\r\n"));
    client.hold();
  });
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
  BOOST_TEST(peer.connections() == 3);
}

BOOST_AUTO_TEST_CASE(a_request_that_a_reused_connection_swallowed_is_not_sent_again) {
  const struct {
    std::string_view name;
    void (connection::*end)();
  } rows[]{{"closed", &connection::close}, {"reset", &connection::reset}};
  for (const auto& row : rows) {
    for (const auto& body : {std::string("{}"), std::string(200'000, 'x'), std::string()}) {
      BOOST_TEST_CONTEXT(row.name << ", " << body.size() << " bytes") {
        const transfer_peer peer({ending_in_the_second_request(row.end), echo_all});
        BOOST_TEST(ending_of(post_to(peer.url(), "first")) == "200 complete");
        BOOST_TEST(ending_of(post_to(peer.url(), body)) ==
                   "disconnected after the request was sent");
        BOOST_TEST(peer.requests().size() == 2U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(nor_is_one_without_a_body) {
  for (const auto* method : {"GET", "POST", "PUT", "DELETE"}) {
    BOOST_TEST_CONTEXT(method) {
      const transfer_peer peer({ending_in_the_second_request(&connection::close), echo_all});
      BOOST_TEST(ending_of(post_to(peer.url(), "first")) == "200 complete");
      auto request = post_to(peer.url("/second"), "");
      request.method = method;
      const auto ending = ending_of(request);
      int seen = 0;
      for (const auto& one : peer.requests())
        seen += one.find("/second") != one.npos ? 1 : 0;
      BOOST_TEST(seen == 1);
      // Either the first connection swallowed it, or it had one of its own from the start.
      BOOST_TEST((ending == "disconnected after the request was sent" || ending == "200 complete"),
                 ending);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_a_reused_connection_swallowed_is_unknown_even_when_the_peer_is_gone) {
  // The peer dies with the request in hand: a new connection would be refused, but that is not the
  // answer.
  transfer_peer peer([&](connection& client) {
    answer_one(client);
    client.read_request();
    peer.stop_listening();
    client.close();
  });
  BOOST_TEST(ending_of(post_to(peer.url(), "first")) == "200 complete");
  BOOST_TEST(ending_of(post_to(peer.url(), "second")) == "disconnected after the request was sent");
}

BOOST_AUTO_TEST_CASE(
    a_large_request_that_a_reused_connection_cut_off_was_partly_written_and_is_not_sent_again) {
  const transfer_peer peer({[](connection& client) {
                              answer_one(client);
                              client.read_bytes(300'000);
                              client.reset();
                            },
                            echo_all});
  BOOST_TEST(ending_of(post_to(peer.url(), "first")) == "200 complete");
  BOOST_TEST(ending_of(post_to(peer.url(), large_body)) ==
             "disconnected while sending the request");
  BOOST_TEST(peer.requests().size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_connection_that_was_closed_while_idle_costs_nothing) {
  for (auto end : {&connection::close, &connection::reset}) {
    const transfer_peer peer([end](connection& client) {
      answer_one(client);
      client.wait_until_acknowledged();
      (client.*end)();
    });
    for (int i = 1; i <= 5; ++i) {
      BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
      BOOST_TEST_REQUIRE(peer.wait_for_closed(i));
    }
    BOOST_TEST(peer.requests().size() == 5U);
    BOOST_TEST(peer.connections() == 5);
  }
}

BOOST_AUTO_TEST_CASE(
    a_connection_that_is_closed_just_when_it_is_reused_never_loses_or_doubles_a_request) {
  // The close and the next request race; whichever wins, the answer must be true.
  const transfer_peer peer(answer_one);
  for (int i = 0; i < 200; ++i) {
    const auto mark = "request " + std::to_string(i) + ';';
    const auto result = perform(post_to(peer.url(), mark));
    std::size_t seen = 0;
    for (const auto& one : peer.requests())
      seen += one.find(mark) != one.npos ? 1 : 0;
    BOOST_TEST(seen <= 1U);
    if (result.complete()) {
      BOOST_TEST(seen == 1U);
    } else {
      BOOST_CHECK(result.error == transfer_error::disconnected);
      if (seen == 1) BOOST_CHECK(result.stage >= transfer_stage::request_written);
    }
  }
}

BOOST_AUTO_TEST_CASE(bytes_after_a_reply_are_not_the_next_reply) {
  const transfer_peer peer([](connection& client) {
    client.read_request();
    client.send(http_reply(200, "mine") + http_reply(200, "smuggled"));
    while (!client.read_request().empty())
      client.send(http_reply(200, "late"));
  });
  for (int i = 0; i < 3; ++i)
    BOOST_TEST(perform(post_to(peer.url())).body == "mine");
}

BOOST_AUTO_TEST_CASE(a_reply_that_nobody_asked_for_is_not_the_next_reply) {
  for (const bool closes : {false, true}) {
    std::mutex mutex;
    std::condition_variable changed;
    bool go = false, sent = false;
    // Some servers say 408 to an idle connection before they close it.
    const transfer_peer peer({[&](connection& client) {
                                answer_one(client);
                                std::unique_lock lock(mutex);
                                changed.wait_for(lock, 60s, [&] { return go; });
                                client.send(http_reply(408, "nobody asked"));
                                client.wait_until_acknowledged();
                                sent = true;
                                changed.notify_all();
                                lock.unlock();
                                if (!closes) client.hold();
                              },
                              echo_all});
    BOOST_TEST(perform(post_to(peer.url())).body == "first");
    {
      std::unique_lock lock(mutex);
      go = true;
      changed.notify_all();
      BOOST_TEST_REQUIRE(changed.wait_for(lock, 60s, [&] { return sent; }));
    }
    BOOST_TEST(perform(post_to(peer.url(), "second")).body == "second");
  }
}

BOOST_AUTO_TEST_CASE(a_connection_whose_transfer_timed_out_is_not_used_again) {
  const transfer_peer peer({[](connection& client) {
                              client.read_request();
                              client.hold();
                            },
                            echo_all});
  auto request = post_to(peer.url());
  request.timeout = 1s;
  BOOST_TEST(ending_of(request) == "timeout after the request was sent");
  BOOST_TEST(perform(post_to(peer.url(), "second")).body == "second");
  BOOST_TEST(peer.connections() == 2);
}

BOOST_AUTO_TEST_CASE(an_old_idle_connection_is_not_used_again) {
  engine = make_http_transfer_engine({512, 0s});
  const transfer_peer peer(echo_all);
  BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
  BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
  BOOST_TEST(peer.connections() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
