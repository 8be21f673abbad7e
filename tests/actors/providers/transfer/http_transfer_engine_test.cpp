#include "tests/actors/providers/engine_fixture.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <thread>

/// Witness: RFC 9110 and RFC 9112, by a peer that is scripted from them; Node's server, Prism and
/// Kannel are real ones in tests/peers.
namespace postrider::actors {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using tests::http_reply;
using tests::transfer_peer;
using connection = transfer_peer::connection;

void answer_all(connection& client) {
  while (!client.read_request().empty())
    client.send(http_reply(200, "done"));
}

void take_and_hold(connection& client) {
  client.read_request();
  client.hold();
}

/// Sets environment variables and takes them back.
class environment_variables {
 public:
  explicit environment_variables(std::map<std::string, std::string> values)
      : values_(std::move(values)) {
    for (const auto& [name, value] : values_)
      ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~environment_variables() {
    for (const auto& [name, value] : values_)
      ::unsetenv(name.c_str());
  }

 private:
  std::map<std::string, std::string> values_;
};

BOOST_FIXTURE_TEST_SUITE(http_transfer_engines, engine_fixture)

// ---- what goes over the wire -------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_post_goes_over_the_wire_as_it_was_composed) {
  const transfer_peer peer(answer_all);
  auto request = post_to(peer.url("/api/v1/rpc?x=1"), "{\"a\":\0}"s);
  request.headers.push_back("X-Own: value: with colon");
  BOOST_TEST(ending_of(request) == "200 complete");
  const auto wire = peer.requests().front();
  BOOST_TEST(wire.starts_with(
      "POST /api/v1/rpc?x=1 HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(peer.port()) + "\r\n"));
  BOOST_TEST(wire.find("\r\nContent-Type: application/json\r\n") != wire.npos);
  BOOST_TEST(wire.find("\r\nX-Own: value: with colon\r\n") != wire.npos);
  BOOST_TEST(wire.find("\r\nContent-Length: 7\r\n") != wire.npos);
  BOOST_TEST(wire.find("\r\nUser-Agent: Postrider/" POSTRIDER_VERSION "\r\n") != wire.npos);
  BOOST_TEST(wire.find("Expect") == wire.npos);
  BOOST_TEST(wire.find("Transfer-Encoding") == wire.npos);
  BOOST_TEST(wire.ends_with("\r\n\r\n{\"a\":\0}"s));
}

BOOST_AUTO_TEST_CASE(bodies_of_every_size_arrive_whole_and_without_a_pause) {
  const transfer_peer peer(answer_all);
  for (std::size_t size : {0U, 1U, 1023U, 1024U, 1025U, 65'536U, 1'048'577U, 5'000'000U}) {
    BOOST_TEST_CONTEXT(size << " bytes") {
      const std::string body(size, 'b');
      const auto result = perform(post_to(peer.url(), body));
      BOOST_TEST(summary(result) == "200 complete");
      const auto wire = peer.requests().back();
      BOOST_TEST((wire.substr(wire.find("\r\n\r\n") + 4) == body));
      BOOST_TEST(wire.find("Expect") == wire.npos);
      // Waiting for "100 Continue" would take a second each time, a slow machine not always.
      auto quickest = result.duration;
      for (int again = 0; again < 5 && quickest >= 900ms; ++again)
        quickest = std::min(quickest, perform(post_to(peer.url(), body)).duration);
      BOOST_CHECK(quickest < 900ms);
    }
  }
}

BOOST_AUTO_TEST_CASE(methods_are_sent_as_they_are_named) {
  const transfer_peer peer(answer_all);
  for (const auto* method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    auto request = post_to(peer.url(), method == "GET"s ? "" : "body");
    request.method = method;
    BOOST_TEST(ending_of(request) == "200 complete");
    BOOST_TEST(peer.requests().back().starts_with(method + " / HTTP/1.1\r\n"s));
  }
}

BOOST_AUTO_TEST_CASE(nothing_of_one_request_is_left_for_the_next) {
  const transfer_peer peer(answer_all);
  auto first = post_to(peer.url("/first"), "first body");
  first.method = "PUT";
  first.headers.push_back("X-Secret: 1");
  BOOST_TEST(ending_of(first) == "200 complete");
  transfer_request second;
  second.method = "GET";
  second.url = peer.url("/second");
  BOOST_TEST(ending_of(second) == "200 complete");
  const auto wire = peer.requests().back();
  BOOST_TEST(wire.starts_with("GET /second HTTP/1.1\r\n"));
  BOOST_TEST(wire.find("X-Secret") == wire.npos);
  BOOST_TEST(wire.find("Content-") == wire.npos);
  BOOST_TEST(wire.ends_with("\r\n\r\n"));
}

BOOST_AUTO_TEST_CASE(control_characters_reach_neither_request_line_nor_headers) {
  const transfer_peer peer(answer_all);
  const auto clean = post_to(peer.url());
  std::vector<std::pair<std::string, transfer_request>> rows;
  for (const auto& evil : {"\r\nX-Evil: 1"s, "\nX-Evil: 1"s, "\rX-Evil: 1"s, "\0"s, "\x01"s,
                           "\x7f"s, "\r\n\r\nGET /evil HTTP/1.1\r\n\r\n"s}) {
    auto in_header = clean, in_name = clean, in_url = clean, in_method = clean;
    in_header.headers.push_back("X-Own: value" + evil);
    in_name.headers.push_back("X-Own" + evil + ": value");
    in_url.url += "path" + evil;
    in_method.method = "POST" + evil;
    rows.insert(rows.end(),
                {{"header", in_header}, {"name", in_name}, {"url", in_url}, {"method", in_method}});
  }
  auto space = clean;
  space.method = "GET /evil HTTP/1.1";
  rows.emplace_back("method", space);
  space.method = "";
  rows.emplace_back("method", space);
  for (const auto& [where, request] : rows) {
    BOOST_TEST_CONTEXT("in the " << where) {
      const auto result = perform(request);
      BOOST_CHECK(result.error == transfer_error::bad_request);
      BOOST_CHECK(result.stage <= transfer_stage::resolving);
      BOOST_TEST(!result.error_text.empty());
    }
  }
  BOOST_TEST(peer.connections() == 0);
}

BOOST_AUTO_TEST_CASE(header_values_may_have_tabs_and_more_than_ascii) {
  const transfer_peer peer(answer_all);
  auto request = post_to(peer.url());
  request.headers.push_back("X-Own: a\tb gr\xc3\xbc\xc3\x9f");
  BOOST_TEST(ending_of(request) == "200 complete");
  BOOST_TEST(peer.requests().front().find("\r\nX-Own: a\tb gr\xc3\xbc\xc3\x9f\r\n") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(proxies_of_the_environment_are_ignored) {
  const transfer_peer proxy(answer_all);
  const transfer_peer peer(answer_all);
  const environment_variables proxies({{"http_proxy", proxy.url()},
                                       {"HTTP_PROXY", proxy.url()},
                                       {"https_proxy", proxy.url()},
                                       {"all_proxy", proxy.url()},
                                       {"ALL_PROXY", proxy.url()}});
  engine = make_http_transfer_engine();
  BOOST_TEST(ending_of(post_to(peer.url())) == "200 complete");
  BOOST_TEST(ending_of(post_to("http://127.0.0.1:" + std::to_string(tests::refusing_port()))) ==
             "connect while connecting");
  BOOST_TEST(peer.requests().size() == 1U);
  BOOST_TEST(proxy.connections() == 0);
}

// ---- many at a time ----------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_peer_that_hangs_delays_no_other) {
  const transfer_peer hanging(take_and_hold);
  const transfer_peer other(answer_all);
  constexpr int count = 200;
  for (int i = 0; i < count; ++i) {
    engine->perform(post_to(hanging.url()), answers.take(1000 + i));
    engine->perform(post_to(other.url()), answers.take(i));
  }
  BOOST_TEST_REQUIRE(answers.wait_for(count));
  for (int i = 0; i < count; ++i) {
    BOOST_TEST(answers.to(i) == std::vector<std::string>{"200 complete"},
               boost::test_tools::per_element());
    BOOST_TEST(answers.to(1000 + i).empty());
  }
  BOOST_TEST(other.requests().size() == static_cast<std::size_t>(count));
}

BOOST_AUTO_TEST_CASE(requests_from_many_threads_are_each_answered_once) {
  const transfer_peer peer(answer_all);
  constexpr int threads = 8, each = 100;
  std::vector<std::thread> callers;
  for (int t = 0; t < threads; ++t)
    callers.emplace_back([&, t] {
      for (int i = 0; i < each; ++i)
        engine->perform(post_to(peer.url()), answers.take(t * each + i));
    });
  for (auto& caller : callers)
    caller.join();
  BOOST_TEST_REQUIRE(answers.wait_for(threads * each));
  for (int i = 0; i < threads * each; ++i)
    BOOST_TEST(answers.to(i) == std::vector<std::string>{"200 complete"},
               boost::test_tools::per_element());
  BOOST_TEST(peer.requests().size() == static_cast<std::size_t>(threads * each));
}

BOOST_AUTO_TEST_CASE(an_answer_may_begin_the_next_transfer) {
  const transfer_peer peer(answer_all);
  std::function<void(int)> next = [&](int left) {
    engine->perform(post_to(peer.url()),
                    [&, left, note = answers.take(left)](transfer_result result) {
                      note(std::move(result));
                      if (left > 0) next(left - 1);
                    });
  };
  next(20);
  BOOST_TEST_REQUIRE(answers.wait_for(21));
  for (int i = 0; i <= 20; ++i)
    BOOST_TEST(answers.to(i).front() == "200 complete");
}

BOOST_AUTO_TEST_CASE(each_transfer_has_its_own_timeout) {
  const transfer_peer hanging(take_and_hold);
  std::vector<std::chrono::milliseconds> timeouts{3s, 1s, 2s};
  for (int i = 0; i < 3; ++i) {
    auto request = post_to(hanging.url());
    request.timeout = timeouts[static_cast<std::size_t>(i)];
    engine->perform(request, answers.take(i));
  }
  BOOST_TEST_REQUIRE(answers.wait_for(3));
  for (int i = 0; i < 3; ++i) {
    const auto result = answers.first_to(i);
    const auto timeout = timeouts[static_cast<std::size_t>(i)];
    BOOST_TEST(summary(result) == "timeout after the request was sent");
    BOOST_CHECK(result.duration >= timeout - 10ms);
    BOOST_CHECK(result.duration < timeout + 5s);
  }
}

BOOST_AUTO_TEST_CASE(a_timeout_of_nothing_is_not_an_endless_one) {
  const transfer_peer hanging(take_and_hold);
  auto request = post_to(hanging.url());
  request.timeout = 0ms;
  BOOST_CHECK(perform(request).error == transfer_error::timeout);
}

// ---- the end -----------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(an_engine_that_ends_answers_what_is_in_flight_once) {
  const transfer_peer hanging(take_and_hold);
  constexpr int count = 50;
  for (int i = 0; i < count; ++i)
    engine->perform(post_to(hanging.url()), answers.take(i));
  BOOST_TEST_REQUIRE(hanging.wait_for_requests(count));
  engine.reset();
  BOOST_TEST(answers.count() == static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    BOOST_TEST(answers.to(i) == std::vector<std::string>{"shutdown after the request was sent"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_engine_that_ends_answers_what_is_queued_once_and_truly) {
  for (int round = 0; round < 20; ++round) {
    transfer_answers seen;
    const transfer_peer hanging(take_and_hold);
    auto ending = make_http_transfer_engine();
    constexpr int count = 20;
    for (int i = 0; i < count; ++i)
      ending->perform(post_to(hanging.url(), "request " + std::to_string(i) + ';'), seen.take(i));
    ending.reset();
    BOOST_TEST_REQUIRE(seen.count() == static_cast<std::size_t>(count));
    BOOST_TEST_REQUIRE(hanging.wait_for_closed(hanging.connections()));
    const auto arrived = hanging.requests();
    for (int i = 0; i < count; ++i) {
      const auto result = seen.first_to(i);
      BOOST_CHECK(result.error == transfer_error::shutdown);
      const auto mark = "request " + std::to_string(i) + ';';
      const bool was_taken = std::any_of(arrived.begin(), arrived.end(), [&](const auto& one) {
        return one.find(mark) != one.npos;
      });
      if (was_taken) BOOST_CHECK(result.stage >= transfer_stage::request_written);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_request_that_an_answer_begins_while_the_engine_ends_is_answered_too) {
  const transfer_peer hanging(take_and_hold);
  auto* ending = engine.get();
  ending->perform(post_to(hanging.url()), [&](const transfer_result&) {
    ending->perform(post_to(hanging.url()), answers.take(1));
  });
  BOOST_TEST_REQUIRE(hanging.wait_for_requests(1));
  engine.reset();
  BOOST_TEST(answers.to(1) == std::vector<std::string>{"shutdown before it started"},
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_engine_that_did_nothing_ends) {
  for (int i = 0; i < 20; ++i)
    make_http_transfer_engine();
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::actors
