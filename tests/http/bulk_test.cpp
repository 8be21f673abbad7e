#include "bulk_fixture.hpp"

using namespace postrider;
using namespace postrider::test;
using namespace std::chrono_literals;

BOOST_FIXTURE_TEST_SUITE(bulk_sending, bulk_fixture)

BOOST_AUTO_TEST_CASE(answers_every_line_with_its_number_whatever_the_others_are) {
  accept_at_once();
  const auto answers = answers_to(bulk(std::string(good) +
                                       "{\"message\":\n"
                                       "\n"
                                       R"({"mesage":"x","user_id":1})"
                                       "\n" +
                                       std::string(good.substr(0, good.size() - 1))));
  BOOST_TEST(head.starts_with("HTTP/1.1 200 OK\r\n"));
  BOOST_TEST(head.find("Content-Type: application/x-ndjson\r\n") != head.npos);
  BOOST_TEST(head.find("Transfer-Encoding: chunked\r\n") != head.npos);
  BOOST_TEST(head.find("Content-Length") == head.npos);
  BOOST_TEST(summary(answers) ==
             "1 accepted; 2 invalid_json; 3 invalid_json; 4 invalid; 5 accepted; ");
  BOOST_TEST(sent == 2U);
  BOOST_TEST(json::serialize(answers[0]) ==
             R"({"line":1,"id":123,"message_id":"01938a5c-1f2e-7abc-8def-0123456789ab",)"
             R"("status":"pending","transactions":[{"id":123,"recipient":"+15551234567",)"
             R"("provider":"signal-main","provider_type":"signal","status":"pending"}]})");
  BOOST_TEST(answers[3].at("status").to_number<int>() == 422);
  BOOST_TEST(answers[3].at("errors").at(0).at("pointer").get_string() == "/mesage");
}

BOOST_AUTO_TEST_CASE(takes_an_idempotency_key_in_each_line) {
  accept_at_once();
  const auto line = [](const std::string& key) {
    return R"({"idempotency_key":)" + key + R"(,"message":"x","user_id":1})" + "\n";
  };
  const auto answers =
      answers_to(bulk(line(R"("k-1")") + line("\"\"") + line("7") + line("\"\u00e9\"") +
                      line('"' + std::string(256, 'k') + '"')));
  BOOST_TEST(summary(answers) == "1 accepted; 2 invalid; 3 invalid; 4 invalid; 5 invalid; ");
  for (std::size_t i = 1; i < answers.size(); ++i)
    BOOST_TEST(answers[i].at("errors").at(0).at("pointer").get_string() == "/idempotency_key");
}

BOOST_AUTO_TEST_CASE(makes_a_key_and_the_bytes_of_its_line_one_message) {
  std::vector<std::optional<actors::once_only>> asked;
  gateway.on_send = [&](auto request, auto, auto then) {
    asked.push_back(request.once);
    auto receipt = test::some_receipt();
    receipt.replayed = asked.size() == 2;
    then(receipt);
  };
  const std::string keyed = R"({"idempotency_key":"k","message":"x","user_id":1})"
                            "\n";
  const std::string other = R"({"idempotency_key":"k","message":"y","user_id":1})"
                            "\n";
  const auto answers = answers_to(bulk(keyed + keyed + other + std::string(good)));
  BOOST_REQUIRE(asked.size() == 4U);
  BOOST_TEST((asked[0]->key == asked[1]->key));
  BOOST_TEST((asked[0]->body == asked[1]->body));
  BOOST_TEST((asked[0]->key == asked[2]->key));
  BOOST_TEST((asked[0]->body != asked[2]->body));
  BOOST_TEST(!asked[3]);
  BOOST_TEST(!answers[0].contains("replayed"));
  BOOST_TEST(answers[1].at("replayed").get_bool());
}

BOOST_AUTO_TEST_CASE(answers_while_the_body_is_still_open) {
  accept_at_once();
  start();
  test::raw_client client(address);
  client.send(head_of("Transfer-Encoding: chunked\r\n") + chunk(good));
  line_reader lines(client);
  lines.head();
  BOOST_TEST(line_of(*lines.next()) == 1);
  client.send(chunk(good.substr(0, 5)));
  client.send(chunk(good.substr(5)));
  BOOST_TEST(line_of(*lines.next()) == 2);
  client.send("0\r\n\r\n");
  BOOST_TEST(!lines.next());
  client.send(test::get("/livez"));
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(keeps_the_order_when_the_pipeline_does_not) {
  hold();
  start();
  test::raw_client client(address);
  client.send(bulk(many(3)));
  BOOST_REQUIRE(test::eventually([&] { return waiting() == 3; }));
  auto all = take();
  all[2](actors::service_error{actors::service_errc::no_route, "nobody", {}, {}});
  all[1](test::some_receipt());
  BOOST_TEST(!client.has_answer());
  all[0](actors::service_error{actors::service_errc::overloaded, "later", {}, {}});
  line_reader lines(client);
  lines.head();
  BOOST_TEST(summary(lines.rest()) == "1 overloaded; 2 accepted; 3 no_route; ");
}

BOOST_AUTO_TEST_CASE(has_a_bounded_number_of_lines_on_the_way) {
  hold();
  start();
  test::raw_client client(address);
  client.send(bulk(many(1'200)));
  std::vector<std::size_t> chunks;
  for (std::size_t seen = 0; seen < 1'200;) {
    // All of a chunk is started before any of it is waited for.
    std::size_t before = 0;
    BOOST_REQUIRE(test::eventually([&] {
      const auto now = waiting();
      return now > 0 && std::exchange(before, now) == now;
    }));
    for (auto& one : take()) {
      one(test::some_receipt());
      ++seen;
    }
    chunks.push_back(seen);
  }
  line_reader lines(client);
  lines.head();
  BOOST_TEST(lines.rest().size() == 1'200U);
  BOOST_TEST(chunks.front() <= 500U);
  BOOST_TEST(chunks.size() < 100U);
}

BOOST_AUTO_TEST_CASE(counts_recipients_too) {
  hold();
  start();
  std::string line = R"({"message":"x","user_id":1,"recipients":[)";
  for (int i = 0; i < 1'000; ++i)
    line += i == 0 ? R"("a@b.example")" : R"(,"a@b.example")";
  line += "]}\n";
  test::raw_client client(address);
  client.send(bulk(line + line + line));
  line_reader lines(client);
  BOOST_REQUIRE(test::eventually([&] { return waiting() == 2; }));
  for (auto& one : take())
    one(test::some_receipt());
  BOOST_REQUIRE(test::eventually([&] { return waiting() == 1; }));
  take().front()(test::some_receipt());
  lines.head();
  BOOST_TEST(lines.rest().size() == 3U);
}

BOOST_AUTO_TEST_CASE(stops_reading_when_the_client_does_not_read) {
  auto large = test::some_receipt();
  large.transactions.front().recipient = std::string(4'000, 'x');
  gateway.on_send = [this, large](auto, auto, auto then) {
    ++sent;
    then(large);
  };
  settings.write_timeout = 200ms;
  start();
  test::raw_client client(address);
  client.send(bulk(many(10'000)));
  // Forty megabytes of answers have no room in the kernel.
  BOOST_TEST(test::eventually([&] { return !client.try_send("\n"); }));
  BOOST_TEST(sent > 0U);
  BOOST_TEST(sent < 10'000U);
}

BOOST_AUTO_TEST_CASE(takes_ten_thousand_lines_and_says_where_it_stopped) {
  accept_at_once();
  const auto answers = answers_to(bulk(many(10'002)));
  BOOST_REQUIRE(answers.size() == 10'001U);
  BOOST_TEST(sent == 10'000U);
  BOOST_TEST(code_of(answers[9'999]) == "accepted");
  BOOST_TEST(line_of(answers[10'000]) == 10'001);
  BOOST_TEST(code_of(answers[10'000]) == "body_too_large");
}

BOOST_AUTO_TEST_CASE(takes_more_than_other_requests_but_not_everything) {
  accept_at_once();
  settings.max_body_bytes = 1'000;
  const auto answers =
      answers_to(bulk(many(100) + std::string(2'000, 'x') + "\n" + std::string(good)));
  BOOST_REQUIRE(answers.size() == 102U);
  BOOST_TEST(code_of(answers[99]) == "accepted");
  BOOST_TEST(code_of(answers[100]) == "body_too_large");
  BOOST_TEST(code_of(answers[101]) == "accepted");
  BOOST_TEST(ask(head_of("Content-Length: 33554433\r\n")).status == 413);
  BOOST_TEST(
      ask("POST /v1/messages HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
          "Content-Length: 1001\r\n\r\n")
          .status == 413);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_ndjson_without_reading_it) {
  const auto answer =
      ask("POST /v1/messages/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
          "application/json\r\nContent-Length: 33000000\r\n\r\n");
  BOOST_TEST(answer.status == 415);
  BOOST_TEST(answer.field("connection") == "close");
  BOOST_TEST(answer.body.find("application/x-ndjson") != answer.body.npos);
  BOOST_TEST(ask(test::get("/v1/messages/bulk")).status == 404);
}

BOOST_AUTO_TEST_CASE(wants_at_least_one_line) {
  BOOST_TEST(ask(bulk("")).status == 422);
  BOOST_TEST(ask(head_of("Transfer-Encoding: chunked\r\n") + "0\r\n\r\n").status == 422);
}

BOOST_AUTO_TEST_SUITE_END()
