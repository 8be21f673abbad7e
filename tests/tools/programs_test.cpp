// Starts the real programs and talks to them.

#define BOOST_TEST_MODULE tools_programs
#include "tests/tools/child_process.hpp"
#include "tests/tools/raw_client.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <csignal>
#include <cstdio>
#include <fstream>
#include <map>
#include <thread>
#include <unistd.h>

namespace postrider::tests {
namespace {

namespace json = boost::json;
using ending = raw_client::ending;

unsigned short port_in(const std::string& line) {
  return static_cast<unsigned short>(std::stoi(line.substr(line.rfind(':') + 1)));
}

std::vector<std::string> with(std::string program, std::initializer_list<std::string> arguments) {
  std::vector<std::string> command = {std::move(program)};
  command.insert(command.end(), arguments);
  return command;
}

std::string temporary_path(const std::string& name) {
  return "/tmp/postrider-tools-" + std::to_string(::getpid()) + '-' + name;
}

struct program {
  child_process process;
  std::string greeting;
  unsigned short port;

  explicit program(const std::vector<std::string>& command)
      : process(command), greeting(process.read_line()), port(port_in(greeting)) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port); }
};

struct simulator : program {
  explicit simulator(std::initializer_list<std::string> arguments = {})
      : program(with(PROVIDER_SIM, arguments)) {}

  void behave(const std::string& text, const std::string& name = "default") const {
    BOOST_REQUIRE_EQUAL(ask(port, "PUT", "/control/" + name + "/behaviour", text).status, 200U);
  }
  std::int64_t count(const char* what, const std::string& name = "default") const {
    return json::parse(ask(port, "GET", "/control/" + name + "/tally").body).at(what).as_int64();
  }
};

std::string send_call(const std::string& text) {
  return R"({"jsonrpc":"2.0","id":1,"method":"send","params":{"account":"+14155550100","recipient":["+14155552671"],"message":")" +
         text + R"("}})";
}

BOOST_AUTO_TEST_SUITE(provider_sim_program)

BOOST_AUTO_TEST_CASE(says_where_it_listens_and_ends_with_success_when_told_to) {
  for (const int number : {SIGTERM, SIGINT}) {
    simulator sim;
    BOOST_TEST(sim.greeting == "provider-sim listening on 127.0.0.1:" + std::to_string(sim.port));
    BOOST_TEST(ask(sim.port, "GET", "/api/v1/check").status == 200U);
    sim.process.signal(number);
    BOOST_TEST(sim.process.read_all() == "");
    BOOST_TEST(sim.process.wait() == 0);
  }
}

BOOST_AUTO_TEST_CASE(refuses_to_listen_anywhere_but_on_loopback) {
  for (const char* address :
       {"0.0.0.0:0", "192.0.2.1:0", "nowhere:1", "127.0.0.1", "127.0.0.1:99999"}) {
    child_process sim({PROVIDER_SIM, "--listen", address});
    BOOST_TEST(sim.read_all() == "");
    BOOST_TEST(sim.wait() == 1, address);
  }
  child_process usage({PROVIDER_SIM, "--nonsense"});
  BOOST_TEST(usage.wait() == 2);
}

BOOST_AUTO_TEST_CASE(writes_its_ports_into_a_file) {
  const std::string path = temporary_path("ports");
  simulator sim({"--port-file", path, "--provider", "alpha=127.0.0.1:0"});
  std::ifstream file(path);
  unsigned short port = 0, alpha = 0;
  std::string name;
  file >> port >> name >> alpha;
  std::remove(path.c_str());
  BOOST_TEST(port == sim.port);
  BOOST_TEST(name == "alpha");
  BOOST_TEST(ask(alpha, "POST", "/api/v1/rpc", send_call("x")).status == 200U);
  BOOST_TEST(sim.count("accepted", "alpha") == 1);
  const json::value ports = json::parse(ask(sim.port, "GET", "/control").body);
  BOOST_TEST(ports.at("providers").at("alpha").at("port").as_int64() == alpha);
}

