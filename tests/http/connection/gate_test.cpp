#include "tests/http/server_fixture.hpp"

#include <chrono>
#include <iterator>
#include <random>

using namespace postrider;
using namespace std::string_literals;

namespace {

struct shape {
  const char* name;
  std::string bytes;
  int status;
};

const std::string big_name(300, 'x');

/// Each is followed by a request that a smuggler would hide behind it.
std::vector<shape> refused_shapes() {
  const std::string host = "POST /v1/retry HTTP/1.1\r\nHost: localhost\r\n";
  return {
      {"length, then chunked",
       host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked, then length",
       host + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400},
      {"identity", host + "Transfer-Encoding: identity\r\n\r\n{}", 400},
      {"gzip", host + "Transfer-Encoding: gzip\r\n\r\n{}", 400},
      {"xchunked", host + "Transfer-Encoding: xchunked\r\n\r\n{}", 400},
      {"chunked, gzip", host + "Transfer-Encoding: chunked, gzip\r\n\r\n{}", 400},
      {"gzip, chunked", host + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400},
      {"chunked twice",
       host + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"an encoding of nothing", host + "Transfer-Encoding:\r\n\r\n{}", 400},
      {"chunked in HTTP/1.0",
       "POST /v1/retry HTTP/1.0\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400},
      {"two equal lengths", host + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400},
      {"two lengths", host + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400},
      {"a list of lengths", host + "Content-Length: 2, 2\r\n\r\n{}", 400},
      {"a signed length", host + "Content-Length: +2\r\n\r\n{}", 400},
      {"a hexadecimal length", host + "Content-Length: 0x2\r\n\r\n{}", 400},
      {"a negative length", host + "Content-Length: -2\r\n\r\n{}", 400},
      {"a length beyond 64 bits", host + "Content-Length: 99999999999999999999\r\n\r\n{}", 400},
      {"no host", "GET /livez HTTP/1.1\r\n\r\n", 400},
      {"no Host field beside a target with a host", "GET http://localhost/livez HTTP/1.1\r\n\r\n",
       400},
      {"a target with an empty host", "GET http:///livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"a target with a user", "GET http://a@localhost/livez HTTP/1.1\r\nHost: localhost\r\n\r\n",
       400},
      {"two hosts in HTTP/1.0", "GET /livez HTTP/1.0\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
       400},
      {"two hosts", "GET /livez HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n", 400},
      {"a host with a path", "GET /livez HTTP/1.1\r\nHost: a/b\r\n\r\n", 400},
      {"a folded field", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: b\r\n c\r\n\r\n", 400},
      {"a bare line feed", "GET /livez HTTP/1.1\nHost: a\n\n", 400},
      {"a NUL in a field", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: b\0c\r\n\r\n"s, 400},
      {"a bare carriage return", "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: b\rc\r\n\r\n", 400},
      {"a space before the colon", "GET /livez HTTP/1.1\r\nHost : a\r\n\r\n", 400},
      {"a bad chunk size", host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n", 400},
      {"a bad chunk extension",
       host + "Transfer-Encoding: chunked\r\n\r\n2;\x01=b\r\n{}\r\n0\r\n\r\n", 400},
      {"a chunk longer than it said",
       host + "Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n", 400},
      {"a length in the trailers",
       host + "Transfer-Encoding: chunked\r\n\r\n0\r\nContent-Length: 2\r\n\r\n", 400},
      {"TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00", 400},
      {"HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
      {"HTTP/1.2", "GET /livez HTTP/1.2\r\nHost: localhost\r\n\r\n", 400},
      {"a fragment", "GET /livez#x HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"no path", "GET livez HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
      {"bytes beyond ASCII in the target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: localhost\r\n\r\n",
       400},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: localhost\r\n\r\n", 400},
  };
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(gate, test::server_fixture)

BOOST_AUTO_TEST_CASE(refuses_what_rfc_9112_forbids_and_closes) {
  start();
  for (const auto& one : refused_shapes())
    BOOST_TEST_CONTEXT(one.name) {
      test::raw_client client(address);
      client.send(one.bytes);
      client.try_send("GET /livez HTTP/1.1\r\nHost: smuggled\r\n\r\n");
      const auto answer = client.receive();
      BOOST_TEST(answer.status == one.status);
      BOOST_TEST(answer.code() == "bad_request");
      BOOST_TEST(answer.field("connection") == "close");
      BOOST_TEST(answer.field("x-request-id").size() == 32U);
      BOOST_TEST(client.closed_by_server());
    }
}

BOOST_AUTO_TEST_CASE(answers_other_methods_with_405_and_goes_on) {
  test::raw_client client(start());
  for (const char* method : {"get", "Get", "OPTIONS", "TRACE", "DELETE", "BREW"}) {
    client.send(std::string(method) + " /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 405);
    BOOST_TEST(answer.field("allow") == "GET, HEAD");
    BOOST_TEST(answer.code() == "method_not_allowed");
  }
}

BOOST_AUTO_TEST_CASE(takes_absolute_form_and_an_empty_line_before_a_request) {
  BOOST_TEST(ask("GET http://example.org/livez HTTP/1.1\r\nHost: example.org\r\n\r\n").status ==
             200);
  BOOST_TEST(ask("\r\nGET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n").status == 200);
  BOOST_TEST(ask("GET /livez HTTP/1.1\r\nhost: [::1]:8080\r\n\r\n").status == 200);
}

/// RFC 9112, 3.2 and 3.2.2.
BOOST_AUTO_TEST_CASE(the_host_is_that_of_the_target_or_of_the_host_field_or_none_in_1_0) {
  const struct {
    const char* head;
    int status;
  } rows[]{
      // HTTP/1.0 may come without a host, and no browser sends it so.
      {"GET /livez HTTP/1.0\r\n", 200},
      {"GET /readyz HTTP/1.0\r\n", 200},
      {"GET /admin/inspect?section=http HTTP/1.0\r\n", 200},
      {"GET /admin/inspect?section=http HTTP/1.0\r\nOrigin: http://evil.example\r\n", 403},
      {"GET /admin/inspect?section=http HTTP/1.0\r\nHost: evil.example\r\n", 403},
      {"GET /admin/inspect?section=http HTTP/1.0\r\nHost:\r\n", 403},
      {"GET /admin/inspect?section=http HTTP/1.1\r\nHost:\r\n", 403},
      // The target's host counts, whatever the Host field says.
      {"GET http://other.example/livez HTTP/1.1\r\nHost: localhost\r\n", 200},
      {"GET http://127.0.0.1:8080/admin/inspect?section=http HTTP/1.1\r\nHost: evil.example\r\n",
       200},
      {"GET https://localhost/admin/inspect?section=http HTTP/1.1\r\nHost:\r\n", 200},
      {"GET http://evil.example/admin/inspect?section=http HTTP/1.1\r\nHost: localhost\r\n", 403},
      {"GET http://evil.example/admin/inspect?section=http HTTP/1.0\r\n", 403},
      {"GET http://localhost/admin/inspect?section=http HTTP/1.0\r\n", 200}};
  for (const auto& row : rows)
    BOOST_TEST(ask(std::string(row.head) + "\r\n").status == row.status, row.head);
}

BOOST_AUTO_TEST_CASE(takes_a_chunked_body) {
  gateway.on_send = [](auto request, auto, auto done) {
    BOOST_TEST(request.text == "hello");
    done(test::some_receipt());
  };
  const auto answer =
      ask("POST /send/message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          "Transfer-Encoding: Chunked\r\n\r\n"
          "b;x=y\r\n{\"message\":\r\n18\r\n\"hello\",\"user_id\":7    }\r\n0\r\n\r\n");
  BOOST_TEST(answer.status == 202);
}

BOOST_AUTO_TEST_CASE(takes_a_chunked_body_byte_by_byte) {
  gateway.on_retry = [](auto, auto done) { done(actors::retry_report{}); };
  test::raw_client client(start());
  const std::string_view bytes =
      "POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\nX-A: b\r\n\r\n";
  for (const char& one : bytes)
    client.send({&one, 1});
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(never_takes_a_trailer_for_a_field_of_the_header) {
  gateway.on_retry = [](auto, auto done) { done(actors::retry_report{}); };
  const auto answer =
      ask("POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
          "0\r\nX-Request-Id: from-the-trailer\r\nHost: b\r\nAuthorization: Bearer x\r\n\r\n");
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.field("x-request-id") != "from-the-trailer");
}

BOOST_AUTO_TEST_CASE(is_unharmed_by_requests_with_random_mistakes) {
  settings.header_timeout = settings.body_timeout = std::chrono::milliseconds(20);
  gateway.on_send = [](auto, auto, auto done) { done(test::some_receipt()); };
  gateway.on_retry = [](auto, auto done) { done(actors::retry_report{}); };
  gateway.on_inspect = [](auto, auto done) { done(boost::json::object()); };
  const std::string seeds[] = {
      test::post("/send/message", R"({"message":"x","user_id":1,"recipients":["a@example.org"]})"),
      "POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: "
      "b\r\n\r\n",
      test::get("/admin/inspect?section=http", "Expect: 100-continue\r\n"),
  };
  const auto seed = std::random_device()();
  BOOST_TEST_INFO_SCOPE("seed " << seed);
  std::mt19937 random(seed);
  start();
  for (int i = 0; i < 600; ++i) {
    std::string bytes = seeds[random() % std::size(seeds)];
    for (auto left = random() % 4 + 1; left > 0; --left) {
      const auto at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes.erase(at, random() % 8 + 1); break;
        case 2: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 16)); break;
        default: bytes.insert(at, "\r\n"); break;
      }
      if (bytes.empty()) bytes = "x";
    }
    test::raw_client client(address);
    client.try_send(bytes);
    client.shutdown_send();
  }
  BOOST_TEST(ask(test::get("/livez")).status == 200);
}

BOOST_AUTO_TEST_CASE(refuses_a_header_beyond_its_limit) {
  settings.max_header_bytes = 1'000;
  start();
  for (const std::string& bytes :
       {"GET /livez HTTP/1.1\r\nHost: localhost\r\nX: " + std::string(1'000, 'x') + "\r\n\r\n",
        "GET /" + std::string(2'000, 'x')}) {
    test::raw_client client(address);
    client.send(bytes);
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 431);
    BOOST_TEST(answer.code() == "header_too_large");
    BOOST_TEST(client.closed_by_server());
  }
}

BOOST_AUTO_TEST_CASE(bounds_a_header_that_comes_in_pieces) {
  settings.max_header_bytes = 1'000;
  test::raw_client client(start());
  client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n");
  for (int i = 0; i < 20; ++i)
    client.try_send("X: " + std::string(100, 'x') + "\r\n");
  BOOST_TEST(client.receive().status == 431);
}

BOOST_AUTO_TEST_CASE(bounds_chunk_extensions_and_trailers) {
  start();
  for (const std::string& part :
       {std::string("2;a=") + std::string(40'000, 'x'), "0\r\nX: " + std::string(40'000, 'x')}) {
    test::raw_client client(address);
    client.try_send(
        "POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + part);
    BOOST_TEST(client.receive().status == 400);
  }
}

BOOST_AUTO_TEST_CASE(refuses_a_long_body_by_its_length_before_it_comes) {
  settings.max_body_bytes = 100;
  test::raw_client client(start());
  client.send(
      "POST /send/message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 101\r\n\r\n");
  const auto answer = client.receive();
  BOOST_TEST(answer.status == 413);
  BOOST_TEST(answer.code() == "body_too_large");
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(refuses_chunks_that_add_up_to_too_much) {
  settings.max_body_bytes = 100;
  test::raw_client client(start());
  client.try_send(
      "POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i)
    client.try_send("28\r\n" + std::string(40, ' ') + "\r\n");
  BOOST_TEST(client.receive().status == 413);
}

BOOST_AUTO_TEST_CASE(lets_a_client_that_is_still_sending_see_the_answer) {
  test::raw_client client(start());
  client.send(
      "POST /send/message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 10000000\r\n\r\n");
  BOOST_TEST(client.try_send(std::string(10'000'000, 'x')));
  BOOST_TEST(client.receive().status == 413);
}

BOOST_AUTO_TEST_CASE(takes_a_body_of_ten_megabytes_where_that_is_allowed) {
  settings.max_body_bytes = 11'000'000;
  const auto answer = ask(test::post(
      "/send/message", "{\"user_id\":1,\"message\":\"" + std::string(10'000'000, 'x') + "\"}"));
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(answer.body.find("not 10000000") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
