#include "server_fixture.hpp"

#include <boost/json/parse.hpp>

using namespace postrider;

BOOST_FIXTURE_TEST_SUITE(connection, test::server_fixture)

BOOST_AUTO_TEST_CASE(is_kept_for_the_next_request) {
  test::raw_client client(start());
  for (int i = 0; i < 3; ++i) {
    client.send(test::get("/livez"));
    const auto answer = client.receive();
    BOOST_TEST(answer.status == 200);
    BOOST_TEST(answer.field("connection") == "");
  }
}

BOOST_AUTO_TEST_CASE(ends_when_the_client_wants_it) {
  test::raw_client client(start());
  client.send(test::get("/livez", "Connection: close\r\n"));
  BOOST_TEST(client.receive().field("connection") == "close");
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(ends_with_http_1_0_unless_the_client_asks_to_keep_it) {
  test::raw_client first(start());
  first.send("GET /livez HTTP/1.0\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(first.receive().field("connection") == "close");
  BOOST_TEST(first.closed_by_server());
  test::raw_client second(address);
  for (int i = 0; i < 2; ++i) {
    second.send("GET /livez HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n");
    BOOST_TEST(second.receive().field("connection") == "keep-alive");
  }
}

BOOST_AUTO_TEST_CASE(answers_pipelined_requests_in_their_order) {
  // The first is answered by the pipeline last.
  std::vector<actors::completion<actors::transaction_info>> waiting;
  std::mutex mutex;
  gateway.on_find_transaction = [&](auto id, auto done) {
    const std::lock_guard lock(mutex);
    if (id != 1) return done(actors::service_error{actors::service_errc::not_found, "none", {}});
    waiting.push_back(std::move(done));
  };
  test::raw_client client(start());
  client.send(test::get("/v1/transactions/1") + test::get("/v1/transactions/2") +
              test::post("/send/message", "{]") + test::get("/livez"));
  BOOST_TEST(test::eventually([&] {
    const std::lock_guard lock(mutex);
    return waiting.size() == 1;
  }));
  actors::transaction_info info;
  info.transaction.id = 1;
  waiting.front()(info);
  BOOST_TEST(client.receive().status == 200);
  BOOST_TEST(client.receive().status == 404);
  BOOST_TEST(client.receive().status == 400);
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(takes_a_hundred_pipelined_requests) {
  test::raw_client client(start());
  std::string bytes;
  for (int i = 0; i < 100; ++i)
    bytes += test::get("/livez", "X-Request-Id: n" + std::to_string(i) + "\r\n");
  client.send(bytes);
  for (int i = 0; i < 100; ++i)
    BOOST_TEST(client.receive().field("x-request-id") == "n" + std::to_string(i));
}

BOOST_AUTO_TEST_CASE(answers_head_like_get_without_content) {
  test::raw_client client(start());
  client.send("HEAD /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const auto answer = client.receive(true);
  BOOST_TEST(answer.status == 200);
  BOOST_TEST(answer.field("content-length") == "18");
  client.send("HEAD /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n");
  BOOST_TEST(client.receive(true).status == 404);
  client.send(test::get("/livez"));
  BOOST_TEST(client.receive().body == R"({"status":"alive"})");
}

BOOST_AUTO_TEST_CASE(says_100_before_a_body_that_is_waited_with) {
  gateway.on_retry = [](auto, auto done) { done(actors::retry_report{}); };
  test::raw_client client(start());
  client.send(
      "POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST(client.receive_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("{}");
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(says_the_final_status_instead_of_100_when_it_is_known) {
  start();
  const struct {
    const char* request;
    int status;
  } cases[] = {
      {"POST /nothing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: "
       "100-continue\r\n\r\n",
       404},
      {"POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: "
       "100-continue\r\n\r\n",
       405},
      {"POST /send/message HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: "
       "100-continue\r\n\r\n",
       415},
      {"POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\nExpect: "
       "100-continue\r\n\r\n",
       413},
      {"POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: magic\r\n\r\n",
       417},
  };
  for (const auto& one : cases)
    BOOST_TEST_CONTEXT(one.request) {
      test::raw_client client(address);
      client.send(one.request);
      BOOST_TEST(client.receive().status == one.status);
      BOOST_TEST(client.closed_by_server());
    }
}

BOOST_AUTO_TEST_CASE(carries_the_clients_request_id_or_a_random_one) {
  start();
  const auto with = [&](const std::string& id) {
    return ask(test::get("/livez", "X-Request-Id: " + id + "\r\n")).field("x-request-id");
  };
  BOOST_TEST(with("order-42 {a}") == "order-42 {a}");
  BOOST_TEST(with(std::string(128, 'x')) == std::string(128, 'x'));
  BOOST_TEST(with(std::string(129, 'x')).size() == 32U);
  BOOST_TEST(with("\xc3\xa4").size() == 32U);
  const auto first = ask(test::get("/livez")).field("x-request-id");
  BOOST_TEST(first.size() == 32U);
  BOOST_TEST(ask(test::get("/livez")).field("x-request-id") != first);
}

BOOST_AUTO_TEST_CASE(carries_the_clients_request_id_also_when_its_header_is_refused) {
  settings.max_header_bytes = 1'000;
  settings.header_timeout = std::chrono::milliseconds(50);
  start();
  const std::string begin = "GET /livez HTTP/1.1\r\nX-Request-Id: order-42\r\n";
  const std::pair<std::string, int> cases[]{
      {begin + "Host: a\r\nX: " + std::string(2'000, 'x') + "\r\n\r\n", 431},
      {begin + "Host: a\r\n b\r\n\r\n", 400},
      {begin + "\r\n", 400},
      {begin + "Host: a\r\nHost: b\r\n\r\n", 400},
      {"GET /liv\x7fz HTTP/1.1\r\nX-Request-Id: order-42\r\n\r\n", 400},
      {begin + "Host:", 408}};
  for (const auto& [bytes, status] : cases)
    BOOST_TEST_CONTEXT(bytes) {
      const auto answer = ask(bytes);
      BOOST_TEST(answer.status == status);
      BOOST_TEST(answer.field("x-request-id") == "order-42");
    }
}

BOOST_AUTO_TEST_CASE(goes_on_after_a_request_whose_content_was_refused) {
  test::raw_client client(start());
  client.send(test::post("/nothing", std::string(100'000, 'x')));
  BOOST_TEST(client.receive().status == 404);
  client.send(
      "POST /send/message HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
      "Content-Length: 5\r\n\r\nhello");
  BOOST_TEST(client.receive().code() == "unsupported_media_type");
  client.send(test::get("/livez"));
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(is_refused_beyond_the_limit_of_all) {
  settings.max_connections = 2;
  test::raw_client first(start()), second(address);
  for (auto* one : {&first, &second}) {
    one->send(test::get("/livez"));
    BOOST_TEST(one->receive().status == 200);
  }
  test::raw_client third(address);
  const auto answer = third.receive();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.code() == "too_many_connections");
  BOOST_TEST(answer.field("retry-after") == "1");
  BOOST_TEST(third.closed_by_server());
  first.close();
  BOOST_TEST(test::eventually([&] { return ask(test::get("/livez")).status == 200; }));
}

BOOST_AUTO_TEST_CASE(is_refused_beyond_the_limit_of_its_address) {
  settings.max_connections_per_address = 1;
  test::raw_client first(start());
  first.send(test::get("/livez"));
  BOOST_TEST(first.receive().status == 200);
  test::raw_client second(address);
  BOOST_TEST(second.receive().code() == "too_many_connections");
}

BOOST_AUTO_TEST_CASE(may_be_cut_anywhere) {
  start();
  const std::string whole = test::post("/send/message", R"({"message":"x","user_id":1})");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    test::raw_client client(address);
    client.send(std::string_view(whole).substr(0, size));
    client.close();
  }
  BOOST_TEST(test::eventually([&] {
    const auto answer = ask(test::get("/admin/inspect?section=http"));
    const auto http = boost::json::parse(answer.body).at("http");
    return http.at("connections").as_int64() == 1 && http.at("in_flight").as_int64() == 1;
  }));
}

BOOST_AUTO_TEST_CASE(answers_a_client_that_has_nothing_more_to_say) {
  test::raw_client client(start());
  client.send(test::get("/livez"));
  client.shutdown_send();
  BOOST_TEST(client.receive().status == 200);
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_SUITE_END()
