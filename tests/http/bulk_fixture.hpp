#pragma once

#include "server_fixture.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <sstream>

namespace postrider::test {

namespace json = boost::json;

inline constexpr std::string_view good = R"({"message":"x","user_id":1})"
                                         "\n";

inline std::string head_of(std::string_view fields) {
  return "POST /v1/messages/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
         "application/x-ndjson\r\n" +
         std::string(fields) + "\r\n";
}

inline std::string bulk(std::string_view lines, std::string_view fields = "") {
  return head_of("Content-Length: " + std::to_string(lines.size()) + "\r\n" + std::string(fields)) +
         std::string(lines);
}

inline std::string chunk(std::string_view content) {
  std::ostringstream size;
  size << std::hex << content.size();
  return size.str() + "\r\n" + std::string(content) + "\r\n";
}

inline std::string many(std::size_t count) {
  std::string lines;
  for (std::size_t i = 0; i < count; ++i)
    lines += good;
  return lines;
}

/// Reads what comes in chunks; JSON has no CR, so that a chunk ends at the first one.
class line_reader {
 public:
  explicit line_reader(raw_client& from) : from_(from) {}

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
  raw_client& from_;
  std::string text_;
};

inline std::int64_t line_of(const json::object& answer) {
  return answer.at("line").to_number<int>();
}

inline std::string code_of(const json::object& answer) {
  const auto* code = answer.if_contains("code");
  return code == nullptr ? std::string("accepted") : std::string(code->get_string());
}

/// "1 accepted; 2 invalid; "
inline std::string summary(const std::vector<json::object>& answers) {
  std::string text;
  for (const auto& answer : answers)
    text += std::to_string(line_of(answer)) + " " + code_of(answer) + "; ";
  return text;
}

/// Sends wait here until the test answers them.
struct bulk_fixture : server_fixture {
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
      then(some_receipt());
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
    raw_client client(address);
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

}  // namespace postrider::test
