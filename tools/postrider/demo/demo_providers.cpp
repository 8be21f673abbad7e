#include "tools/postrider/demo/demo_providers.hpp"

#include "tools/provider-sim/server.hpp"

#include <thread>

namespace postrider::cli {
namespace {

namespace sim = provider_sim;
using sim::outcome_count;
using std::chrono::hours;
using std::chrono::minutes;

std::array<double, outcome_count> weights_of(
    std::initializer_list<std::pair<sim::outcome, double>> some) {
  std::array<double, outcome_count> weights{};
  for (const auto& [what, weight] : some)
    weights[static_cast<std::size_t>(what)] = weight;
  return weights;
}

/// One minute in each quarter of an hour, for a day.
std::vector<sim::outage> some_outages() {
  std::vector<sim::outage> all;
  for (minutes from{4}; from < hours(24); from += minutes(15))
    all.push_back({from, from + minutes(1)});
  return all;
}

sim::behaviour_settings signal_behaviour() {
  using enum sim::outcome;
  sim::behaviour_settings settings;
  settings.latency_min_ms = 60;
  settings.latency_max_ms = 400;
  settings.weights = weights_of(
      {{accept, 94}, {unregistered, 4}, {network_failure, 1.5}, {accept_then_drop, 0.5}});
  settings.outages = some_outages();
  settings.receipts.kind = sim::receipt_kind::delivered;
  settings.receipts.probability = 0.8;
  settings.receipts.delay_min_ms = 300;
  settings.receipts.delay_max_ms = 4'000;
  // Two of the made-up users, one with a fallback for it.
  for (const auto* number : {"+12025550115", "+12025550120"})
    settings.receipts.by_recipient[number] = sim::receipt_kind::undelivered;
  return settings;
}

sim::behaviour_settings sms_behaviour() {
  using enum sim::outcome;
  sim::behaviour_settings settings;
  settings.latency_min_ms = 100;
  settings.latency_max_ms = 700;
  settings.weights = weights_of({{accept, 93}, {http_500, 4}, {rate_limit, 2}, {drop, 1}});
  settings.retry_after_s = 5;
  settings.receipts.kind = sim::receipt_kind::delivered;
  settings.receipts.probability = 0.9;
  settings.receipts.delay_min_ms = 500;
  settings.receipts.delay_max_ms = 6'000;
  return settings;
}

sim::behaviour_settings hooks_behaviour() {
  using enum sim::outcome;
  sim::behaviour_settings settings;
  settings.latency_min_ms = 5;
  settings.latency_max_ms = 60;
  settings.weights = weights_of({{accept, 95}, {http_500, 4}, {http_404, 1}});
  return settings;
}

sim::behaviour_settings captcha_behaviour() {
  using enum sim::outcome;
  sim::behaviour_settings settings;
  settings.latency_min_ms = 40;
  settings.latency_max_ms = 80;
  settings.weights = weights_of({{rate_limit_captcha, 1}});
  return settings;
}

sim::behaviour_settings mail_behaviour() {
  using enum sim::outcome;
  sim::behaviour_settings settings;
  settings.latency_min_ms = 20;
  settings.latency_max_ms = 200;
  settings.weights = weights_of({{accept, 96}, {reply, 4}});
  settings.reply.status = 550;
  settings.reply.enhanced = "5.1.1";
  settings.reply.message = "no such mailbox here";
  return settings;
}

class running_providers final : public demo_providers {
 public:
  running_providers()
      : book_(false), requests_(book_, sim::protocol_options()), serves_(io_, book_, requests_) {
    ports_.signal = open("signal", signal_behaviour());
    ports_.sms = open("sms", sms_behaviour());
    ports_.hooks = open("hooks", hooks_behaviour());
    ports_.captcha = open("captcha", captcha_behaviour());
    behave("mail", mail_behaviour());
    ports_.mail = serves_.listen_smtp("mail", loopback, mail_);
    serves_.follow_outages();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~running_providers() override {
    io_.stop();
    thread_.join();
  }
  const demo_ports& ports() const override { return ports_; }

 private:
  inline static const boost::asio::ip::tcp::endpoint loopback{
      boost::asio::ip::address_v4::loopback(), 0};

  void behave(std::string_view name, sim::behaviour_settings settings) {
    book_.find_or_make(name)->rules =
        sim::behaviour(std::move(settings), std::chrono::steady_clock::now());
  }
  unsigned short open(const std::string& name, sim::behaviour_settings settings) {
    behave(name, std::move(settings));
    return serves_.listen_for(name, loopback);
  }

  boost::asio::io_context io_{1};
  sim::provider_book book_;
  sim::dispatcher requests_;
  const sim::smtp_settings mail_{};
  sim::server serves_;
  demo_ports ports_;
  std::thread thread_;
};

}  // namespace

outcome<std::unique_ptr<demo_providers>> start_demo_providers() {
  try {
    return std::unique_ptr<demo_providers>(std::make_unique<running_providers>());
  } catch (const std::exception& error) {
    return failure::because(std::string("the simulated providers cannot listen: ") + error.what());
  }
}

}  // namespace postrider::cli
