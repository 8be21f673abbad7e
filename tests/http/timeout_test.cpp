#include "server_fixture.hpp"

#include <chrono>

using namespace postrider;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(timeouts, test::server_fixture)

BOOST_AUTO_TEST_CASE(close_an_idle_connection_without_a_word) {
  settings.idle_timeout = 20ms;
  test::raw_client fresh(start());
  BOOST_TEST(fresh.closed_by_server());
  // This one must find the time to send something.
  settings.idle_timeout = 1s;
  test::raw_client used(start());
  used.send(test::get("/livez"));
  BOOST_TEST(used.receive().status == 200);
  BOOST_TEST(used.closed_by_server());
}

BOOST_AUTO_TEST_CASE(answer_a_header_that_does_not_end) {
  settings.header_timeout = 20ms;
  test::raw_client client(start());
  client.send("GET /livez HTTP/1.1\r\nHost:");
  const auto answer = client.receive();
  BOOST_TEST(answer.status == 408);
  BOOST_TEST(answer.code() == "request_timeout");
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(bound_the_whole_header_and_not_each_byte_of_it) {
  settings.header_timeout = 60ms;
  test::raw_client client(start());
  client.send("GET /livez HTTP/1.1\r\nX: ");
  // A slow loris: one more byte, again and again.
  BOOST_TEST(test::eventually([&] { return !client.try_send("x") || client.has_answer(); }));
  BOOST_TEST(client.receive().status == 408);
}

BOOST_AUTO_TEST_CASE(answer_a_body_that_does_not_end) {
  settings.body_timeout = 20ms;
  test::raw_client client(start());
  client.send(
      "POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
      "Content-Type: application/json\r\n\r\n{");
  const auto answer = client.receive();
  BOOST_TEST(answer.status == 408);
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(answer_when_the_pipeline_does_not) {
  settings.request_timeout = 20ms;
  std::vector<actors::completion<actors::send_receipt>> kept;
  gateway.on_send = [&](auto, auto, auto done) { kept.push_back(std::move(done)); };
  test::raw_client client(start());
  client.send(test::post("/send/message", R"({"message":"x","user_id":1})"));
  const auto answer = client.receive();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.code() == "timeout");
  BOOST_TEST(answer.field("retry-after") == "");
  // Its late answer reaches nobody, least of all the next request on the connection.
  kept.front()(test::some_receipt());
  client.send(test::get("/livez"));
  BOOST_TEST(client.receive().body == R"({"status":"alive"})");
}

BOOST_AUTO_TEST_CASE(end_a_client_that_does_not_read) {
  settings.write_timeout = 50ms;
  boost::json::object large;
  large["text"] = std::string(8'000'000, 'x');
  gateway.on_inspect = [&](const auto& section, auto done) {
    done(section.empty() ? large : boost::json::object());
  };
  test::raw_client client(start());
  client.send(test::get("/admin/inspect"));
  BOOST_TEST(test::eventually([&] {
    return ask(test::get("/admin/inspect?section=http")).body.find("\"connections\":1,") !=
           std::string::npos;
  }));
}

BOOST_AUTO_TEST_SUITE_END()
