#include "smtp/server.hpp"

#include "base/log.hpp"
#include "inbound/endpoint.hpp"
#include "inbound/listener.hpp"
#include "inbound/loop.hpp"
#include "smtp/session.hpp"

#include <boost/asio/ip/host_name.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

namespace postrider::smtp {
namespace {

using inbound::listener;

boost::system::result<inbound::tls_in_force, std::string> load_certificate(
    const smtp_settings& settings, const std::function<void(inbound::tls_context)>& use) {
  const inbound::tls_files files{settings.tls_certificate, settings.tls_key};
  if (!files.wanted()) return inbound::tls_in_force();
  auto loaded = inbound::load_tls(files, inbound::tls_protocol::smtp);
  if (loaded.has_error()) return {boost::system::in_place_error, loaded.error()};
  use(*loaded);
  return inbound::tls_in_force{files.certificate, inbound::last_day(*loaded)};
}

smtp_settings completed(smtp_settings settings) {
  boost::system::error_code error;
  if (settings.hostname.empty()) settings.hostname = boost::asio::ip::host_name(error);
  if (settings.hostname.empty()) settings.hostname = "localhost";
  return settings;
}

class asio_server final : public server {
 public:
  asio_server(const smtp_settings& settings, actors::gateway& gateway,
              inbound::common_state& common)
      : front_(std::make_shared<front>(completed(settings), gateway, common)),
        loop_(
            front_->connections, settings.threads,
            std::min({settings.idle_timeout, settings.transaction_timeout, settings.store_timeout}),
            "smtp") {}
  ~asio_server() override { stop(std::chrono::milliseconds(0)); }

  boost::system::result<void, std::string> start();
  std::vector<std::string> addresses() const override;
  boost::system::result<inbound::tls_in_force, std::string> renew_certificate() override {
    return load_certificate(front_->settings,
                            [this](inbound::tls_context loaded) { front_->tls.put(loaded); });
  }
  void drain() override;
  void stop(std::chrono::milliseconds deadline) override;

 private:
  boost::system::result<void, std::string> listen_on(const std::string& address, bool tls_first);
  boost::system::result<void, std::string> open_local_socket();
  std::shared_ptr<listener> new_listener(bool tls_first);
  void admit(inbound::socket peer, const std::string& address, bool tls_first);
  void turn_away(inbound::socket& peer, bool tls_first, inbound::crowd why);
  client_facts facts_of(const std::string& address, bool tls_first) const;

