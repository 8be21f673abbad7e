#include "bulk_fixture.hpp"

using namespace postrider;
using namespace postrider::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(bulk_end, bulk_fixture)

BOOST_AUTO_TEST_CASE(tells_what_is_wrong_with_the_framing_after_the_answers) {
  accept_at_once();
  const auto answers =
      answers_to(head_of("Transfer-Encoding: chunked\r\n") + chunk(good) + "nonsense\r\n");
  BOOST_TEST(summary(answers) == "1 accepted; 2 bad_request; ");
  // Before the first answer the status says it.
  BOOST_TEST(ask(head_of("Transfer-Encoding: chunked\r\n") + "nonsense\r\n").status == 400);
}

BOOST_AUTO_TEST_CASE(sends_no_chunks_to_http_1_0) {
  accept_at_once();
  start();
  test::raw_client client(address);
  client.send(
      "POST /v1/messages/bulk HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"
      "Connection: keep-alive\r\nContent-Length: " +
      std::to_string(good.size()) + "\r\n\r\n" + std::string(good));
  head = client.receive_until("\r\n\r\n");
  BOOST_TEST(head.find("Transfer-Encoding") == head.npos);
  BOOST_TEST(head.find("Connection: close") != head.npos);
  BOOST_TEST(client.receive_until("\n").starts_with(R"({"line":1,)"));
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(says_100_to_who_waits_for_it) {
  accept_at_once();
  start();
  test::raw_client client(address);
  client.send(
      head_of("Expect: 100-continue\r\nContent-Length: " + std::to_string(good.size()) + "\r\n"));
  BOOST_TEST(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(good);
  line_reader lines(client);
  lines.head();
  BOOST_TEST(summary(lines.rest()) == "1 accepted; ");
}

BOOST_AUTO_TEST_CASE(does_not_guess_when_the_pipeline_is_silent) {
  settings.request_timeout = 1s;
  hold();
  start();
  test::raw_client client(address);
  client.send(head_of("Content-Length: 1000000\r\n") + many(2));
  BOOST_REQUIRE(test::eventually([&] { return waiting() == 2; }));
  auto all = take();
  all[1](test::some_receipt());
  line_reader lines(client);
  lines.head();
  BOOST_TEST(summary(lines.rest()) == "1 timeout; 2 accepted; 3 timeout; ");
  BOOST_TEST(client.closed_by_server());
  all[0](test::some_receipt());
}

BOOST_AUTO_TEST_CASE(ends_a_body_that_does_not_come) {
  settings.body_timeout = 100ms;
  accept_at_once();
  const auto answers = answers_to(head_of("Content-Length: 1000000\r\n") + many(1));
  BOOST_TEST(summary(answers) == "1 accepted; 2 request_timeout; ");
  BOOST_TEST(ask(head_of("Content-Length: 1000000\r\n") + R"({"mess)").status == 408);
}

BOOST_AUTO_TEST_CASE(tells_an_open_body_that_the_server_stops) {
  accept_at_once();
  start();
  test::raw_client client(address);
  client.send(head_of("Content-Length: 1000000\r\n") + many(1));
  line_reader lines(client);
  lines.head();
  BOOST_TEST(line_of(*lines.next()) == 1);
  server->stop(5s);
  BOOST_TEST(summary(lines.rest()) == "2 draining; ");
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(an_open_body_is_not_taken_any_further_by_a_drained_server) {
  accept_at_once();
  start();
  test::raw_client client(address);
  client.send(head_of("Content-Length: 1000000\r\n") + many(1));
  line_reader lines(client);
  lines.head();
  BOOST_TEST(line_of(*lines.next()) == 1);
  BOOST_TEST(ask(test::post("/admin/drain", "")).status == 200);
  // Lines that have arrived are taken, and nothing after them.
  client.send(many(1));
  BOOST_TEST(summary(lines.rest()) == "2 accepted; 3 draining; ");
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(a_header_cannot_be_the_key_of_lines) {
  const auto answer = ask(head_of("Idempotency-Key: k\r\nContent-Length: 3\r\n") + "{}\n");
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(answer.body.find("idempotency_key") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(survives_a_connection_that_breaks) {
  hold();
  start();
  {
    test::raw_client client(address);
    client.send(head_of("Content-Length: 1000000\r\n") + many(2));
    BOOST_REQUIRE(test::eventually([&] { return waiting() == 2; }));
  }
  for (auto& one : take())
    one(test::some_receipt());
  accept_at_once();
  BOOST_TEST(summary(answers_to(bulk(many(1)))) == "1 accepted; ");
}

BOOST_AUTO_TEST_SUITE_END()
