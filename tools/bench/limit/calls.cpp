#include "tools/bench/limit/calls.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace postrider::limit {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

void rethrow(std::exception_ptr failed) {
  if (failed) std::rethrow_exception(failed);
}

}  // namespace

calls::calls(asio::io_context& io, asio::ip::tcp::endpoint provider, std::string path,
             int connections, delivered done)
    : io_(io),
      provider_(std::move(provider)),
      path_(std::move(path)),
      done_(std::move(done)),
      idle_(io, asio::steady_timer::time_point::max()) {
  for (int i = 0; i < connections; ++i)
    asio::co_spawn(io_, run(), rethrow);
}

void calls::add(messages more) {
  if (more.empty()) return;
  asio::post(io_, [this, more = std::move(more)]() mutable {
    const auto count = more.size();
    for (auto& m : more)
      waiting_.push_back(std::move(m));
    for (std::size_t i = 0; i < count && idle_.cancel_one() != 0; ++i) {
    }
  });
}

asio::awaitable<void> calls::run() {
  asio::ip::tcp::socket socket(io_);
  co_await socket.async_connect(provider_, asio::use_awaitable);
  socket.set_option(asio::ip::tcp::no_delay(true));
  boost::beast::flat_buffer buffer;
  http::request<http::string_body> request(http::verb::post, path_, 11);
  request.set(http::field::host, "localhost");
  request.set(http::field::content_type, "application/json");
  for (;;) {
    while (waiting_.empty()) {
      boost::system::error_code woken;
      co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    auto one = std::move(waiting_.front());
    waiting_.pop_front();
    request.body() = R"({"jsonrpc":"2.0","method":"send","id":")" + std::to_string(one->id) +
                     R"(","params":{"account":"+15550001111","recipient":[)" +
                     serialize(boost::json::string(one->to)) + R"(],"message":)" +
                     serialize(boost::json::string(one->text)) + "}}";
    request.prepare_payload();
    co_await http::async_write(socket, request, asio::use_awaitable);
    http::response<http::string_body> answer;
    co_await http::async_read(socket, buffer, answer, asio::use_awaitable);
    one->reference =
        boost::json::serialize(boost::json::parse(answer.body()).at("result").at("timestamp"));
    done_(std::move(one));
  }
}

}  // namespace postrider::limit
