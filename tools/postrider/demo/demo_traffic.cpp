#include "tools/postrider/demo/demo_traffic.hpp"

#include "tools/postrider/demo/demo_messages.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <thread>

namespace postrider::cli {
namespace {

using persistence::scope;

constexpr int messages_at_once = 100;
constexpr int between_messages_ms = 250, spread_ms = 500;

actors::time_point wall_now() {
  return std::chrono::time_point_cast<actors::time_point::duration>(
      std::chrono::system_clock::now());
}

class running_traffic final : public demo_traffic {
 public:
  running_traffic(actors::gateway& gateway, const demo_ports& ports)
      : gateway_(gateway), messages_(ports), thread_([this] { run(); }) {}
  ~running_traffic() override {
    {
      const std::lock_guard lock(mutex_);
      stops_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void run() {
    make_keys();
    make_users();
    for (int i = 0; i < messages_at_once; ++i)
      send();
    std::mt19937 random(11);
    std::unique_lock lock(mutex_);
    for (;;) {
      const std::chrono::milliseconds pause(
          between_messages_ms + static_cast<int>(random() % static_cast<unsigned>(spread_ms)));
      if (wake_.wait_for(lock, pause, [this] { return stops_; })) return;
      send();
    }
  }

  /// A refused message is one that the page does not show; nothing else depends on it.
  void send() {
    gateway_.send(messages_.next(wall_now()), fmt::format("demo-{}", ++sent_), [](const auto&) {});
  }

  void make_keys() {
    const auto make = [this](std::string name, persistence::scope_set scopes, int days) {
      actors::new_key wanted;
      wanted.name = std::move(name);
      wanted.scopes = scopes;
      if (days > 0) wanted.expires_at = wall_now() + std::chrono::hours(24 * days);
      gateway_.create_key(std::move(wanted), [](const auto&) {});
    };
    make("operator", {scope::admin}, 0);
    make("shop", {scope::send}, 90);
    make("monitoring", {scope::metrics, scope::read}, 0);
    actors::new_key old;
    old.name = "old-shop";
    old.scopes = {scope::send};
    // Answered by the pipeline, perhaps after this has ended.
    gateway_.create_key(std::move(old), [&gateway = gateway_](const auto& made) {
      if (made) gateway.revoke_key(made->key.id, [](const auto&) {});
    });
  }

  /// Some users have lists of their own; two begin with the account that a captcha holds.
  void make_users() {
    const auto line = [](std::string provider, int priority, std::string address) {
      actors::user_provider_line one;
      one.provider = std::move(provider);
      one.priority = priority;
      one.address = std::move(address);
      one.fallback_on_undelivered = true;
      return one;
    };
    for (actors::user_id user = 1; user <= 6; ++user) {
      const auto phone = fmt::format("+1202555{:04}", 112 + user);
      std::vector list{line("signal-main", 2, phone), line("sms", 3, phone),
                       line("mail", 4, fmt::format("user{}@example.org", user))};
      if (user <= 2) list.insert(list.begin(), line("signal-alerts", 1, phone));
      gateway_.put_user_providers(user, std::move(list), [](const auto&) {});
    }
  }

  actors::gateway& gateway_;
  demo_messages messages_;
  int sent_ = 0;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<demo_traffic> start_demo_traffic(actors::gateway& gateway,
                                                 const demo_ports& ports) {
  return std::make_unique<running_traffic>(gateway, ports);
}

}  // namespace postrider::cli
