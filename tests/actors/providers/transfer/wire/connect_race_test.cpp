#include "actors/providers/transfer/wire/connect_race.hpp"

#include "tests/actors/providers/transfer/wire/loop_fixture.hpp"
#include "tests/support/transfer_peer.hpp"

#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

/// Witness: RFC 8305 (5, connection attempts), by real sockets on loopback.
namespace postrider::actors::wire {
namespace {

using namespace std::chrono_literals;

tcp::endpoint at(const char* address, unsigned short port) {
  return {net::ip::make_address(address), port};
}

unsigned short port_of(const std::string& url) {
  const auto colon = url.rfind(':');
  return static_cast<unsigned short>(std::stoi(url.substr(colon + 1)));
}

struct race_fixture : loop_fixture {
  tests::transfer_peer peer{[](tests::transfer_peer::connection& client) { client.hold(); }};
  std::optional<tcp_socket> winner;
  error_code error;
  clock::duration took{};

  void race(std::vector<tcp::endpoint> addresses) {
    const auto began = clock::now();
    const auto racing = std::make_shared<connect_race>(io.get_executor(), std::move(addresses));
    spawn([&, racing]() -> awaitable<void> {
      co_await racing->run();
      winner = racing->take_winner();
      error = racing->error();
      took = clock::now() - began;
    });
    run();
  }
  bool reached_the_peer() const {
    return winner && winner->remote_endpoint() == at("127.0.0.1", peer.port());
  }
};

BOOST_FIXTURE_TEST_SUITE(connect_races, race_fixture)

BOOST_AUTO_TEST_CASE(ipv6_that_leads_nowhere_gives_way_to_ipv4_at_once) {
  race({at("::1", tests::refusing_port()), at("127.0.0.1", peer.port())});
  BOOST_TEST(reached_the_peer());
  BOOST_CHECK(took < 5s);
}

BOOST_AUTO_TEST_CASE(an_address_that_does_not_answer_costs_a_head_start_only) {
  const tests::deaf_listener deaf;
  race({at("127.0.0.1", port_of(deaf.url())), at("127.0.0.1", peer.port())});
  BOOST_TEST(reached_the_peer());
  BOOST_CHECK(took >= connect_race::head_start);
  BOOST_CHECK(took < 5s);
}

BOOST_AUTO_TEST_CASE(the_families_take_turns) {
  const tests::deaf_listener deaf;
  const auto port = port_of(deaf.url());
  // By the resolver's order alone forty head starts would pass first.
  std::vector<tcp::endpoint> addresses(40, at("127.0.0.1", port));
  addresses.push_back(at("::ffff:127.0.0.1", peer.port()));
  race(std::move(addresses));
  BOOST_TEST_REQUIRE(winner.has_value());
  BOOST_CHECK(took >= connect_race::head_start);
  BOOST_CHECK(took < 9s);
}

BOOST_AUTO_TEST_CASE(only_when_all_failed_it_failed) {
  race({at("127.0.0.1", tests::refusing_port()), at("127.0.0.1", tests::refusing_port())});
  BOOST_TEST(!winner.has_value());
  BOOST_CHECK(error == net::error::connection_refused);
}

BOOST_AUTO_TEST_CASE(cancelling_ends_it) {
  const tests::deaf_listener deaf;
  const auto port = port_of(deaf.url());
  const auto racing = std::make_shared<connect_race>(
      io.get_executor(), std::vector<tcp::endpoint>{at("127.0.0.1", port)});
  bool ended = false;
  spawn([&]() -> awaitable<void> {
    co_await racing->run();
    ended = true;
  });
  net::post(io, [racing] { racing->cancel(); });
  run();
  BOOST_TEST(ended);
  BOOST_TEST(!racing->take_winner().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors::wire
