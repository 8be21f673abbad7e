#include "tools/postrider/client.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <chrono>
#include <semaphore>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace postrider::cli {
namespace {

/// Takes connections one after the other. On each it reads one request with `Content-Length`, or
/// the first chunk of one without, gives a fixed answer, and closes.
class one_answer {
 public:
  explicit one_answer(std::string answer, int connections = 1)
      : answer_(std::move(answer)), connections_(connections) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_TEST_REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address) ==
                       0);
    BOOST_TEST_REQUIRE(::listen(listener_, 4) == 0);
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      for (int i = 0; i < connections_; ++i)
        serve();
    });
  }
  ~one_answer() {
    if (thread_.joinable()) thread_.join();
    ::close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  /// False when it takes longer than ten seconds. Over loopback the end arrives with the close.
  bool wait_until_closed() { return closed_.try_acquire_for(std::chrono::seconds(10)); }
  /// The last one, after all exchanges.
  std::string request() {
    thread_.join();
    return request_;
  }

 private:
  bool complete() const {
    const auto head = request_.find("\r\n\r\n");
    if (head == std::string::npos) return false;
    if (request_.find("chunked") != std::string::npos) return request_.size() > head + 4;
    const auto length = request_.find("Content-Length: ");
    return length == std::string::npos ||
           request_.size() >= head + 4 + std::stoul(request_.substr(length + 16));
  }

  void serve() {
    const int connection = ::accept(listener_, nullptr, nullptr);
    char piece[4096];
    request_.clear();
    while (!complete()) {
      const auto count = ::recv(connection, piece, sizeof piece, 0);
      if (count <= 0) break;
      request_.append(piece, static_cast<std::size_t>(count));
    }
    [[maybe_unused]] const auto sent =
        ::send(connection, answer_.data(), answer_.size(), MSG_NOSIGNAL);
    ::shutdown(connection, SHUT_WR);
    // A peer that still writes shall not lose the answer.
    if (request_.find("chunked") != std::string::npos)
      while (::recv(connection, piece, sizeof piece, 0) > 0) {
      }
    ::close(connection);
    closed_.release();
  }

  std::string answer_, request_;
  int connections_;
  std::counting_semaphore<> closed_{0};
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::thread thread_;
};

/// A port that nobody listens on: it was free a moment ago.
std::string deserted_url() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  socklen_t size = sizeof address;
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_)

BOOST_AUTO_TEST_CASE(posts_json_with_the_key_and_gives_the_answer_back) {
  one_answer server(
      "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: "
      "8\r\n\r\n{\"id\":1}");
  const auto client = make_http_client({server.url() + "/", "pr_key"});
  const auto reply = client->request("POST", "/send/message", "{\"a\":1}");
  BOOST_TEST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->status == 202);
  BOOST_TEST(reply->content_type == "application/json");
  BOOST_TEST(reply->body == "{\"id\":1}");
  const auto request = server.request();
  BOOST_TEST(request.starts_with("POST /send/message HTTP/1.1\r\n"));
  BOOST_TEST(request.find("\r\nContent-Type: application/json\r\n") != std::string::npos);
  BOOST_TEST(request.find("\r\nAuthorization: Bearer pr_key\r\n") != std::string::npos);
  BOOST_TEST(request.find("Expect") == std::string::npos);
  BOOST_TEST(request.find("Idempotency-Key") == std::string::npos);
  BOOST_TEST(request.ends_with("\r\n\r\n{\"a\":1}"));
}

BOOST_AUTO_TEST_CASE(sends_the_idempotency_key_as_a_field) {
  one_answer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  BOOST_TEST(make_http_client({server.url(), ""})
                 ->request("POST", "/send/message", "{}", "dinner-7")
                 .has_value());
  BOOST_TEST(server.request().find("\r\nIdempotency-Key: dinner-7\r\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(gets_without_a_body_or_a_key) {
  one_answer server("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  const auto reply = make_http_client({server.url(), ""})->request("GET", "/v1/transactions/1", "");
  BOOST_TEST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->status == 404);
  const auto request = server.request();
  BOOST_TEST(request.starts_with("GET /v1/transactions/1 HTTP/1.1\r\n"));
  BOOST_TEST(request.find("Authorization") == std::string::npos);
  BOOST_TEST(request.find("Content-") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_server_that_is_not_there_is_told_with_what_to_do) {
  const auto url = deserted_url();
  const auto reply = make_http_client({url, ""})->request("GET", "/", "");
  BOOST_TEST_REQUIRE(reply.has_error());
  BOOST_TEST(reply.error().sentence().starts_with("cannot reach " + url + ": "));
  BOOST_TEST(reply.error().sentence().ends_with(
      "; is \"postrider serve\" running there? Another server: --url or POSTRIDER_URL"));
  server_location hinted{url, ""};
  hinted.hint = "; this user may not use the local socket /run/s";
  BOOST_TEST(make_http_client(hinted)
                 ->request("GET", "/", "")
                 .error()
                 .sentence()
                 .ends_with("POSTRIDER_URL; this user may not use the local socket /run/s"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_ends_without_an_answer_leaves_the_outcome_open) {
  one_answer server("");
  const auto reply = make_http_client({server.url(), ""})->request("POST", "/send/message", "{}");
  BOOST_TEST_REQUIRE(reply.has_error());
  BOOST_TEST(reply.error().sentence().ends_with("; it is unknown whether the request was handled"));
}

BOOST_AUTO_TEST_CASE(a_connection_that_the_server_has_closed_meanwhile_is_not_used_again) {
  one_answer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 3);
  const auto client = make_http_client({server.url(), ""});
  for (int i = 0; i < 3; ++i) {
    const auto reply = client->request("POST", "/send/message", "{}");
    BOOST_TEST_REQUIRE(reply.has_value());
    BOOST_TEST(reply->body == "{}");
    BOOST_TEST_REQUIRE(server.wait_until_closed());
  }
}

BOOST_AUTO_TEST_CASE(lines_that_are_refused_end_with_the_answer) {
  one_answer server(
      "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\nRetry-After: "
      "7\r\nContent-Length: 2\r\n\r\n{}");
  const auto client = make_http_client({server.url(), ""});
  // More of them than a socket takes.
  std::size_t given = 0;
  const auto reply = client->stream(
      "/v1/messages/bulk",
      [&] { return ++given < 100'000 ? std::string(1'000, 'x') + "\n" : std::string(); },
      [](std::string_view) { return true; });
  BOOST_TEST_REQUIRE(reply.has_value());
  BOOST_TEST(reply->status == 401);
  BOOST_TEST(reply->body == "{}");
  BOOST_TEST((reply->retry_after == std::chrono::seconds(7)));
}

BOOST_AUTO_TEST_CASE(a_plain_server_is_no_https) {
  one_answer server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  auto url = server.url();
  url.replace(0, 4, "https");
  server_location there{url, ""};
  const auto reply = make_http_client(there)->request("GET", "/", "");
  BOOST_TEST_REQUIRE(reply.has_error());
  BOOST_TEST(reply.error().sentence().starts_with(url + " does not speak TLS as it should: "),
             reply.error().sentence());
}

BOOST_AUTO_TEST_CASE(only_http_and_https_are_spoken) {
  const auto reply = make_http_client({"file:///etc/passwd", ""})->request("GET", "", "");
  BOOST_TEST_REQUIRE(reply.has_error());
  BOOST_TEST(reply.error().sentence().starts_with(
      "file:///etc/passwd is not an http:// or https:// URL: "));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace postrider::cli
