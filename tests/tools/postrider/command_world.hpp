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
};

inline exchange answered(std::string method, std::string target, std::string body, int status,
                         std::string answer) {
  return {std::move(method), std::move(target), std::move(body),
          http_reply{status, "application/json", std::move(answer)}};
}

/// Fails the test on a request that is not the next expected one.
class scripted_client final : public http_client {
 public:
  explicit scripted_client(std::deque<exchange>& script) : script_(script) {}

  outcome<http_reply> request(const std::string& method, const std::string& target,
                              const std::string& body) override {
    BOOST_TEST_REQUIRE(!script_.empty(), "unexpected: " << method << " " << target << " " << body);
    const auto expected = script_.front();
    script_.pop_front();
    BOOST_TEST(method == expected.method);
    BOOST_TEST(target == expected.target);
    BOOST_TEST(body == expected.body);
    return expected.reply;
  }

 private:
  std::deque<exchange>& script_;
};

/// Runs the command line against a scripted server, with a clock that moves only when somebody
/// waits, in a folder of its own.
struct command_world {
  std::istringstream in;
  std::ostringstream out, err;
  environment variables;
  std::deque<exchange> script;
  std::vector<server_location> connected;
  std::chrono::steady_clock::time_point now{};
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
          return std::make_unique<scripted_client>(script);
        },
        [this] { return now; },
        [this](std::chrono::milliseconds time) { now += time; },
    };
    return run_command_line(std::move(arguments), context);
  }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
  }
};

}  // namespace postrider::cli::tests
