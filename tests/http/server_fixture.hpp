#pragma once

#include "fake_gateway.hpp"
#include "http/connection/server.hpp"
#include "raw_client.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace postrider::test {

/// A server on a free port of loopback with a fake gateway behind it.
struct server_fixture {
  fake_gateway gateway;
  http::http_settings settings{.listen = "127.0.0.1:0"};
  std::unique_ptr<http::server> server;

  ~server_fixture() {
    server.reset();
    BOOST_TEST(gateway.unexpected().empty());
  }

  const std::string& start() {
    auto started = http::start_server(settings, gateway);
    BOOST_REQUIRE(started.has_value());
    server = std::move(*started);
    address = server->address();
    return address;
  }
  /// Starts the server if it does not run, and sends one request on a connection of its own.
  reply ask(std::string_view bytes) {
    if (!server) start();
    return test::ask(address, bytes);
  }

  std::string address;
};

}  // namespace postrider::test
