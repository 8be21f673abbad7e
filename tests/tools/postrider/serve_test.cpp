#include "tests/tools/child_process.hpp"
#include "tools/postrider/client.hpp"
#include "tools/postrider/service_manager.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/socket.h>
#include <unistd.h>

namespace postrider::cli {
namespace {

using postrider::tests::child_process;

BOOST_AUTO_TEST_CASE(a_socket_is_handed_over_to_one_process) {
  const auto own = std::to_string(::getpid());
  const std::vector<std::pair<std::string, std::string>> of_others{
      {"", ""}, {own, ""}, {"1", "1"}, {"", "1"}, {own + "x", "1"}};
  for (const auto& [pid, count] : of_others) {
    const auto none = handed_over_socket(pid, count);
    BOOST_REQUIRE(none.has_value());
    BOOST_TEST(!none->has_value(), pid << " " << count);
  }
  BOOST_TEST(handed_over_socket(own, "2").error().find("one ListenStream=") != std::string::npos);
}

/// A port on which connections succeed and nobody ever answers.
class silent_port {
 public:
  silent_port() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_TEST_REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    BOOST_TEST_REQUIRE(::listen(socket_, 8) == 0);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = std::to_string(ntohs(address.sin_port));
  }
  ~silent_port() { ::close(socket_); }
  const std::string& port() const { return port_; }

 private:
  int socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::string port_;
};

/// A folder with a configuration, in which servers are started.
struct served_folder {
  silent_port provider;
  std::filesystem::path folder;

  served_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "postrider-serve-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    configure("sqlite:" + (folder / "a.db").string());
  }
  ~served_folder() { std::filesystem::remove_all(folder); }

  void configure(const std::string& database) const {
    std::ofstream(folder / "config.toml")
        << "[http]\nlisten = \"127.0.0.1:0\"\n[database]\nurl = \"" << database
        << "\"\n[[provider]]\nname = \"silent\"\ntype = \"signal\"\nurl = \"http://127.0.0.1:"
        << provider.port() << "\"\naccount = \"+15550001111\"\n";
  }

  std::vector<std::string> command() const {
    return {POSTRIDER,     "serve",
            "--config",    (folder / "config.toml").string(),
            "--port-file", (folder / "port").string()};
  }
  /// With what it logs among what it prints.
  std::vector<std::string> command_with_log() const {
    std::vector<std::string> whole{"/bin/sh", "-c", "exec \"$0\" \"$@\" 2>&1"};
    for (const auto& argument : command())
      whole.push_back(argument);
    return whole;
  }

  std::string port() const {
    std::string text;
    std::getline(std::ifstream(folder / "port"), text);
    return text;
  }
};

/// The first line that holds `text`; fails when the program ends or ten seconds pass without any
/// line.
std::string line_with(child_process& program, const std::string& text) {
  for (;;) {
    const auto line = program.read_line();
    BOOST_TEST_REQUIRE(!line.empty(), "no line with: " << text);
    if (line.find(text) != std::string::npos) return line;
  }
}

void wait_until_processing(http_client& server) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  for (;;) {
    const auto reply = server.request("GET", "/v1/transactions/1", "");
    if (reply && reply->body.find("\"processing\"") != std::string::npos) return;
    BOOST_TEST_REQUIRE((std::chrono::steady_clock::now() < deadline));
  }
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(serve_, served_folder)

BOOST_AUTO_TEST_CASE(prints_one_line_when_it_listens_and_ends_with_0_on_a_signal) {
  for (const int number : {SIGTERM, SIGINT}) {
    child_process server(command());
    const auto line = server.read_line();
    BOOST_TEST(line == "postrider listening on 127.0.0.1:" + port());
    server.signal(number);
    BOOST_TEST(server.read_all() == "");
    BOOST_TEST(server.wait() == 0);
  }
}

BOOST_AUTO_TEST_CASE(a_second_server_on_the_same_sqlite_file_fails_at_once) {
  child_process first(command());
  first.read_line();
  child_process second(command_with_log());
  line_with(second, " error ");
  BOOST_TEST(second.wait() == 1);
}

BOOST_AUTO_TEST_CASE(a_port_that_is_taken_is_a_failure) {
  child_process first(command());
  first.read_line();
  std::ofstream(folder / "config.toml")
      << "[http]\nlisten = \"127.0.0.1:" << port()
      << "\"\n[database]\nurl = \"sqlite:" << (folder / "b.db").string() << "\"\n";
  child_process second(command_with_log());
  line_with(second, "postrider: ");
  BOOST_TEST(second.wait() == 1);
}

BOOST_AUTO_TEST_CASE(waits_for_a_database_server_that_is_away_and_can_be_ended_meanwhile) {
  configure("mysql://nobody@127.0.0.1:1/none");
  child_process server(command_with_log());
  line_with(server, "; trying again in 3 seconds");
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0);
}

BOOST_AUTO_TEST_CASE(a_second_signal_ends_at_once_what_a_delivery_holds_up) {
  child_process server(command_with_log());
  line_with(server, "listening on");
  const auto client = make_http_client({"http://127.0.0.1:" + port(), ""});
  const auto reply = client->request(
      "POST", "/send/message", R"({"user_id":1,"message":"hello","recipients":["+15551234567"]})");
  BOOST_TEST_REQUIRE(reply.has_value());
  BOOST_TEST_REQUIRE(reply->status == 202);
  wait_until_processing(*client);
  server.signal(SIGTERM);
  line_with(server, "SIGTERM: finishing deliveries in flight");
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 1);
}

BOOST_AUTO_TEST_CASE(logs_json_when_told_to) {
  auto command = command_with_log();
  command.insert(command.begin(), {"/usr/bin/env", "POSTRIDER_LOG__FORMAT=json"});
  child_process server(command);
  const auto line = line_with(server, "SQLite");
  BOOST_TEST(line.starts_with("{\"time\":\""));
  BOOST_TEST(line.find("\"level\":\"info\",\"component\":\"serve\",\"message\":\"postrider ") !=
             std::string::npos);
  line_with(server, "listening on");
  server.signal(SIGTERM);
  BOOST_TEST(server.wait() == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli
