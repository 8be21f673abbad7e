#pragma once

#include "tests/tools/postrider/command_world.hpp"

#include <boost/json.hpp>

/// A server of lines for the tests of `postrider bulk`.
namespace postrider::cli::tests {

namespace json = boost::json;

using next_line = std::function<std::string()>;
using take_piece = std::function<bool(std::string_view)>;

inline std::string accepted(std::size_t line) {
  return R"({"line":)" + std::to_string(line) + R"(,"message_id":"m"})" + "\n";
}

inline std::string refused(std::size_t line, int status, const std::string& code) {
  return R"({"line":)" + std::to_string(line) + R"(,"status":)" + std::to_string(status) +
         R"(,"code":")" + code + R"(","detail":"why"})" + "\n";
}

inline http_reply ok() { return {200, "application/x-ndjson", ""}; }

/// A server that remembers what it got, by the number of its message.
struct bulk_world : command_world {
  std::vector<std::string> seen;
  std::vector<std::string> keys;

  bool get(const next_line& next) {
    const auto line = next();
    if (line.empty()) return false;
    const auto request = json::parse(line).as_object();
    keys.emplace_back(request.at("idempotency_key").get_string());
    seen.emplace_back(request.at("message").get_string());
    return true;
  }
  /// Accepts everything but the lines that are named.
  line_server accepts(std::map<std::size_t, std::string> but = {}) {
    return [this, but = std::move(but)](const next_line& next,
                                        const take_piece& take) -> outcome<http_reply> {
      for (std::size_t line = 1; get(next); ++line) {
        const auto found = but.find(line);
        BOOST_TEST(take(found == but.end() ? accepted(line) : found->second));
      }
      return ok();
    };
  }
  void write_lines(int count) {
    std::string text;
    for (int i = 1; i <= count; ++i)
      text += R"({"message":")" + std::to_string(i) + "\"}\n";
    write("f.ndjson", text);
  }
};

using texts = std::vector<std::string>;

}  // namespace postrider::cli::tests
