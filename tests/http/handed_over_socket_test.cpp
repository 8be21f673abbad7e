#include "server_fixture.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::test {
namespace {

/// A TCP socket on a free port, as a service manager opens it.
int open_socket(in_addr_t address, bool listens = true) {
  const int opened = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(address);
  BOOST_REQUIRE(::bind(opened, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0);
  if (listens) BOOST_REQUIRE(::listen(opened, 16) == 0);
  return opened;
}

std::string address_of(int listening) {
  sockaddr_in where{};
  socklen_t size = sizeof where;
  BOOST_REQUIRE(::getsockname(listening, reinterpret_cast<sockaddr*>(&where), &size) == 0);
  return "127.0.0.1:" + std::to_string(ntohs(where.sin_port));
}

struct socket_fixture : server_fixture {
  std::string mistake_with(int handed_over) {
    settings.handed_over_socket = handed_over;
    const auto started = http::start_server(settings, gateway);
    return started.has_value() ? "" : started.error();
  }
};

BOOST_FIXTURE_TEST_SUITE(handed_over_socket, socket_fixture)

BOOST_AUTO_TEST_CASE(is_used_in_place_of_the_address_and_outlives_the_server) {
  const int manager = open_socket(INADDR_LOOPBACK);
  settings.listen = "127.0.0.1:1";
  for (int restart = 0; restart < 2; ++restart) {
    settings.handed_over_socket = ::dup(manager);
    BOOST_TEST(start() == address_of(manager));
    BOOST_TEST(ask("GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").status ==
               200);
    server.reset();
  }
  // A client that comes between two servers waits in its queue.
  const int client = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  socklen_t size = sizeof where;
  ::getsockname(manager, reinterpret_cast<sockaddr*>(&where), &size);
  BOOST_TEST(::connect(client, reinterpret_cast<sockaddr*>(&where), size) == 0);
  ::close(client);
  ::close(manager);
}

BOOST_AUTO_TEST_CASE(needs_keys_when_others_can_reach_it) {
  BOOST_TEST(mistake_with(open_socket(INADDR_ANY)).find("requires no API key") !=
             std::string::npos);
  settings.keys_required = true;
  BOOST_TEST(mistake_with(open_socket(INADDR_ANY)) == "");
}

BOOST_AUTO_TEST_CASE(must_be_one_that_listens) {
  int pipe[2];
  BOOST_REQUIRE(::pipe(pipe) == 0);
  for (const int other : {open_socket(INADDR_LOOPBACK, false), pipe[0], 4'711})
    BOOST_TEST(mistake_with(other).find("does not listen") != std::string::npos, other);
  ::close(pipe[1]);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::test
