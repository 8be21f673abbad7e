#include "actors/node/delivery_system.hpp"

#include "actors/node/actor_gateway.hpp"
#include "actors/node/process.hpp"
#include "actors/node/supervisor.hpp"
#include "actors/providers/test_mode.hpp"
#include "actors/providers/transfer/http_transfer_engine.hpp"
#include "actors/providers/transfer/transfer_engines.hpp"
#include "base/log.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <iterator>
#include <random>
#include <stdexcept>
#include <thread>

namespace postrider::actors {
namespace {

using namespace std::chrono_literals;

/// Between two looks at what is still in flight while the system stops.
constexpr milliseconds drain_poll{20};
constexpr milliseconds end_timeout{10'000};

std::vector<provider_settings> and_test_mode(std::vector<provider_settings> configured) {
  std::ranges::move(test_providers(), std::back_inserter(configured));
  return configured;
}

[[noreturn]] void fail(const std::string& text) { throw std::runtime_error(text); }

class running_delivery_system final : public delivery_system {
 public:
  running_delivery_system(delivery_settings settings, persistence::ledger_database& database,
                          std::function<void(const std::string&)> give_up);
  ~running_delivery_system() override { stop(0ms); }

  actors::gateway& gateway() override { return gateway_; }
  void drain() override { environment_->flags->draining = true; }
  bool stop(milliseconds deadline) override;
  void reload(std::vector<provider_settings> providers, completion<reload_report> done) override {
    caf::anon_send(supervisor_, std::make_shared<reload_job>(and_test_mode(std::move(providers)),
                                                             std::string(), std::move(done)));
  }

 private:
  static std::shared_ptr<environment> make_environment(
      delivery_settings settings, persistence::ledger_database& database,
      std::function<void(const std::string&)> give_up);
  std::int64_t in_flight(caf::scoped_actor& self);

  /// The order matters: actors end before the engine whose answers they get, and before their
  /// environment.
  std::shared_ptr<environment> environment_;
  board_ptr board_ = std::make_shared<pipeline_board>();
  caf::actor_system_config config_;
  std::unique_ptr<caf::actor_system> system_;
  supervisor_actor supervisor_;
  actor_gateway gateway_;
  bool stopped_ = false;
};

caf::actor_system_config& configure(caf::actor_system_config& config, std::int32_t threads) {
  config.set("scheduler.max-threads", static_cast<std::size_t>(threads));
  // One queue for all threads, which sleep when it is empty. The default, work stealing, looks for
  // work by polling and spends 50 us of a core per look.
  config.set("scheduler.policy", caf::atom("sharing"));
  return config;
}

running_delivery_system::running_delivery_system(delivery_settings settings,
                                                 persistence::ledger_database& database,
                                                 std::function<void(const std::string&)> give_up)
    : environment_(make_environment(std::move(settings), database, std::move(give_up))),
      system_(
          std::make_unique<caf::actor_system>(configure(config_, environment_->settings.threads))),
      supervisor_(system_->spawn(supervisor, environment_, board_)),
      gateway_(*system_, environment_, board_) {}

std::shared_ptr<environment> running_delivery_system::make_environment(
    delivery_settings settings, persistence::ledger_database& database,
    std::function<void(const std::string&)> give_up) {
  auto made = std::make_shared<environment>();
  made->give_up = std::move(give_up);
  made->settings = std::move(settings);
  made->settings.providers = and_test_mode(std::move(made->settings.providers));
  made->database = &database;
  made->engine = make_transfer_engine(made->settings.provider_connections);
  made->endpoint_engine = make_http_transfer_engine();
  made->wall_clock = [] {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  };
  made->process = this_process();
  made->process_runs = process_runs;
  made->host = host_name();
  std::random_device entropy;
  made->seed = std::uint64_t{entropy()} << 32 | entropy();
  return made;
}

std::int64_t running_delivery_system::in_flight(caf::scoped_actor& self) {
  std::int64_t count = 0;
  self->request(supervisor_, end_timeout, drain_atom_v)
      .receive([&](std::int64_t answer) { count = answer; }, [](caf::error&) {});
  return count;
}

bool running_delivery_system::stop(milliseconds deadline) {
  if (std::exchange(stopped_, true)) return true;
  drain();
  bool idle = false;
  {
    caf::scoped_actor self{*system_};
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (!(idle = in_flight(self) == 0) && std::chrono::steady_clock::now() < end)
      std::this_thread::sleep_for(drain_poll);
    if (!idle)
      log(log_level::warning, "delivery_system",
          "deliveries were still in flight at the deadline; they will be taken as unknown");
    self->request(supervisor_, end_timeout, leave_atom_v).receive([](bool) {}, [](caf::error&) {});
  }
  caf::anon_send_exit(supervisor_, caf::exit_reason::kill);
  supervisor_ = nullptr;
  // They use the engine until they end.
  system_->await_all_actors_done();
  // Answers to calls that are still in flight reach no actor any more.
  environment_->engine.reset();
  environment_->endpoint_engine.reset();
  system_.reset();
  return idle;
}

}  // namespace

void throw_exception_from_error(const service_error& error, const boost::source_location&) {
  fail(error.detail);
}

std::unique_ptr<delivery_system> start_delivery_system(
    delivery_settings settings, persistence::ledger_database& database,
    std::function<void(const std::string&)> give_up) {
  return std::make_unique<running_delivery_system>(std::move(settings), database,
                                                   std::move(give_up));
}

}  // namespace postrider::actors