  // The front is used by what is destroyed with the io_context, so it comes before it.
  const std::shared_ptr<front> front_;
  inbound::loop loop_;
  std::vector<std::shared_ptr<listener>> listeners_;
};

boost::system::result<void, std::string> asio_server::start() {
  auto networks = network_list::parse(front_->settings.allow);
  if (!networks) return fmt::format("allow of [smtp]: \"{}\" is no network", networks.error());
  front_->allowed = std::move(*networks);
  if (auto renewed = renew_certificate(); renewed.has_error()) return renewed.error();
  for (const auto& address : front_->settings.listen)
    if (auto opened = listen_on(address, false); opened.has_error()) return opened;
  for (const auto& address : front_->settings.tls_listen)
    if (auto opened = listen_on(address, true); opened.has_error()) return opened;
  if (auto opened = open_local_socket(); opened.has_error()) return opened;
  for (const auto& one : listeners_)
    one->start();
  loop_.start();
  front_->common.add_section(
      "smtp", [shared = front_] { return statistics(shared->counted, shared->budget.held()); });
  log(log_level::info, "smtp", fmt::format("mail is taken at {}", fmt::join(addresses(), ", ")));
  return {};
}

boost::system::result<void, std::string> asio_server::listen_on(const std::string& address,
                                                                bool tls_first) {
  if (tls_first && !front_->tls.get())
    return fmt::format(
        "{} of tls_listen begins with TLS; set tls_certificate and tls_key of [smtp]", address);
  auto one = new_listener(tls_first);
  if (auto opened = one->bind(address); opened.has_error()) return opened;
  listeners_.push_back(std::move(one));
  return {};
}

boost::system::result<void, std::string> asio_server::open_local_socket() {
  if (front_->settings.local_socket.empty()) return {};
  auto one = new_listener(false);
  const inbound::socket_kind kind{front_->settings.socket_mode, "[smtp] local_socket"};
  if (auto opened = one->open_local(front_->settings.local_socket, kind); opened.has_error())
    return opened;
  listeners_.push_back(std::move(one));
  return {};
}

std::shared_ptr<listener> asio_server::new_listener(bool tls_first) {
  return std::make_shared<listener>(
      loop_.io(), "smtp", [this, tls_first](inbound::socket peer, const std::string& address) {
        admit(std::move(peer), address, tls_first);
      });
}

void asio_server::admit(inbound::socket peer, const std::string& address, bool tls_first) {
  if (const auto why = front_->connections.refuses(address))
    return turn_away(peer, tls_first, *why);
  ++front_->counted.connections;
  ++front_->counted.accepted;
  const auto one =
      std::make_shared<session>(*front_, std::move(peer), facts_of(address, tls_first), tls_first);
  front_->connections.add(one, address);
  one->start();
}

void asio_server::turn_away(inbound::socket& peer, bool tls_first, inbound::crowd why) {
  const bool all = why == inbound::crowd::all;
  front_->count(all ? refusal::connections : refusal::connections_per_address);
  if (tls_first) return;  // A handshake for this would cost what the limit saves.
  std::string bytes;
  append_reply(bytes, {421, "4.7.0",
                       all ? "this server has as many connections as it takes; try again later"
                           : "this address has as many connections as it may; try again later"});
  // A new socket's buffer has room for it; who is over the limit is not waited for.
  boost::system::error_code ignored;
  peer.non_blocking(true, ignored);
  peer.write_some(boost::asio::buffer(bytes), ignored);
  peer.shutdown(inbound::tcp::socket::shutdown_send, ignored);
}

client_facts asio_server::facts_of(const std::string& address, bool tls_first) const {
  client_facts facts{.address = address};
  boost::system::error_code error;
  const auto from = boost::asio::ip::make_address(address, error);
  facts.local = inbound::connections::is_local(address);
  const bool this_machine = facts.local || (!error && from.is_loopback());
  facts.any_key = facts.local || (this_machine && !front_->settings.keys_required);
  facts.trusted = facts.any_key || front_->allowed.contains(address);
  facts.encrypted = tls_first;
  facts.can_start_tls = !facts.local && front_->tls.get() != nullptr;
  facts.private_way = this_machine || tls_first;
  return facts;
}

std::vector<std::string> asio_server::addresses() const {
  std::vector<std::string> all;
  for (const auto& one : listeners_)
    all.push_back(one->address());
  return all;
}

void asio_server::drain() {
  if (front_->draining.exchange(true)) return;
  for (const auto& one : listeners_)
    one->close();
}

void asio_server::stop(std::chrono::milliseconds deadline) {
  if (!loop_.runs()) return;
  const auto until = std::chrono::steady_clock::now() + deadline;
  drain();
  loop_.stop(until, *front_->back);
}

}  // namespace

boost::system::result<void, std::string> check_settings(const smtp_settings& settings) {
  auto loaded = load_certificate(settings, [](const inbound::tls_context&) {});
  if (loaded.has_error()) return loaded.error();
  return {};
}

boost::system::result<std::unique_ptr<server>, std::string> start_server(
    const smtp_settings& settings, actors::gateway& gateway, inbound::common_state& common) {
  auto made = std::make_unique<asio_server>(settings, gateway, common);
  if (auto started = made->start(); started.has_error()) return started.error();
  return std::unique_ptr<server>(std::move(made));
}

}  // namespace postrider::smtp
