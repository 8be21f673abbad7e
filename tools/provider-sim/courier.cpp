#include "tools/provider-sim/courier.hpp"

#include "tools/provider-sim/loopback_url.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace postrider::provider_sim {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds call_timeout(10);

http::request<http::string_body> compose(const callback& what, const loopback_url& to) {
  const auto text = [](std::string_view view) {
    return beast::string_view(view.data(), view.size());
  };
  http::request<http::string_body> request;
  request.method_string(text(what.method));
  request.target(to.target);
  request.version(11);
  request.set(http::field::host, to.host);
  request.set(http::field::user_agent, "provider-sim");
  request.set(http::field::connection, "close");
  if (!what.content_type.empty()) request.set(http::field::content_type, what.content_type);
  for (const auto& [name, value] : what.headers)
    request.set(name, value);
  request.body() = what.body;
  request.prepare_payload();
  return request;
}

// The status of the answer, or 0 when there was none.
asio::awaitable<unsigned> ask(asio::io_context& io, const callback& what, const loopback_url& to) {
  error_code ec;
  auto token = asio::redirect_error(asio::use_awaitable, ec);
  beast::tcp_stream stream(io);
  stream.expires_after(call_timeout);
  co_await stream.async_connect(to.endpoint, token);
  if (ec) co_return 0;
  const auto request = compose(what, to);
  co_await http::async_write(stream, request, token);
  if (ec) co_return 0;
  beast::flat_buffer buffer;
  http::response<http::string_body> response;
  co_await http::async_read(stream, buffer, response, token);
  co_return ec ? 0 : response.result_int();
}

}  // namespace

void courier::carry(provider& at, std::vector<errand> list, std::function<void()> done) {
  asio::co_spawn(io_, run(at, std::move(list), std::move(done)), asio::detached);
}

asio::awaitable<void> courier::run(provider& at, std::vector<errand> list,
                                   std::function<void()> done) {
  for (const errand& each : list) {
    if (each.pause.count() > 0) {
      asio::steady_timer timer(io_, each.pause);
      co_await timer.async_wait(asio::use_awaitable);
    }
    if (const auto* event = std::get_if<stream_event>(&each.what))
      at.events.publish(event->account, event->data);
    else co_await call(at, std::get<callback>(each.what));
  }
  if (done) done();
}

// Kannel expects 200 or 202; any 2xx will do for the others, which do not try again anyway.
asio::awaitable<void> courier::call(provider& at, const callback& what) {
  const auto to = parse_loopback_url(what.url);
  if (!to) {
    ++at.reports_refused;
    co_return;
  }
  for (unsigned attempt = 1;; ++attempt) {
    const unsigned status = co_await ask(io_, what, *to);
    const bool is_good =
        what.attempts > 1 ? status == 200 || status == 202 : status >= 200 && status < 300;
    if (is_good) {
      ++at.reports_done;
      co_return;
    }
    ++at.reports_failed;
    if (attempt >= what.attempts) co_return;
    asio::steady_timer timer(io_, what.retry_pause);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

}  // namespace postrider::provider_sim
