#pragma once

#include "tools/postrider/command_line.hpp"

#include <boost/test/unit_test.hpp>

#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

namespace postrider::cli::tests {

/// A request that the test expects, and the answer to it.
struct exchange {
  std::string method, target, body;
  outcome<http_reply> reply = http_reply{200, "application/json", "{}"};
  std::string idempotency_key = {};
};

inline exchange answered(std::string method, std::string target, std::string body, int status,
                         std::string answer) {
  return {std::move(method),
          std::move(target),
          std::move(body),
          http_reply{status, "application/json", std::move(answer)},
          {}};
}

/// A server's part in one request of lines: it gets them one after the other, and answers.
using line_server = std::function<outcome<http_reply>(
    const std::function<std::string()>& next, const std::function<bool(std::string_view)>&)>;

/// Fails the test on a request that is not the next expected one.
class scripted_client final : public http_client {
 public:
  scripted_client(std::deque<exchange>& script, std::deque<line_server>& streams)
      : script_(script), streams_(streams) {}

  outcome<http_reply> send(const std::string& method, const std::string& target,
                           const std::string& body, const std::string& idempotency_key) override {
    BOOST_TEST_REQUIRE(!script_.empty(), "unexpected: " << method << " " << target << " " << body);
    const auto expected = script_.front();
    script_.pop_front();
    BOOST_TEST(method == expected.method);
    BOOST_TEST(target == expected.target);
    BOOST_TEST(body == expected.body);
    BOOST_TEST(idempotency_key == expected.idempotency_key);
    return expected.reply;
  }

  outcome<http_reply> stream(const std::string& target, const std::function<std::string()>& next,
                             const std::function<bool(std::string_view)>& take) override {
    BOOST_TEST(target == "/v1/messages/bulk");
    BOOST_TEST_REQUIRE(!streams_.empty(), "unexpected: a stream of lines");
    const auto serve = streams_.front();
    streams_.pop_front();
    return serve(next, take);
  }

 private:
  std::deque<exchange>& script_;
  std::deque<line_server>& streams_;
};

/// Runs the command line against a scripted server, with a clock that moves only when somebody
/// waits, in a folder of its own.
struct command_world {
  std::istringstream in;
  std::ostringstream out, err;
  environment variables;
  std::deque<exchange> script;
  std::deque<line_server> streams;
  bool terminal = false;
  std::vector<server_location> connected;
  std::chrono::steady_clock::time_point now{};
  /// The time of the calendar at the start.
  std::chrono::system_clock::time_point epoch{std::chrono::seconds(1'763'869'200)};
  std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::path folder;

  command_world() {
    std::string name = (std::filesystem::temp_directory_path() / "postrider-cli-XXXXXX").string();
    folder = ::mkdtemp(name.data());
    std::filesystem::current_path(folder);
  }
  ~command_world() {
    std::filesystem::current_path(before);
    std::filesystem::remove_all(folder);
  }

  int run(std::vector<std::string> arguments) {
    command_context context{
        in,
        out,
        err,
        variables,
        [this](const server_location& server) {
          connected.push_back(server);
          return std::make_unique<scripted_client>(script, streams);
        },
        [this] { return now; },
        [this](std::chrono::milliseconds time) { now += time; },
        terminal,
        [this] {
          return epoch + std::chrono::duration_cast<std::chrono::system_clock::duration>(
                             now.time_since_epoch());
        },
    };
    return run_command_line(std::move(arguments), context);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }
};

}  // namespace postrider::cli::tests
