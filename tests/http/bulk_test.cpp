#include "server_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <sstream>

using namespace postrider;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr std::string_view good = R"({"message":"x","user_id":1})"
                                  "\n";

std::string head_of(std::string_view fields) {
  return "POST /v1/messages/bulk HTTP/1.1\r\nHost: test\r\nContent-Type: "
         "application/x-ndjson\r\n" +
         std::string(fields) + "\r\n";
}

std::string bulk(std::string_view lines, std::string_view fields = "") {
  return head_of("Content-Length: " + std::to_string(lines.size()) + "\r\n" + std::string(fields)) +
         std::string(lines);
}

std::string chunk(std::string_view content) {
  std::ostringstream size;
  size << std::hex << content.size();
  return size.str() + "\r\n" + std::string(content) + "\r\n";
}

std::string many(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i)
    lines += good;
  return lines;
}

/// Reads what comes in chunks; JSON has no CR, so that a chunk ends at the first one.
class line_reader {
 public:
  explicit line_reader(test::raw_client& from) : from_(from) {}

  std::string head() { return from_.receive_until("\r\n\r\n"); }
  /// The next line; nothing when the content has ended.
  std::optional<json::object> next() {
    while (text_.find('\n') == text_.npos) {
      const auto size = std::stoul(from_.receive_until("\r\n"), nullptr, 16);
      const auto content = from_.receive_until("\r\n");
      BOOST_REQUIRE(content.size() == size + 2);
      if (size == 0) return std::nullopt;
      text_ += content.substr(0, size);
    }
    const auto line = text_.substr(0, text_.find('\n'));
    text_.erase(0, line.size() + 1);
    return json::parse(line).as_object();
  }
  std::vector<json::object> rest() {
    std::vector<json::object> all;
    while (auto line = next())
      all.push_back(std::move(*line));
    return all;
  }

 private:
  test::raw_client& from_;
  std::string text_;
};

std::int64_t line_of(const json::object& answer) { return answer.at("line").to_number<int>(); }

std::string code_of(const json::object& answer) {
  const auto* code = answer.if_contains("code");
  return code == nullptr ? std::string("accepted") : std::string(code->get_string());
}

/// "1 accepted; 2 invalid; "
std::string summary(const std::vector<json::object>& answers) {
  std::string text;
  for (const auto& answer : answers)
    text += std::to_string(line_of(answer)) + " " + code_of(answer) + "; ";
  return text;
}

/// Sends wait here until the test answers them.
struct bulk_fixture : test::server_fixture {
  using done = actors::completion<actors::send_receipt>;

  void hold() {
    gateway.on_send = [this](auto, auto, auto then) {
      const std::lock_guard lock(mutex);
      held.push_back(std::move(then));
    };
  }
  void accept_at_once() {
    gateway.on_send = [this](auto, auto, auto then) {
      ++sent;
      then(test::some_receipt());
    };
  }
  std::vector<done> take() {
    const std::lock_guard lock(mutex);
    return std::exchange(held, {});
  }
  std::size_t waiting() {
    const std::lock_guard lock(mutex);
    return held.size();
  }
  std::vector<json::object> answers_to(std::string_view bytes) {
    if (!server) start();
    test::raw_client client(address);
    client.send(bytes);
    line_reader lines(client);
    head = lines.head();
    return lines.rest();
  }

  std::mutex mutex;
  std::vector<done> held;
  std::atomic<std::size_t> sent{0};
  std::string head;
};

}  // namespace

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
  BOOST_TEST(ask("POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                 "Content-Length: 1001\r\n\r\n")
                 .status == 413);
}

BOOST_AUTO_TEST_CASE(refuses_what_is_not_ndjson_without_reading_it) {
  const auto answer =
      ask("POST /v1/messages/bulk HTTP/1.1\r\nHost: a\r\nContent-Type: "
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
      "POST /v1/messages/bulk HTTP/1.0\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n"
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
  settings.request_timeout = 100ms;
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
