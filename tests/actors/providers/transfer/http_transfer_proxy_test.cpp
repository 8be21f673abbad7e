#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

/// Witness: RFC 9110 (9.3.6, CONNECT) and RFC 7617, by a proxy that is scripted from them.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

const std::string established = "HTTP/1.1 200 Connection established\r\nVia: 1.1 proxy\r\n\r\n";

/// Makes the connection, and then speaks as the peer behind it.
void connect_and_answer(connection& client) {
  if (client.read_request().empty()) return;
  client.send(established);
  while (!client.read_request().empty())
    client.send(http_reply(200, "done"));
}

transfer_peer::script refuse_with(int status) {
  return [status](connection& client) {
    client.read_request();
    client.send(http_reply(status, "no", "Proxy-Authenticate: Basic realm=\"x\"\r\n"));
    client.finish();
  };
}

struct proxy_fixture : engine_fixture {
  static transfer_request through(const std::string& proxy, std::string url) {
    auto request = post_to(std::move(url));
    request.proxy.url = proxy;
    return request;
  }
};

BOOST_FIXTURE_TEST_SUITE(transfers_by_proxy, proxy_fixture)

BOOST_AUTO_TEST_CASE(the_proxy_makes_the_connection_and_sees_no_header_of_ours) {
  transfer_peer proxy(connect_and_answer);
  auto request = through(proxy.url(), "http://api.example.org:8080/v1/send");
  request.headers.push_back("Authorization: Bearer secret");
  const auto result = perform(request);
  BOOST_TEST(summary(result) == "200 complete");
  BOOST_TEST(result.body == "done");
  for (const auto& [name, value] : result.headers)
    BOOST_TEST(name != "via");
  const auto wire = proxy.requests();
  BOOST_TEST_REQUIRE(wire.size() == 2u);
  BOOST_TEST(wire[0].starts_with("CONNECT api.example.org:8080 HTTP/1.1\r\n"));
  BOOST_TEST(wire[0].find("secret") == wire[0].npos);
  BOOST_TEST(wire[0].find("Proxy-Authorization") == wire[0].npos);
  // The peer gets the same as without a proxy.
  BOOST_TEST(wire[1].starts_with("POST /v1/send HTTP/1.1\r\nHost: api.example.org:8080\r\n"));
  BOOST_TEST(wire[1].find("Authorization: Bearer secret") != wire[1].npos);
  // The connection is used again.
  BOOST_TEST(ending_of(request) == "200 complete");
  BOOST_TEST(proxy.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_proxy_gets_its_credentials_and_the_peer_does_not) {
  transfer_peer proxy(connect_and_answer);
  auto request = through(proxy.url(), "http://api.example.org/");
  request.proxy.username = "Aladdin";
  request.proxy.password = "open sesame";
  BOOST_TEST(ending_of(request) == "200 complete");
  const auto wire = proxy.requests();
  BOOST_TEST_REQUIRE(wire.size() == 2u);
  // RFC 7617, 2.
  BOOST_TEST(wire[0].find("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n") !=
             wire[0].npos);
  BOOST_TEST(wire[1].find("Proxy-Authorization") == wire[1].npos);
  // Another provider's calls through the same proxy do not have them.
  BOOST_TEST(ending_of(through(proxy.url(), "http://other.example.org/")) == "200 complete");
  BOOST_TEST(proxy.requests()[2].find("Proxy-Authorization") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_proxy_does_not_make_was_surely_not_sent) {
  const struct {
    int status;
    transfer_error error;
  } rows[]{{403, transfer_error::connect},     {407, transfer_error::proxy_login},
           {401, transfer_error::proxy_login}, {500, transfer_error::connect},
           {502, transfer_error::connect},     {503, transfer_error::connect}};
  for (const auto& row : rows) {
    BOOST_TEST_CONTEXT("HTTP " << row.status) {
      transfer_peer proxy(refuse_with(row.status));
      const auto result = perform(through(proxy.url(), "http://api.example.org/"));
      BOOST_TEST((result.error == row.error), summary(result));
      BOOST_TEST((result.stage < transfer_stage::request_partly_written), summary(result));
      BOOST_TEST(result.status == 0);
      BOOST_TEST(result.headers.empty());
      BOOST_TEST(result.error_text.find(std::to_string(row.status)) != std::string::npos,
                 result.error_text);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_proxy_that_cannot_be_reached_is_named_as_the_reason) {
  const auto nobody = "http://127.0.0.1:" + std::to_string(tests::refusing_port());
  const auto result = perform(through(nobody, "http://api.example.org/"));
  BOOST_TEST((result.error == transfer_error::proxy), summary(result));
  BOOST_TEST((result.stage <= transfer_stage::connecting), summary(result));
  const auto unknown = perform(through("http://proxy.invalid:3128", "http://api.example.org/"));
  BOOST_TEST((unknown.error == transfer_error::proxy), summary(unknown));
}

BOOST_AUTO_TEST_CASE(what_breaks_after_the_proxy_connected_is_told_by_how_far_it_got) {
  transfer_peer lost([](connection& client) {
    client.read_request();
    client.send(established);
    client.read_request();
  });
  BOOST_TEST(ending_of(through(lost.url(), "http://api.example.org/")) ==
             "disconnected after the request was sent");
  transfer_peer silent([](connection& client) {
    client.read_request();
    client.hold();
  });
  auto request = through(silent.url(), "http://api.example.org/");
  request.timeout = 500ms;
  const auto result = perform(request);
  BOOST_TEST((result.error == transfer_error::timeout), summary(result));
  BOOST_TEST((result.stage < transfer_stage::request_partly_written), summary(result));
  transfer_peer cut([](connection& client) {
    client.read_request();
    client.send(established);
    client.read_request();
    client.send("HTTP/1.1 200 OK\r\nContent-Le");
  });
  BOOST_TEST(ending_of(through(cut.url(), "http://api.example.org/"))
                 .starts_with("disconnected while reading the reply"));
}

BOOST_AUTO_TEST_CASE(hosts_of_no_proxy_are_called_directly) {
  transfer_peer proxy(connect_and_answer);
  transfer_peer peer(connect_and_answer);
  transfer_peer direct([](connection& client) {
    while (!client.read_request().empty())
      client.send(http_reply(200, "directly"));
  });
  auto request = through(proxy.url(), direct.url());
  request.proxy.no_proxy = "example.org 127.0.0.0/8";
  BOOST_TEST(perform(request).body == "directly");
  BOOST_TEST(proxy.connections() == 0);
  request.proxy.no_proxy = "example.org";
  BOOST_TEST(perform(request).body == "done");
  BOOST_TEST(proxy.connections() == 1);
}

BOOST_AUTO_TEST_CASE(the_environment_says_nothing_about_it) {
  transfer_peer proxy(connect_and_answer);
  ::setenv("no_proxy", "*", 1);
  ::setenv("NO_PROXY", "*", 1);
  BOOST_TEST(ending_of(through(proxy.url(), "http://api.example.org/")) == "200 complete");
  ::unsetenv("no_proxy");
  ::unsetenv("NO_PROXY");
  BOOST_TEST(proxy.connections() == 1);
}

BOOST_AUTO_TEST_CASE(a_proxy_may_be_private_where_only_public_addresses_are_called) {
  transfer_peer proxy(connect_and_answer);
  auto request = through(proxy.url(), "http://api.example.org/");
  request.public_addresses_only = true;
  BOOST_TEST(ending_of(request) == "200 complete");
  for (const auto* url :
       {"http://127.0.0.1:1/", "http://[::1]/", "http://0x7f.1/", "http://localhost/",
        "http://169.254.169.254/latest", "http://2130706433/"}) {
    request.url = url;
    const auto result = perform(request);
    BOOST_TEST((result.error == transfer_error::address_refused), url << ": " << summary(result));
  }
  // A host that is called directly is judged by the address that it is called at.
  request.url = "http://localhost:" + std::to_string(proxy.port()) + "/";
  request.proxy.no_proxy = "localhost";
  BOOST_TEST((perform(request).error == transfer_error::address_refused));
  BOOST_TEST(proxy.requests().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
