#include "server_fixture.hpp"

#include <chrono>

using namespace postrider;
using namespace std::chrono_literals;

namespace {

/// Keeps the gateway's completions until a test answers them.
template <class T>
class held {
 public:
  void add(actors::completion<T> done) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(done));
  }
  std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  void answer(const T& result) {
    std::vector<actors::completion<T>> taken;
    {
      const std::lock_guard lock(mutex_);
      taken.swap(waiting_);
    }
    for (auto& done : taken)
      done(result);
  }

 private:
  mutable std::mutex mutex_;
  std::vector<actors::completion<T>> waiting_;
};

const std::string small = test::post("/send/message", R"({"message":"x","user_id":1})");

struct drain_fixture : test::server_fixture {
  held<actors::send_receipt> sends;

  drain_fixture() {
    gateway.on_send = [this](auto, auto, auto done) { sends.add(std::move(done)); };
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(draining, drain_fixture)

BOOST_AUTO_TEST_CASE(takes_no_new_connection) {
  start();
  server->drain();
  BOOST_TEST(test::eventually([&] {
    try {
      test::raw_client client(address);
      return false;
    } catch (const std::exception&) {
      return true;
    }
  }));
}

BOOST_AUTO_TEST_CASE(answers_the_current_request_and_closes) {
  test::raw_client client(start());
  client.send(small);
  BOOST_TEST(test::eventually([&] { return sends.count() == 1; }));
  server->drain();
  sends.answer(test::some_receipt());
  const auto answer = client.receive();
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(answer.field("connection") == "close");
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(answers_new_requests_on_open_connections_with_503) {
  test::raw_client sender(start()), watcher(address);
  for (auto* one : {&sender, &watcher}) {
    one->send(test::get("/livez"));
    BOOST_TEST(one->receive().status == 200);
  }
  server->drain();
  sender.send(small);
  const auto answer = sender.receive();
  BOOST_TEST(answer.status == 503);
  BOOST_TEST(answer.code() == "draining");
  BOOST_TEST(answer.field("retry-after") == "5");
  BOOST_TEST(sender.closed_by_server());
  watcher.send(test::get("/readyz"));
  const auto state = watcher.receive();
  BOOST_TEST(state.status == 503);
  BOOST_TEST(state.body.find("about to stop") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(lets_a_stop_wait_for_what_is_in_flight) {
  test::raw_client client(start()), idle(address);
  idle.send(test::get("/livez"));
  BOOST_TEST(idle.receive().status == 200);
  client.send(small);
  BOOST_TEST(test::eventually([&] { return sends.count() == 1; }));
  std::thread stopper([&] { server->stop(5s); });
  BOOST_TEST(idle.closed_by_server());
  sends.answer(test::some_receipt());
  BOOST_TEST(client.receive().status == 202);
  client.close();
  stopper.join();
}

BOOST_AUTO_TEST_CASE(ends_what_outlives_the_deadline_of_a_stop) {
  test::raw_client client(start());
  client.send(small);
  BOOST_TEST(test::eventually([&] { return sends.count() == 1; }));
  server->stop(10ms);
  BOOST_TEST(client.closed_by_server());
  // The pipeline's answer comes when the server has ended, and again when it is gone.
  sends.answer(test::some_receipt());
}

BOOST_AUTO_TEST_CASE(lets_the_pipeline_answer_when_the_server_is_gone) {
  test::raw_client client(start());
  client.send(small);
  BOOST_TEST(test::eventually([&] { return sends.count() == 1; }));
  server.reset();
  sends.answer(test::some_receipt());
  BOOST_TEST(client.closed_by_server());
}

BOOST_AUTO_TEST_CASE(frees_the_port_for_the_next_server) {
  settings.listen = start();
  const auto taken = http::start_server(settings, gateway);
  BOOST_REQUIRE(taken.has_error());
  BOOST_TEST(taken.error().find("Address already in use") != std::string::npos);
  server->stop(0ms);
  server.reset();
  BOOST_TEST(ask(test::get("/livez")).status == 200);
}

BOOST_AUTO_TEST_CASE(is_no_matter_of_an_address_that_is_none) {
  for (const char* text :
       {"", "8080", "localhost", "127.0.0.1:", "127.0.0.1:99999", "[::1]", "x:80"}) {
    settings.listen = text;
    BOOST_TEST(http::start_server(settings, gateway).has_error(), text);
  }
}

BOOST_AUTO_TEST_CASE(an_operator_stops_new_work_and_lets_it_in_again) {
  gateway.on_retry = [](auto, auto done) { done(actors::retry_report{}); };
  gateway.on_find_transaction = [](auto id, auto done) {
    actors::transaction_info info;
    info.transaction.id = id;
    done(info);
  };
  test::raw_client open_work(start());
  open_work.send(small);
  BOOST_TEST(test::eventually([&] { return sends.count() == 1; }));

  const auto drained = ask(test::post("/admin/drain", ""));
  BOOST_TEST(drained.status == 200);
  BOOST_TEST(drained.body == R"({"status":"drained","changed":true})");
  BOOST_TEST(ask(test::post("/admin/drain", "")).body == R"({"status":"drained","changed":false})");

  for (const auto& begins : {small, test::post("/v1/messages", R"({"message":"x","user_id":1})"),
                             test::post("/v1/retry", "{}")}) {
    const auto refused = ask(begins);
    BOOST_TEST(refused.status == 503);
    BOOST_TEST(refused.code() == "draining");
    BOOST_TEST(refused.field("retry-after") == "5");
  }
  const auto state = ask(test::get("/readyz"));
  BOOST_TEST(state.status == 503);
  BOOST_TEST(state.body.find("/admin/resume") != std::string::npos);
  BOOST_TEST(ask(test::get("/livez")).status == 200);
  BOOST_TEST(ask(test::get("/v1/transactions/1")).status == 200);
  // A request under way is answered, and its connection stays.
  sends.answer(test::some_receipt());
  const auto answer = open_work.receive();
  BOOST_TEST(answer.status == 202);
  BOOST_TEST(answer.field("connection") == "");

  BOOST_TEST(ask(test::post("/admin/resume", "")).body == R"({"status":"resumed","changed":true})");
  BOOST_TEST(ask(test::get("/readyz")).status == 200);
  BOOST_TEST(ask(test::post("/v1/retry", "{}")).status == 200);
}

BOOST_AUTO_TEST_CASE(a_stop_cannot_be_resumed) {
  test::raw_client client(start());
  client.send(test::get("/livez"));
  BOOST_TEST(client.receive().status == 200);
  server->drain();
  client.send(test::post("/admin/resume", ""));
  BOOST_TEST(client.receive().status == 503);
}

BOOST_AUTO_TEST_SUITE_END()
