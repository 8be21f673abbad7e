#include "tools/provider-sim/server.hpp"

#include "tools/provider-sim/session.hpp"

#include <algorithm>
#include <optional>
#include <sys/socket.h>

namespace postrider::provider_sim {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr std::chrono::milliseconds accept_pause(20);
}

struct server::listener {
  listener(asio::io_context& io, std::string of, bool own, const smtp_settings* mail)
      : acceptor(io), pause(io), name(std::move(of)), own_port(own), smtp(mail) {}

  tcp_acceptor acceptor;
  asio::steady_timer pause;
  std::string name;
  bool own_port;
  const smtp_settings* smtp;  // nullptr: HTTP
  bool is_open = true;
  std::vector<std::weak_ptr<connection>>
      sessions;  // at a port of its own only, to close them in an outage
};

server::server(asio::io_context& io, provider_book& book, dispatcher& requests)
    : io_(io), book_(book), requests_(requests), courier_(io), timer_(io) {
  requests_.on_errands([this](provider& at, std::vector<errand> list, std::function<void()> done) {
    courier_.carry(at, std::move(list), std::move(done));
  });
  requests_.control_paths().on_behaviour_set([this] { follow_outages(); });
}

server::~server() = default;

unsigned short server::listen_shared(const tcp::endpoint& at) {
  return add_listener("default", false, nullptr, at);
}

unsigned short server::listen_for(const std::string& provider_name, const tcp::endpoint& at) {
  const unsigned short port = add_listener(provider_name, true, nullptr, at);
  requests_.control_paths().note_port(provider_name, port);
  return port;
}

unsigned short server::listen_smtp(const std::string& provider_name, const tcp::endpoint& at,
                                   const smtp_settings& settings) {
  const unsigned short port = add_listener(provider_name, true, &settings, at);
  requests_.control_paths().note_port(provider_name, port);
  return port;
}

unsigned short server::add_listener(std::string name, bool own_port, const smtp_settings* smtp,
                                    const tcp::endpoint& at) {
  auto fresh = std::make_unique<listener>(io_, std::move(name), own_port, smtp);
  tcp_acceptor probe(io_);
  tcp::endpoint exact = at;
  if (own_port && at.port() == 0) {
    // Linux keeps the port of a socket that stops listening only if it was bound to it by number.
    probe.open(at.protocol());
    probe.set_option(asio::socket_base::reuse_address(true));
    probe.bind(at);
    exact = probe.local_endpoint();
  }
  fresh->acceptor.open(exact.protocol());
  fresh->acceptor.set_option(asio::socket_base::reuse_address(true));
  fresh->acceptor.bind(exact);
  fresh->acceptor.listen();
  const unsigned short port = fresh->acceptor.local_endpoint().port();
  accept(*fresh);
  listeners_.push_back(std::move(fresh));
  return port;
}

void server::accept(listener& from) {
  from.acceptor.async_accept([this, &from](error_code ec, tcp_socket socket) {
    if (ec == asio::error::operation_aborted || !from.is_open) return;
    if (ec) return accept_later(from);
    admit(from, std::move(socket));
    accept(from);
  });
}

// Without a free file descriptor accepting fails at once, again and again.
void server::accept_later(listener& from) {
  from.pause.expires_after(accept_pause);
  from.pause.async_wait([this, &from](error_code ec) {
    if (!ec && from.is_open) accept(from);
  });
}

void server::admit(listener& from, tcp_socket socket) {
  std::shared_ptr<connection> fresh;
  if (from.smtp)
    fresh = std::make_shared<smtp_session>(std::move(socket), book_, from.name, *from.smtp);
  else fresh = std::make_shared<session>(std::move(socket), requests_, from.name);
  if (from.own_port) {
    std::erase_if(from.sessions, [](const auto& s) { return s.expired(); });
    from.sessions.push_back(fresh);
  }
  fresh->start();
}

void server::follow_outages() {
  const clock_time now = std::chrono::steady_clock::now();
  for (auto& each : listeners_) {
    if (!each->own_port) continue;
    provider* at = book_.find_or_make(each->name);
    const bool down = at && at->rules.is_down(now);
    if (down && each->is_open) shut(*each);
    if (!down && !each->is_open) open(*each);
  }
  arm_timer(now);
}

// A socket that is bound but does not listen keeps the port and refuses every connection.
void server::shut(listener& which) {
  which.is_open = false;
  error_code ignored;
  which.pause.cancel();
  which.acceptor.cancel(ignored);
  ::shutdown(which.acceptor.native_handle(), SHUT_RDWR);
  for (auto& weak : which.sessions)
    if (auto alive = weak.lock()) alive->retire();
  which.sessions.clear();
  if (provider* at = book_.find_or_make(which.name)) at->events.end_all();
}

void server::open(listener& which) {
  which.acceptor.listen();
  which.is_open = true;
  accept(which);
}

void server::arm_timer(clock_time now) {
  std::optional<clock_time> next;
  for (auto& each : listeners_) {
    provider* at = each->own_port ? book_.find_or_make(each->name) : nullptr;
    const auto change = at ? at->rules.next_change(now) : std::nullopt;
    if (change && (!next || *change < *next)) next = change;
  }
  timer_.cancel();
  if (!next) return;
  timer_.expires_at(*next);
  timer_.async_wait([this](error_code ec) {
    if (!ec) follow_outages();
  });
}

}  // namespace postrider::provider_sim
