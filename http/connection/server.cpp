#include "http/connection/server.hpp"

#include "base/log.hpp"
#include "http/connection/admission.hpp"
#include "http/connection/overview_sampler.hpp"
#include "inbound/listener.hpp"
#include "inbound/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace postrider::http {
namespace {

boost::system::result<tls_in_force, std::string> load_certificate(
    const http_settings& settings, const std::function<void(tls_context)>& use) {
  const tls_files files{settings.tls_certificate, settings.tls_key};
  if (!files.wanted()) return tls_in_force();
  auto loaded = load_tls(files, tls_protocol::http_1_1);
  if (loaded.has_error()) return {boost::system::in_place_error, loaded.error()};
  use(*loaded);
  return tls_in_force{files.certificate, last_day(*loaded)};
}

std::chrono::milliseconds shortest_timeout(const http_settings& settings) {
  return std::min({settings.header_timeout, settings.body_timeout, settings.idle_timeout,
                   settings.request_timeout, settings.write_timeout});
}

class beast_server final : public server {
 public:
  beast_server(const http_settings& settings, actors::gateway& gateway)
      : front_(settings, gateway),
        loop_(front_.connections, settings.threads, shortest_timeout(settings), "http"),
        sampler_(loop_.io(), gateway, front_.overview),
        listener_(new_listener()) {}
  ~beast_server() override { stop(std::chrono::milliseconds(0)); }

  boost::system::result<void, std::string> start() {
    if (auto renewed = renew_certificate(); renewed.has_error()) return renewed.error();
    if (auto opened = open(); opened.has_error()) return opened;
    if (front_.exposure.keys_required && front_.exposure.plain_to_others)
      log(log_level::warning, "http", keys_without_tls);
    if (auto opened = open_local_socket(); opened.has_error()) return opened;
    listener_->start();
    sampler_.start();
    loop_.start();
    return {};
  }

  std::string address() const override { return listener_->address(); }
  boost::system::result<tls_in_force, std::string> renew_certificate() override;
  common_state& common() override { return front_.common; }
  void drain() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  std::shared_ptr<listener> new_listener() {
    return std::make_shared<listener>(loop_.io(), "http",
                                      [this](socket peer, const std::string& address) {
                                        admit(front_, std::move(peer), address);
                                      });
  }
  boost::system::result<void, std::string> open();
  boost::system::result<void, std::string> open_local_socket();

  // The front is used by what is destroyed with the io_context, so it comes before it.
  http::front front_;
  loop loop_;
  overview_sampler sampler_;
  std::shared_ptr<listener> listener_;
  /// Null without a local socket.
  std::shared_ptr<listener> local_;
};

/// A sentence for the operator when that cannot be, or when others can reach it and need no key.
boost::system::result<void, std::string> beast_server::open() {
  const auto& settings = front_.settings;
  auto opened = settings.handed_over_socket ? listener_->take_over(*settings.handed_over_socket)
                                            : listener_->bind(settings.listen);
  if (opened.has_error()) return opened;
  if (!settings.keys_required && !listener_->is_private())
    return fmt::format("others can reach {}, and [auth] requires no API key", address());
  front_.exposure = {settings.keys_required,
                     settings.tls_certificate.empty() && !listener_->is_private()};
  return {};
}

boost::system::result<void, std::string> beast_server::open_local_socket() {
  const auto& path = front_.settings.local_socket;
  if (path.empty()) return {};
  auto opening = new_listener();
  if (auto opened = opening->open_local(path, socket_of_commands); opened.has_error()) {
    if (!front_.settings.local_socket_is_optional) return opened;
    log(log_level::warning, "http", opened.error());
    return {};
  }
  log(log_level::info, "http", "the commands on this machine reach the server by " + path);
  local_ = std::move(opening);
  local_->start();
  return {};
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
  if (!loop_.runs()) return;
  const auto until = std::chrono::steady_clock::now() + deadline;
  drain();
  loop_.stop(until, *front_.back);
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
