#include "http/connection/listener.hpp"

#include "base/log.hpp"
#include "http/connection/session.hpp"
#include "http/problem.hpp"
#include "http/request_id.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <sys/socket.h>

namespace postrider::http {
namespace {

using boost::system::error_code;

/// Connections that are let in without a look at what else there is to do.
constexpr int let_in_together = 64;

/// "127.0.0.1:8080" or "[::1]:8080".
std::optional<tcp::endpoint> parse_endpoint(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view digits = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::uint16_t port = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  error_code error;
  const auto address = net::ip::make_address(std::string(host), error);
  if (error || wrong != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return tcp::endpoint(address, port);
}

std::string to_text(const tcp::endpoint& where) {
  return where.address().is_v6() ? fmt::format("[{}]:{}", where.address().to_string(), where.port())
                                 : fmt::format("{}:{}", where.address().to_string(), where.port());
}

/// The address and port of a connection that is known to be one of TCP.
tcp::endpoint to_tcp(const stream::endpoint& from) {
  tcp::endpoint where;
  std::memcpy(where.data(), from.data(), std::min(from.size(), where.capacity()));
  return where;
}

}  // namespace

listener::listener(http::front& front, net::io_context& io)
    : front_(front), io_(io), acceptor_(net::make_strand(io)) {}

boost::system::result<void, std::string> listener::open() {
  const auto& settings = front_.settings;
  auto opened =
      settings.handed_over_socket ? take_over(*settings.handed_over_socket) : bind(settings.listen);
  if (opened.has_error()) return opened;
  const auto where = to_tcp(acceptor_.local_endpoint());
  address_ = to_text(where);
  if (!settings.keys_required && !where.address().is_loopback())
    return fmt::format("others can reach {}, and [auth] requires no API key", address_);
  front_.exposure = {settings.keys_required,
                     settings.tls_certificate.empty() && !where.address().is_loopback()};
  return {};
}

boost::system::result<void, std::string> listener::take_over(int handed_over) {
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  int listens = 0;
  socklen_t listens_size = sizeof listens;
  const bool known =
      getsockname(handed_over, reinterpret_cast<sockaddr*>(&where), &size) == 0 &&
      getsockopt(handed_over, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_size) == 0;
  if (!known || listens == 0 || (where.ss_family != AF_INET && where.ss_family != AF_INET6))
    return "the socket that was handed over does not listen for TCP connections; see ListenStream= "
           "in systemd.socket(5)";
  error_code error;
  acceptor_.assign(where.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), handed_over, error);
  if (error) return "the socket that was handed over cannot be used: " + error.message();
  return {};
}

boost::system::result<void, std::string> listener::bind(const std::string& address) {
  const auto where = parse_endpoint(address);
  if (!where)
    return fmt::format(
        "\"{}\" is not an address to listen on, such as 127.0.0.1:8080 or [::1]:8080", address);
  error_code error;
  acceptor_.open(where->protocol(), error);
  if (!error) acceptor_.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(*where, error);
  if (!error) acceptor_.listen(net::socket_base::max_listen_connections, error);
  if (error)
    return fmt::format("cannot listen on {}: {}; is another server running there?", address,
                       error.message());
  return {};
}

boost::system::result<void, std::string> listener::open_local(const std::string& path) {
  auto opened = local_socket::open(path);
  if (opened.has_error()) return opened.error();
  error_code error;
  file_ = std::move(*opened);
  acceptor_.assign(stream(AF_UNIX, 0), file_.release(), error);
  if (error) return fmt::format("cannot use the local socket {}: {}", path, error.message());
  address_ = path;
  local_ = true;
  return {};
}

void listener::start() {
  net::co_spawn(
      acceptor_.get_executor(), [self = shared_from_this()] { return self->run(); }, net::detached);
}

void listener::close() {
  net::post(acceptor_.get_executor(), [self = shared_from_this()] {
    error_code ignored;
    self->acceptor_.close(ignored);
    self->file_.remove();
  });
}

awaitable<void> listener::run() {
  for (;;) {
    auto [error, peer] = co_await acceptor_.async_accept(net::make_strand(io_), as_result);
    // Also when the server began to stop meanwhile: its client is told so.
    if (!error) {
      admit(std::move(peer));
      admit_waiting();
    }
    if (!acceptor_.is_open()) co_return;
    if (!error) continue;
    // Out of descriptors, mostly: the connection stays in the kernel's queue, and asking for it
    // again at once would only burn the processor.
    log(log_level::warning, "http",
        "cannot accept a connection: " + error.message() + "; see ulimit -n");
    co_await pause();
  }
}

/// Those that came together are let in together: one at a time each would wait for everything that
/// the thread does between two of them.
void listener::admit_waiting() {
  error_code error;
  acceptor_.non_blocking(true, error);
  for (int i = 0; i < let_in_together && !error; ++i) {
    auto peer = acceptor_.accept(net::make_strand(io_), error);
    if (!error) admit(std::move(peer));
  }
}

awaitable<void> listener::pause() {
  http::timer breath(acceptor_.get_executor(), std::chrono::milliseconds(100));
  co_await breath.async_wait(as_result);
}

void listener::admit(http::socket peer) {
  error_code error;
  const auto from = peer.remote_endpoint(error);
  if (error) return;  // It is gone already.
  const std::string address = local_ ? connections::local : to_tcp(from).address().to_string();
  if (const auto why = front_.connections.refuses(address)) return turn_away(peer, *why);
  if (!local_) peer.set_option(tcp::no_delay(true), error);
  ++front_.counters.connections;
  ++front_.counters.accepted;
  const auto one = std::make_shared<session>(front_, std::move(peer), local_);
  front_.connections.add(one, address);
  one->start();
}

void listener::turn_away(http::socket& peer, refusal why) {
  front_.counters.count(why);
  if (!local_ && front_.tls.get()) return;  // A handshake for this would cost what the limit saves.
  http::response answer;
  std::string id, bytes;
  make_request_id(id);
  write_problem(answer,
                {problem_code::too_many_connections,
                 why == refusal::connections ? "this server has as many connections as it takes"
                                             : "this address has as many connections as it may"},
                id);
  append_response(bytes, answer, {id, false, true, false});
  front_.counters.count_answer(counters::max_routes, answer.status, {});
  // A new socket's buffer has room for it; who is over the limit is not waited for.
  error_code ignored;
  peer.non_blocking(true, ignored);
  peer.write_some(net::buffer(bytes), ignored);
  peer.shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace postrider::http
