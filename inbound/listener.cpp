#include "inbound/listener.hpp"

#include "base/log.hpp"
#include "inbound/connections.hpp"
#include "inbound/endpoint.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <sys/socket.h>

namespace postrider::inbound {
namespace {

using boost::system::error_code;

/// Connections that are let in without a look at what else there is to do.
constexpr int let_in_together = 64;

/// The user who connected to the local socket (SO_PEERCRED, unix(7)).
std::uint32_t user_of(inbound::socket& peer) {
  ucred client{};
  socklen_t size = sizeof client;
  // Unknown users count together.
  if (getsockopt(peer.native_handle(), SOL_SOCKET, SO_PEERCRED, &client, &size) != 0)
    return static_cast<std::uint32_t>(-1);
  return client.uid;
}

}  // namespace

listener::listener(net::io_context& io, std::string part, taker take)
    : io_(io), part_(std::move(part)), take_(std::move(take)), acceptor_(net::make_strand(io)) {}

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
  return opened();
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
  return opened();
}

boost::system::result<void, std::string> listener::opened() {
  const auto where = to_tcp(acceptor_.local_endpoint());
  address_ = to_text(where);
  private_ = where.address().is_loopback();
  return {};
}

boost::system::result<void, std::string> listener::open_local(const std::string& path,
                                                              const socket_kind& kind) {
  auto made = local_socket::open(path, kind);
  if (made.has_error()) return made.error();
  error_code error;
  file_ = std::move(*made);
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
    log(log_level::warning, part_,
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
  inbound::timer breath(acceptor_.get_executor(), std::chrono::milliseconds(100));
  co_await breath.async_wait(as_result);
}

void listener::admit(inbound::socket peer) {
  error_code error;
  const auto from = peer.remote_endpoint(error);
  if (error) return;  // It is gone already.
  if (!local_) peer.set_option(tcp::no_delay(true), error);
  take_(std::move(peer),
        local_ ? connections::local_address(user_of(peer)) : to_tcp(from).address().to_string());
}

}  // namespace postrider::inbound