BOOST_AUTO_TEST_CASE(keeps_a_connection_for_many_requests_and_answers_pipelined_ones_in_order) {
  simulator sim;
  raw_client client(sim.port);
  for (int i = 0; i < 50; ++i)
    BOOST_TEST(client.ask("POST", "/api/v1/rpc", send_call(std::to_string(i))).status == 200U);
  const std::string check = "GET /api/v1/check HTTP/1.1\r\nHost: x\r\n\r\n";
  BOOST_TEST(client.send(check + "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + check));
  BOOST_TEST(client.read().status == 200U);
  BOOST_TEST(client.read().status == 404U);
  BOOST_TEST(client.read().status == 200U);
  BOOST_TEST(sim.count("accepted") == 50);
  BOOST_TEST(sim.count("requests") == 53);
}

BOOST_AUTO_TEST_CASE(takes_chunked_bodies_and_says_continue_to_those_who_wait_for_it) {
  simulator sim;
  raw_client client(sim.port);
  const std::string call = send_call("chunked");
  BOOST_TEST(
      client.send("POST /api/v1/rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                  "Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"));
  BOOST_TEST(client.read().status == 100U);
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", call.size() - 10);
  BOOST_TEST(client.send(size + call.substr(0, call.size() - 10) + "\r\na\r\n" +
                         call.substr(call.size() - 10) + "\r\n0\r\n\r\n"));
  BOOST_TEST(client.read().status == 200U);
  BOOST_TEST(sim.count("accepted") == 1);
}

BOOST_AUTO_TEST_CASE(does_with_the_connection_what_the_outcome_says) {
  struct row {
    const char* name;
    ending how;
    int accepted;
  };
  const row table[] = {{"accept_then_drop", ending::reset, 1},
                       {"drop", ending::closed, 0},
                       {"accept_then_cut", ending::closed, 1},
                       {"never_answer", ending::silent, 0},
                       {"accept_never_answer", ending::silent, 1}};
  simulator sim;
  for (const row& r : table) {
    sim.behave(R"({"outcomes":{")" + std::string(r.name) + R"(":1}})", r.name);
    raw_client client(sim.port);
    const std::string call = send_call("x");
    BOOST_TEST(client.send(
        "POST /p/" + std::string(r.name) +
        "/api/v1/rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
        std::to_string(call.size()) + "\r\n\r\n" + call));
    const auto got = client.read(r.how == ending::silent ? 50 : 10'000);
    BOOST_TEST((got.how == r.how), r.name);
    BOOST_TEST(sim.count("accepted", r.name) == r.accepted, r.name);
  }
}

BOOST_AUTO_TEST_CASE(a_stalled_answer_has_its_head_and_half_of_its_body) {
  simulator sim;
  sim.behave(R"({"outcomes":{"reply":1},"reply":{"status":410,"message":"Gone","then":"stall"}})",
             "alpha");
  raw_client client(sim.port);
  BOOST_TEST(
      client.send("POST /p/alpha/hook/a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"));
  const auto got = client.read(200);
  BOOST_TEST((got.how == ending::silent));
  BOOST_TEST(got.status == 410U);
  BOOST_TEST(got.body == "Go");
}

BOOST_AUTO_TEST_CASE(answers_after_the_latency_and_not_before) {
  simulator sim;
  sim.behave(R"({"latency_ms":30})");
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST(ask(sim.port, "POST", "/api/v1/rpc", send_call("x")).status == 200U);
  BOOST_TEST((std::chrono::steady_clock::now() - begin >= std::chrono::milliseconds(30)));
}

BOOST_AUTO_TEST_CASE(a_provider_with_its_own_port_refuses_connections_while_it_is_down) {
  simulator sim({"--provider", "alpha=127.0.0.1:0"});
  const auto ports = json::parse(ask(sim.port, "GET", "/control").body);
  const auto port =
      static_cast<unsigned short>(ports.at("providers").at("alpha").at("port").as_int64());
  raw_client idle(port);
  BOOST_TEST(idle.ask("GET", "/api/v1/check").status == 200U);
  for (int round = 0; round < 3; ++round) {
    sim.behave(R"({"down":true})", "alpha");
    BOOST_TEST(!raw_client(port).is_connected());
    sim.behave(R"({"down":false})", "alpha");
    BOOST_TEST(ask(port, "GET", "/api/v1/check").status == 200U);
  }
  BOOST_TEST((idle.read().how == ending::closed));
}

BOOST_AUTO_TEST_CASE(a_provider_on_the_shared_port_is_closed_on_while_it_is_down) {
  simulator sim;
  sim.behave(R"({"down":true})", "alpha");
  BOOST_TEST((ask(sim.port, "GET", "/p/alpha/api/v1/check").how != ending::answered));
  BOOST_TEST(ask(sim.port, "GET", "/p/beta/api/v1/check").status == 200U);
  BOOST_TEST(sim.count("turned_away", "alpha") == 1);
}

BOOST_AUTO_TEST_CASE(an_outage_ends_by_itself) {
  simulator sim({"--provider", "alpha=127.0.0.1:0"});
  const auto ports = json::parse(ask(sim.port, "GET", "/control").body);
  const auto port =
      static_cast<unsigned short>(ports.at("providers").at("alpha").at("port").as_int64());
  sim.behave(R"({"outages":[[0,2000]]})", "alpha");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  BOOST_TEST(!raw_client(port).is_connected());
  bool is_up = false;
  while (!is_up && std::chrono::steady_clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    is_up = raw_client(port).is_connected();
  }
  BOOST_TEST(is_up);
}

BOOST_AUTO_TEST_SUITE_END()

struct history_line {
  std::string body, status;
};

std::map<std::int64_t, history_line> read_history(const std::string& path) {
  std::map<std::int64_t, history_line> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const json::value v = json::parse(line);
    const bool fresh =
        result
            .try_emplace(v.at("seq").as_int64(), history_line{v.at("body").as_string().c_str(),
                                                              v.at("status").as_string().c_str()})
            .second;
    BOOST_TEST(fresh);
  }
  std::remove(path.c_str());
  return result;
}

BOOST_AUTO_TEST_SUITE(bench_program)

BOOST_AUTO_TEST_CASE(sends_as_many_as_told_and_waits_until_all_have_arrived) {
  const simulator sim;
  program server(with(FAKE_POSTRIDER, {"--sim", sim.url()}));
  const std::string history = temporary_path("history");
  child_process bench(
      {BENCH, "--url", server.url(), "--count", "500", "--connections", "4", "--sim-url", sim.url(),
       "--pid", "server=" + std::to_string(server.process.pid()), "--history", history, "--json"});
  const json::value got = json::parse(bench.read_all());
  BOOST_TEST(bench.wait() == 0);
  BOOST_TEST(got.at("accepted").as_int64() == 500);
  BOOST_TEST(got.at("accept_us").at("count").as_int64() == 500);
  BOOST_TEST(got.at("delivery").at("complete").as_bool());
  BOOST_TEST(got.at("delivery").at("arrived").as_int64() == 500);
  BOOST_TEST(got.at("delivery").at("accept_to_provider_us").at("count").as_int64() == 500);
  BOOST_TEST(got.at("processes").as_array().size() == 2U);
  BOOST_TEST(got.at("processes").as_array()[0].at("rss_kib").at("end").as_int64() > 0);
  const auto lines = read_history(history);
  BOOST_TEST(lines.size() == 500U);
  for (const auto& [seq, line] : lines)
    BOOST_REQUIRE_EQUAL(line.status, "ok");
  json::array bodies;
  for (const auto& [seq, line] : lines)
    bodies.emplace_back(line.body);
  const auto counts = ask(sim.port, "POST", "/control/default/query",
                          json::serialize(json::object{{"bodies", bodies}}));
  const json::value parsed = json::parse(counts.body);
  for (const auto& count : parsed.at("counts").as_array())
    BOOST_REQUIRE_EQUAL(count.as_int64(), 1);
}

BOOST_AUTO_TEST_CASE(sends_mail_over_connections_that_stay_open) {
  const std::string path = temporary_path("mail-ports");
  const simulator sim({"--port-file", path, "--smtp", "mail=127.0.0.1:0"});
  std::ifstream file(path);
  std::string first, name, port;
  file >> first >> name >> port;
  std::remove(path.c_str());
  child_process bench({BENCH, "--target", "mail", "--url", "smtp://127.0.0.1:" + port, "--count",
                       "500", "--connections", "4", "--sim-url", sim.url(), "--sim-provider",
                       "mail", "--json"});
  const json::value got = json::parse(bench.read_all());
  BOOST_TEST(bench.wait() == 0);
  BOOST_TEST(got.at("accepted").as_int64() == 500);
  BOOST_TEST(got.at("delivery").at("arrived").as_int64() == 500);
  BOOST_TEST(got.at("delivery").at("repeated").as_int64() == 0);
  BOOST_TEST(got.at("disconnects").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(the_limit_stores_and_delivers_each_message_once) {
  const simulator sim;
  const std::string file = temporary_path("limit");
  {
    program limit({LIMIT, "--sqlite", file, "--provider", sim.url(), "--in-flight", "4"});
    child_process bench({BENCH, "--url", limit.url(), "--count", "500", "--connections", "8",
                         "--sim-url", sim.url(), "--json"});
    const json::value got = json::parse(bench.read_all());
    BOOST_TEST(bench.wait() == 0);
    BOOST_TEST(got.at("accepted").as_int64() == 500);
    BOOST_TEST(got.at("delivery").at("arrived").as_int64() == 500);
    BOOST_TEST(got.at("delivery").at("repeated").as_int64() == 0);
    limit.process.signal(SIGTERM);
    BOOST_TEST(limit.process.wait() == 0);
  }
  for (const auto* suffix : {"", "-wal", "-shm"})
    std::remove((file + suffix).c_str());
}

BOOST_AUTO_TEST_CASE(open_mode_keeps_to_its_rate) {
  program server({FAKE_POSTRIDER});
  child_process bench({BENCH, "--url", server.url(), "--mode", "open", "--rate", "1000", "--count",
                       "1000", "--json"});
  const json::value got = json::parse(bench.read_all());
  BOOST_TEST(got.at("accepted").as_int64() == 1000);
  BOOST_TEST(got.at("seconds").to_number<double>() >= 0.5);
}

BOOST_AUTO_TEST_CASE(tries_refused_messages_again) {
  program server({FAKE_POSTRIDER, "--refuse-every", "10"});
  child_process bench(
      {BENCH, "--url", server.url(), "--count", "20", "--connections", "5", "--json"});
  const json::value got = json::parse(bench.read_all());
  BOOST_TEST(got.at("accepted").as_int64() == 20);
  BOOST_TEST(got.at("refusals").as_int64() == 2);
  BOOST_TEST(got.at("refused").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(what_was_not_answered_is_unknown_and_it_connects_again) {
  program server({FAKE_POSTRIDER, "--drop-every", "10"});
  const std::string history = temporary_path("unknown");
  child_process bench({BENCH, "--url", server.url(), "--count", "100", "--connections", "3",
                       "--history", history, "--json"});
  const json::value got = json::parse(bench.read_all());
  BOOST_TEST(got.at("accepted").as_int64() == 90);
  BOOST_TEST(got.at("unknown").as_int64() == 10);
  std::map<std::string, int> states;
  for (const auto& [seq, line] : read_history(history))
    ++states[line.status];
  BOOST_TEST(states["ok"] == 90);
  BOOST_TEST(states["unknown"] == 10);
}

BOOST_AUTO_TEST_CASE(goes_on_when_the_server_is_killed_and_comes_back) {
  auto server = std::make_unique<program>(std::vector<std::string>{FAKE_POSTRIDER});
  const std::string port = std::to_string(server->port);
  const std::string url = server->url();
  child_process bench({BENCH, "--url", url, "--count", "20000", "--mode", "open", "--rate", "20000",
                       "--connections", "4", "--json"});
  server->process.signal(SIGKILL);
  server->process.wait();
  server.reset();
  program again({FAKE_POSTRIDER, "--port", port});
  const json::value got = json::parse(bench.read_all());
  BOOST_TEST(got.at("accepted").as_int64() + got.at("unknown").as_int64() == 20000);
  BOOST_TEST(got.at("unknown").as_int64() <= 4);
  BOOST_TEST(got.at("errors").as_int64() == 0);
}

BOOST_AUTO_TEST_CASE(ends_with_a_failure_when_nothing_was_accepted) {
  child_process bench(
      {BENCH, "--url", "http://127.0.0.1:1", "--duration", "0.1", "--stop-on-disconnect"});
  BOOST_TEST(bench.read_all().starts_with("closed, 32 connections\naccepted       0 "));
  BOOST_TEST(bench.wait() == 1);
  child_process usage({BENCH, "--url", "http://192.0.2.1:80"});
  BOOST_TEST(usage.wait() == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace postrider::tests
