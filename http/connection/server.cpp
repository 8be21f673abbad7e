#include "http/connection/server.hpp"

#include "base/log.hpp"
#include "http/connection/listener.hpp"
#include "http/connection/session.hpp"

#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <functional>
#include <thread>

namespace postrider::http {
namespace {

boost::system::result<tls_in_force, std::string> load_certificate(
    const http_settings& settings, const std::function<void(tls_context)>& use) {
  const tls_files files{settings.tls_certificate, settings.tls_key};
  if (!files.wanted()) return tls_in_force();
  auto loaded = load_tls(files);
  if (loaded.has_error()) return {boost::system::in_place_error, loaded.error()};
  use(*loaded);
  return tls_in_force{files.certificate, last_day(*loaded)};
}

/// So long the connections of busy clients have for their next request, which ends them.
constexpr std::chrono::milliseconds idle_grace{500};

class beast_server final : public server {
 public:
  beast_server(const http_settings& settings, actors::gateway& gateway)
      : front_(settings, gateway),
        io_(std::max(settings.threads, 1)),
        work_(net::make_work_guard(io_)),
        listener_(std::make_shared<http::listener>(front_, io_)),
        watch_(net::make_strand(io_)),
        tick_(tick_for(settings)) {}
  ~beast_server() override { stop(std::chrono::milliseconds(0)); }

  boost::system::result<void, std::string> start() {
    if (auto renewed = renew_certificate(); renewed.has_error()) return renewed.error();
    if (auto opened = listener_->open(); opened.has_error()) return opened;
    if (front_.exposure.keys_required && front_.exposure.plain_to_others)
      log(log_level::warning, "http", keys_without_tls);
    if (auto opened = open_local_socket(); opened.has_error()) return opened;
    listener_->start();
    watch();
    for (std::int32_t i = 0; i < std::max(front_.settings.threads, 1); ++i)
      threads_.emplace_back([this] { work(); });
    return {};
  }

  std::string address() const override { return listener_->address(); }
  boost::system::result<tls_in_force, std::string> renew_certificate() override;
  void put_sources(std::vector<sources::source_settings> sources) override {
    front_.sources.put(std::move(sources));
  }
  void drain() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  boost::system::result<void, std::string> open_local_socket();
  static std::chrono::milliseconds tick_for(const http_settings& settings);
  void work();
  void watch();

  // The front is used by what is destroyed with the io_context, so it comes before it.
  http::front front_;
  net::io_context io_;
  net::executor_work_guard<net::io_context::executor_type> work_;
  std::shared_ptr<http::listener> listener_;
  /// Null without a local socket.
  std::shared_ptr<http::listener> local_;
  http::timer watch_;
  const std::chrono::milliseconds tick_;
  std::vector<std::thread> threads_;
};

/// A timeout is noticed at most a quarter later than it is due.
std::chrono::milliseconds beast_server::tick_for(const http_settings& settings) {
  using std::chrono::milliseconds;
  const auto shortest =
      std::min({settings.header_timeout, settings.body_timeout, settings.idle_timeout,
                settings.request_timeout, settings.write_timeout});
  return std::clamp(shortest / 4, milliseconds(1), milliseconds(250));
}

boost::system::result<void, std::string> beast_server::open_local_socket() {
  const auto& path = front_.settings.local_socket;
  if (path.empty()) return {};
  auto opening = std::make_shared<http::listener>(front_, io_);
  if (auto opened = opening->open_local(path); opened.has_error()) {
    if (!front_.settings.local_socket_is_optional) return opened;
    log(log_level::warning, "http", opened.error());
    return {};
  }
  log(log_level::info, "http", "the commands on this machine reach the server by " + path);
  local_ = std::move(opening);
  local_->start();
  return {};
}

void beast_server::work() {
  for (;;) {
    try {
      io_.run();
      return;
    } catch (const std::exception& error) {
      log(log_level::error, "http", error.what());
    }
  }
}

void beast_server::watch() {
  watch_.expires_after(tick_);
  watch_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    for (const auto& late : front_.connections.expired(std::chrono::steady_clock::now()))
      late->expire();
    watch();
  });
}

boost::system::result<tls_in_force, std::string> beast_server::renew_certificate() {
  return load_certificate(front_.settings, [this](tls_context loaded) { front_.tls.put(loaded); });
}

void beast_server::drain() {
  if (front_.draining.exchange(true)) return;
  listener_->close();
  if (local_) local_->close();
}

void beast_server::stop(std::chrono::milliseconds deadline) {
  if (threads_.empty()) return;
  using clock = std::chrono::steady_clock;
  const auto until = clock::now() + deadline;
  drain();
  // A request may be on its way on a connection that is idle here. It is better told 503.
  front_.connections.wait_until_empty(std::min(until, clock::now() + idle_grace));
  for (const auto& one : front_.connections.all())
    one->end_if_idle();
  front_.connections.wait_until_empty(until);
  // Coroutines end on their own executor, while it still runs, and not with the io_context.
  for (const auto& one : front_.connections.all())
    one->abort();
  constexpr std::chrono::seconds to_unwind{5};
  if (!front_.connections.wait_until_empty(clock::now() + to_unwind))
    log(log_level::error, "http", "connections are left that do not end");
  front_.back->close();
  work_.reset();
  io_.stop();
  for (auto& one : threads_)
    one.join();
  threads_.clear();
  front_.connections.clear();
}

}  // namespace

boost::system::result<tls_in_force, std::string> check_certificate(const http_settings& settings) {
  return load_certificate(settings, [](const tls_context&) {});
}

boost::system::result<std::unique_ptr<server>, std::string> start_server(
    const http_settings& settings, actors::gateway& gateway) {
  auto made = std::make_unique<beast_server>(settings, gateway);
  if (auto started = made->start(); started.has_error()) return started.error();
  return std::unique_ptr<server>(std::move(made));
}

}  // namespace postrider::http
