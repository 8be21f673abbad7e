#include "server_fixture.hpp"

#include <boost/json/parse.hpp>

#include <thread>

using namespace postrider;

namespace {

const std::string small = test::post("/send/message", R"({"message":"x","user_id":1})");

}  // namespace

BOOST_FIXTURE_TEST_SUITE(gateway_call, test::server_fixture)

BOOST_AUTO_TEST_CASE(may_be_answered_from_another_thread) {
  settings.threads = 2;
  std::vector<std::thread> threads;
  std::mutex mutex;
  gateway.on_send = [&](auto, auto, auto done) {
    const std::lock_guard lock(mutex);
    threads.emplace_back([done = std::move(done)] { done(test::some_receipt()); });
  };
  start();
  std::vector<std::thread> clients;
  std::atomic<int> accepted{0};
  for (int i = 0; i < 4; ++i)
    clients.emplace_back([&] {
      test::raw_client client(address);
      for (int k = 0; k < 50; ++k) {
        client.send(small);
        if (client.receive().status == 202) ++accepted;
      }
    });
  for (auto& one : clients)
    one.join();
  for (auto& one : threads)
    one.join();
  BOOST_TEST(accepted == 200);
}

BOOST_AUTO_TEST_CASE(that_is_answered_twice_answers_once) {
  gateway.on_send = [](auto, auto, auto done) {
    done(test::some_receipt());
    done(actors::service_error{});
  };
  test::raw_client client(start());
  for (int i = 0; i < 2; ++i) {
    client.send(small);
    BOOST_TEST(client.receive().status == 202);
  }
}

BOOST_AUTO_TEST_CASE(that_throws_is_an_internal_error_and_harms_nothing) {
  gateway.on_send = [](auto, auto, auto) { throw std::runtime_error("a fault"); };
  test::raw_client client(start());
  client.send(small);
  const auto answer = client.receive();
  BOOST_TEST(answer.status == 500);
  BOOST_TEST(answer.code() == "internal");
  client.send(test::get("/livez"));
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_CASE(outlives_a_client_that_goes_away) {
  std::vector<actors::completion<actors::send_receipt>> kept;
  std::mutex mutex;
  gateway.on_send = [&](auto, auto, auto done) {
    const std::lock_guard lock(mutex);
    kept.push_back(std::move(done));
  };
  {
    test::raw_client client(start());
    client.send(small);
    BOOST_TEST(test::eventually([&] {
      const std::lock_guard lock(mutex);
      return kept.size() == 1;
    }));
  }
  kept.front()(test::some_receipt());
  BOOST_TEST(ask(test::get("/livez")).status == 200);
}

BOOST_AUTO_TEST_CASE(passes_the_request_on_with_its_id) {
  gateway.on_send = [](auto request, auto trace, auto done) {
    BOOST_TEST(request.text == "hello");
    BOOST_TEST(request.user == 7);
    BOOST_TEST(request.type == "signal");
    BOOST_REQUIRE(request.recipients);
    BOOST_TEST(request.recipients->at(0).text == "+15551234567");
    BOOST_TEST(trace == "order-42");
    done(test::some_receipt());
  };
  BOOST_TEST(ask(test::post("/send/message",
                            R"({"message":"hello","user_id":7,"type":"signal",)"
                            R"("recipients":["+15551234567"]})",
                            "X-Request-Id: order-42\r\n"))
                 .status == 202);
}

BOOST_AUTO_TEST_CASE(gives_its_errors_to_the_client) {
  gateway.on_send = [](auto, auto, auto done) {
    done(actors::service_error{actors::service_errc::no_route,
                               "no provider can take a recipient",
                               {{"/recipients/0", "no_route", "nothing takes it"}}});
  };
  auto answer = ask(small);
  BOOST_TEST(answer.status == 422);
  BOOST_TEST(answer.code() == "no_route");
  BOOST_TEST(answer.body.find(R"("pointer":"/recipients/0")") != std::string::npos);
  gateway.on_send = [](auto, auto, auto done) {
    done(actors::service_error{
        actors::service_errc::unavailable, "the database is away", {}, std::chrono::seconds(3)});
  };
  answer = ask(small);
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.field("retry-after") == "3");
}

// Otherwise a few clients that do not read would keep the turns of all others.
BOOST_AUTO_TEST_CASE(lets_go_of_what_it_wrote_down_before_the_client_has_read_it) {
  auto turn = std::make_shared<int>();
  std::weak_ptr<int> watched = turn;
  gateway.on_list_transactions = [&](auto, auto done) {
    actors::transaction_listing page;
    page.transactions.resize(1);
    page.transactions.front().provider.assign(16'000'000, 'x');
    page.turn = std::exchange(turn, nullptr);
    done(std::move(page));
  };
  test::raw_client client(start());
  client.send(test::get("/v1/transactions"));
  BOOST_TEST(test::eventually([&] { return watched.expired(); }));
  BOOST_TEST(client.receive().status == 200);
}

BOOST_AUTO_TEST_SUITE_END()
