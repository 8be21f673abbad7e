#include "tools/postrider/client.hpp"

#include "tools/postrider/client_connection.hpp"

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>
#include <fmt/format.h>

#include <charconv>
#include <optional>

namespace postrider::cli {

namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;

/// Without a byte in either direction.
constexpr std::chrono::seconds longest_silence{60};
constexpr std::size_t max_reply_bytes = 64 * 1024 * 1024;
/// Lines that go out together.
constexpr std::size_t block_bytes = 64 * 1024;

std::chrono::seconds retry_after(const http::fields& fields) {
  const std::string_view text = fields[http::field::retry_after];
  long seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return std::chrono::seconds(error == std::errc() ? seconds : 0);
}

class beast_client final : public http_client {
 public:
  explicit beast_client(server_location server) : server_(std::move(server)) {
    while (server_.url.ends_with('/'))
      server_.url.pop_back();
  }

  outcome<http_reply> send(const std::string& method, const std::string& target,
                           const std::string& body, const std::string& idempotency_key) override {
    http::request<http::string_body> request;
    request.method_string(method);
    request.body() = body;
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    request.prepare_payload();
    if (!idempotency_key.empty()) request.set("Idempotency-Key", idempotency_key);
    return exchange(request, target, [&](http_reply& reply) {
      connection_->run(
          {},
          [&]() -> net::awaitable<void> {
            return connection_->with_stream(
                [&](auto& stream) { return ask(stream, request, reply); });
          },
          longest_silence);
    });
  }

  outcome<http_reply> stream(const std::string& target, const std::function<std::string()>& next,
                             const std::function<bool(std::string_view)>& take) override {
    http::request<http::empty_body> request;
    request.method(http::verb::post);
    request.set(http::field::content_type, "application/x-ndjson");
    request.chunked(true);
    return exchange(request, target, [&](http_reply& reply) {
      connection_->run(
          [&]() -> net::awaitable<void> {
            return connection_->with_stream(
                [&](auto& stream) { return give_lines(stream, request, next); });
          },
          [&]() -> net::awaitable<void> {
            return connection_->with_stream(
                [&](auto& stream) { return take_answers(stream, take, reply); });
          },
          longest_silence);
    });
  }

 private:
  template <class Request, class Run>
  outcome<http_reply> exchange(Request& request, const std::string& target, Run run) {
    http_reply reply;
    try {
      if (!connection_) connection_.emplace(server_);
      request.target(connection_->path() + target);
      request.set(http::field::host, connection_->authority());
      request.set(http::field::user_agent, "postrider");
      request.set(http::field::accept, "application/json, application/problem+json");
      if (!server_.key.empty()) request.set(http::field::authorization, "Bearer " + server_.key);
      run(reply);
      if (!keeps_) connection_->close();
    } catch (const connection_error& failed) {
      return explain(failed);
    }
    return reply;
  }

  template <class Stream>
  net::awaitable<void> ask(Stream& stream, const http::request<http::string_body>& request,
                           http_reply& reply) {
    co_await http::async_write(stream, request, net::use_awaitable);
    connection_->moved();
    http::response_parser<http::string_body> parser;
    parser.body_limit(max_reply_bytes);
    while (!parser.is_done()) {
      co_await http::async_read_some(stream, connection_->read_ahead(), parser, net::use_awaitable);
      connection_->moved();
    }
    note_head(parser.get(), reply);
    reply.body = std::move(parser.get().body());
  }

  /// Gives lines as long as there are some, in chunks.
  template <class Stream>
  net::awaitable<void> give_lines(Stream& stream, http::request<http::empty_body>& request,
                                  const std::function<std::string()>& next) {
    http::request_serializer<http::empty_body> head(request);
    co_await http::async_write_header(stream, head, net::use_awaitable);
    for (bool more = true; more;) {
      std::string block;
      while (more && block.size() < block_bytes) {
        const auto line = next();
        more = !line.empty();
        block += line;
      }
      connection_->moved();
      if (!block.empty())
        co_await net::async_write(stream, http::make_chunk(net::buffer(block)), net::use_awaitable);
    }
    co_await net::async_write(stream, http::make_chunk_last(), net::use_awaitable);
  }

  /// Takes what comes back; the body of another answer than 200 is kept.
  template <class Stream>
  net::awaitable<void> take_answers(Stream& stream,
                                    const std::function<bool(std::string_view)>& take,
                                    http_reply& reply) {
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    while (!parser.is_done()) {
      co_await http::async_read_some(stream, connection_->read_ahead(), parser, net::use_awaitable);
      connection_->moved();
      if (!parser.is_header_done()) continue;
      auto& body = parser.get().body();
      if (parser.get().result_int() != 200) {
        if (body.size() > max_reply_bytes) throw too_long();
        continue;
      }
      if (!body.empty() && !take(body)) throw connection_error(reason::no_answer, "it was ended");
      body.clear();
    }
    note_head(parser.get(), reply);
    reply.body = std::move(parser.get().body());
  }

  using reason = connection_error::reason;
  static connection_error too_long() {
    return {reason::no_answer, "its answer is longer than 64 MiB"};
  }

  template <class Response>
  void note_head(const Response& response, http_reply& reply) {
    reply.status = static_cast<int>(response.result_int());
    reply.content_type = response[http::field::content_type];
    reply.retry_after = retry_after(response);
    keeps_ = response.keep_alive();
  }

  failure explain(const connection_error& failed) const {
    const std::string why = failed.what();
    switch (failed.why()) {
      case reason::url:
        return failure::because(
            fmt::format("{} is not an http:// or https:// URL: {}", server_.url, why));
      case reason::unreachable:
        if (!server_.socket.empty())
          return failure::because(fmt::format("cannot reach the server at its local socket {}: {}",
                                              server_.socket, why));
        return failure::because(
            fmt::format("cannot reach {}: {}; is \"postrider serve\" running there? Another "
                        "server: --url or POSTRIDER_URL{}",
                        server_.url, why, server_.hint));
      case reason::ca_file:
        return failure::because(
            fmt::format("the file {} cannot be used: {}", server_.ca_file, why));
      case reason::untrusted:
        return failure::because(
            fmt::format("{} is not trusted: {}; an authority that the system does not know: "
                        "--ca-file or POSTRIDER_CA_FILE",
                        server_.url, why));
      case reason::other_name:
        return failure::because(
            fmt::format("the certificate of {} is for another name: {}; call it by its own: --url "
                        "https://NAME:PORT or POSTRIDER_URL",
                        server_.url, why));
      case reason::no_tls:
        return failure::because(
            fmt::format("{} does not speak TLS as it should: {}; without TLS its URL begins with "
                        "http://",
                        server_.url, why));
      case reason::no_answer: break;
    }
    return failure::because(fmt::format(
        "{} gave no answer: {}; it is unknown whether the request was handled", server_.url, why));
  }

  server_location server_;
  std::optional<client_connection> connection_;
  /// The last answer leaves the connection open.
  bool keeps_ = false;
};

}  // namespace

std::unique_ptr<http_client> make_http_client(const server_location& server) {
  return std::make_unique<beast_client>(server);
}

}  // namespace postrider::cli
