#include "inbound/wrong_keys.hpp"

#include "keys_fixture.hpp"

using namespace postrider;
using namespace std::chrono_literals;
using http::wrong_keys;

namespace {

const wrong_keys::clock::time_point t0{std::chrono::hours(1000)};

/// That many at once; the wait of the last one.
std::chrono::milliseconds after(wrong_keys& rule, const std::string& address, int count,
                                wrong_keys::clock::time_point at) {
  std::chrono::milliseconds wait{0};
  for (int i = 0; i < count; ++i)
    wait = rule.note(address, at).wait;
  return wait;
}

double seconds_for(const std::function<void()>& what) {
  const auto begin = std::chrono::steady_clock::now();
  what();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

const std::string listing = "GET /v1/providers HTTP/1.1\r\nHost: localhost\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(keys_that_are_wrong)

BOOST_AUTO_TEST_CASE(a_hundred_are_answered_at_once_then_one_a_second) {
  const struct {
    int count;
    std::chrono::milliseconds wait;
  } rows[]{{1, 0s}, {100, 0s}, {101, 1s}, {102, 2s}, {105, 5s}, {106, 5s}, {100'000, 5s}};
  for (const auto& row : rows) {
    wrong_keys rule;
    BOOST_CHECK(after(rule, "192.0.2.1", row.count, t0) == row.wait);
    // No other client waits for that.
    BOOST_CHECK(rule.note("192.0.2.2", t0).wait == 0s);
  }
}

BOOST_AUTO_TEST_CASE(who_was_wrong_once_a_second_never_waits) {
  wrong_keys rule;
  for (int i = 0; i < 1'000; ++i)
    BOOST_REQUIRE((rule.note("192.0.2.1", t0 + i * 1s).wait == 0s));
}

BOOST_AUTO_TEST_CASE(time_without_a_wrong_key_is_forgiven) {
  wrong_keys rule;
  after(rule, "192.0.2.1", 10'000, t0);
  BOOST_CHECK(rule.note("192.0.2.1", t0 + 1s).wait == 5s);
  BOOST_CHECK(rule.note("192.0.2.1", t0 + 55s).wait == 0s);
  BOOST_TEST(rule.known() == 1u);
  rule.note("192.0.2.2", t0 + 10min);
  BOOST_TEST(rule.known() == 1u);
}

BOOST_AUTO_TEST_CASE(so_many_addresses_are_known_and_no_more) {
  wrong_keys rule;
  after(rule, "first", 200, t0);
  for (std::size_t i = 0; i < 2 * wrong_keys::most_known; ++i) {
    rule.note("address " + std::to_string(i), t0);
    if (i % 1'000 == 0) BOOST_CHECK(rule.note("first", t0).wait == 5s);
    BOOST_REQUIRE(rule.known() <= wrong_keys::most_known);
  }
  BOOST_TEST(rule.known() == wrong_keys::most_known);
}

BOOST_AUTO_TEST_CASE(sixteen_answers_of_an_address_wait_and_further_ones_end_their_connection) {
  wrong_keys rule;
  after(rule, "192.0.2.1", wrong_keys::at_once, t0);
  std::vector<wrong_keys::verdict> held;
  for (int i = 0; i < wrong_keys::most_held; ++i) {
    held.push_back(rule.note("192.0.2.1", t0));
    BOOST_TEST((held.back().wait >= 1s && !held.back().ends));
  }
  for (int i = 0; i < 2; ++i) {
    const auto more = rule.note("192.0.2.1", t0);
    BOOST_TEST((more.wait == 0s && more.ends));
  }
  // Another address has places of its own.
  after(rule, "192.0.2.2", wrong_keys::at_once, t0);
  BOOST_TEST(!rule.note("192.0.2.2", t0).ends);
  held.pop_back();
  const auto next = rule.note("192.0.2.1", t0);
  BOOST_TEST((next.wait >= 1s && !next.ends));
  BOOST_TEST(rule.note("192.0.2.1", t0).ends);
}

BOOST_FIXTURE_TEST_CASE(guesses_leave_connections_to_the_right_keys_of_their_address,
                        test::keys_fixture) {
  know("right", {persistence::scope::admin});
  gateway.on_providers = [](auto done) { done(std::vector<actors::provider_info>()); };
  settings.max_connections_per_address = 60;
  test::raw_client first(start());
  for (int i = 0; i < wrong_keys::at_once; ++i) {
    first.send(listing + bearer("wrong") + "\r\n");
    BOOST_REQUIRE(first.receive().status == 401);
  }
  std::vector<std::unique_ptr<test::raw_client>> waiting;
  for (int i = 0; i < 100; ++i) {
    auto guesser = std::make_unique<test::raw_client>(address);
    guesser->send(listing + bearer("wrong") + "\r\n");
    if (i < wrong_keys::most_held) {
      waiting.push_back(std::move(guesser));
      continue;
    }
    const auto answer = guesser->receive();
    BOOST_REQUIRE(answer.status == 401);
    BOOST_TEST(answer.field("connection") == "close");
    BOOST_TEST(guesser->closed_by_server());
  }
  BOOST_TEST(test::ask(address, listing + bearer("right") + "\r\n").status == 200);
}

BOOST_FIXTURE_TEST_CASE(guesses_on_one_connection_are_slow_and_right_keys_are_not,
                        test::keys_fixture) {
  know("right", {persistence::scope::admin});
  gateway.on_providers = [](auto done) { done(std::vector<actors::provider_info>()); };
  test::raw_client guesser(start());
  const auto guess = [&] {
    guesser.send(listing + bearer("wrong") + "\r\n");
    return guesser.receive().status;
  };
  const auto at_first = seconds_for([&] {
    for (int i = 0; i < wrong_keys::at_once; ++i)
      BOOST_TEST(guess() == 401);
  });
  BOOST_TEST(at_first < 10);
  const auto later = seconds_for([&] {
    BOOST_TEST(guess() == 401);
    BOOST_TEST(guess() == 401);
  });
  // The second of them is answered two seconds after the first guess of all.
  BOOST_TEST(at_first + later > 1.9);
  // A listing from the same address, while another guess waits, and on the guesser's own
  // connection.
  guesser.send(listing + bearer("wrong") + "\r\n");
  test::raw_client honest(address);
  const auto meanwhile = seconds_for([&] {
    for (int i = 0; i < 200; ++i) {
      honest.send(listing + bearer("right") + "\r\n");
      BOOST_TEST(honest.receive().status == 200);
      honest.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
      BOOST_TEST(honest.receive().status == 200);
      // Without a key there is nothing to guess.
      honest.send(listing + "\r\n");
      BOOST_TEST(honest.receive().status == 401);
    }
  });
  BOOST_TEST(meanwhile < 10);
  BOOST_TEST(guesser.receive().status == 401);
  const auto right = seconds_for([&] {
    guesser.send(listing + bearer("right") + "\r\n");
    BOOST_TEST(guesser.receive().status == 200);
  });
  BOOST_TEST(right < 0.9);
}

BOOST_AUTO_TEST_SUITE_END()
