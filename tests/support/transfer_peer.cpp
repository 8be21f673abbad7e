#include "tests/support/transfer_peer.hpp"

#include <arpa/inet.h>
#include <chrono>
#include <cstdlib>
#include <linux/sockios.h>
#include <poll.h>
#include <stdexcept>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace postrider::tests {
namespace {

constexpr int patience_ms = 60'000;

std::string local_url(std::string_view scheme, unsigned short port, std::string_view path) {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port) + std::string(path);
}

int listen_on_loopback(int queue, unsigned short& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  if (::bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 ||
      ::listen(listener, queue) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    throw std::runtime_error("cannot listen on loopback");
  port = ntohs(at.sin_port);
  return listener;
}

/// Whether `socket` became readable before `stop` did.
bool wait_readable(int socket, int stop) {
  pollfd both[]{{socket, POLLIN, 0}, {stop, POLLIN, 0}};
  return ::poll(both, 2, patience_ms) > 0 && both[1].revents == 0;
}

std::size_t body_size(std::string_view head) {
  const auto at = head.find("Content-Length: ");
  return at == head.npos ? 0 : std::strtoul(head.data() + at + 16, nullptr, 10);
}

}  // namespace

// ---- one connection ----------------------------------------------------------------------------

bool transfer_peer::connection::read_more() {
  char piece[65536];
  if (socket_ < 0 || !wait_readable(socket_, peer_.stop_)) return false;
  const auto size = ::recv(socket_, piece, sizeof piece, 0);
  if (size <= 0) return false;
  unread_.append(piece, static_cast<std::size_t>(size));
  return true;
}

std::string transfer_peer::connection::read_request() {
  for (;;) {
    const auto head = unread_.find("\r\n\r\n");
    if (head != unread_.npos) {
      const auto size = head + 4 + body_size(std::string_view(unread_).substr(0, head));
      if (unread_.size() >= size) {
        auto request = unread_.substr(0, size);
        unread_.erase(0, size);
        const std::lock_guard lock(peer_.mutex_);
        peer_.requests_.push_back(request);
        peer_.changed_.notify_all();
        return request;
      }
    }
    if (!read_more()) return {};
  }
}

std::string transfer_peer::connection::read_bytes(std::size_t count) {
  while (unread_.size() < count && read_more()) {
  }
  auto bytes = unread_.substr(0, count);
  unread_.erase(0, bytes.size());
  return bytes;
}

bool transfer_peer::connection::wait() const { return wait_readable(socket_, peer_.stop_); }

void transfer_peer::connection::send(std::string_view text) {
  while (!text.empty()) {
    const auto size = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (size <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
}

void transfer_peer::connection::finish() {
  ::shutdown(socket_, SHUT_WR);
  hold();
}

void transfer_peer::connection::close() {
  if (socket_ >= 0) ::close(std::exchange(socket_, -1));
}

void transfer_peer::connection::reset() {
  const linger none{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close();
}

void transfer_peer::connection::hold() {
  while (read_more())
    unread_.clear();
}

void transfer_peer::connection::hold_unread() {
  pollfd both[]{{socket_, POLLRDHUP, 0}, {peer_.stop_, POLLIN, 0}};
  ::poll(both, 2, patience_ms);
}

void transfer_peer::connection::wait_until_acknowledged() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
  int left = 1;
  while (left > 0 && std::chrono::steady_clock::now() < deadline) {
    if (::ioctl(socket_, SIOCOUTQ, &left) != 0) return;
    std::this_thread::yield();
  }
}

// ---- the peer ----------------------------------------------------------------------------------

transfer_peer::transfer_peer(script each) : transfer_peer(std::vector<script>{}) {
  const std::lock_guard lock(mutex_);
  scripts_.push_back(std::move(each));
  repeats_ = true;
}

transfer_peer::transfer_peer(std::vector<script> scripts)
    : scripts_(std::move(scripts)),
      listener_(listen_on_loopback(1024, port_)),
      stop_(::eventfd(0, EFD_CLOEXEC)),
      stop_accepting_(::eventfd(0, EFD_CLOEXEC)),
      acceptor_([this] { accept_all(); }) {}

transfer_peer::~transfer_peer() {
  ::eventfd_write(stop_, 1);
  stop_listening();
  for (auto& worker : workers_)
    worker.join();
  ::close(stop_);
  ::close(stop_accepting_);
}

void transfer_peer::stop_listening() {
  const std::lock_guard lock(stopping_);
  if (!acceptor_.joinable()) return;
  ::eventfd_write(stop_accepting_, 1);
  acceptor_.join();
  ::close(listener_);
}

void transfer_peer::accept_all() {
  for (;;) {
    pollfd both[]{{listener_, POLLIN, 0}, {stop_accepting_, POLLIN, 0}};
    ::poll(both, 2, -1);
    if (both[1].revents != 0) return;
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) continue;
    const std::lock_guard lock(mutex_);
    const auto number = static_cast<std::size_t>(accepted_++);
    changed_.notify_all();
    const auto run = repeats_                   ? scripts_.front()
                     : number < scripts_.size() ? scripts_[number]
                                                : script([](connection&) {});
    workers_.emplace_back([this, socket, run] { serve(socket, run); });
  }
}

void transfer_peer::serve(int socket, const script& run) {
  connection client(*this, socket);
  run(client);
  client.close();
  const std::lock_guard lock(mutex_);
  ++closed_;
  changed_.notify_all();
}

std::string transfer_peer::url(std::string_view path) const {
  return local_url("http", port_, path);
}

std::string transfer_peer::https_url() const { return local_url("https", port_, "/"); }

std::vector<std::string> transfer_peer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int transfer_peer::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

bool transfer_peer::wait_for(const std::function<bool()>& reached) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(patience_ms), reached);
}

bool transfer_peer::wait_for_requests(std::size_t count) const {
  return wait_for([&] { return requests_.size() >= count; });
}

bool transfer_peer::wait_for_closed(int count) const {
  return wait_for([&] { return closed_ >= count; });
}

// ---- replies and ports -------------------------------------------------------------------------

std::string http_reply(int status, std::string_view body, std::string_view more_headers) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Said\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more_headers) + "\r\n" + std::string(body);
}

unsigned short refusing_port() {
  unsigned short port = 0;
  ::close(listen_on_loopback(1, port));
  return port;
}

deaf_listener::deaf_listener() : listener_(listen_on_loopback(0, port_)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port_);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // Until one gets no answer: then the queue is full.
  for (int full = 0; full == 0 && waiting_.size() < 16;) {
    const int client = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    waiting_.push_back(client);
    ::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to);
    pollfd connected{client, POLLOUT, 0};
    full = ::poll(&connected, 1, 50) == 0;
  }
}

deaf_listener::~deaf_listener() {
  for (int client : waiting_)
    ::close(client);
  ::close(listener_);
}

std::string deaf_listener::url() const { return local_url("http", port_, "/"); }

}  // namespace postrider::tests
