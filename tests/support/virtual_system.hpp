#pragma once

#include "actors/node/actor_gateway.hpp"
#include "actors/node/supervisor.hpp"
#include "tests/support/faulty_ledger.hpp"
#include "tests/support/scripted_engine.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <chrono>
#include <functional>
#include <memory>

namespace postrider::tests {

/// Time as all processes of one test see it.
struct virtual_clock {
  std::chrono::steady_clock::time_point steady{std::chrono::hours(1)};
  /// UTC at the steady clock's zero.
  persistence::time_point epoch{std::chrono::seconds(1'700'000'000)};

  persistence::time_point wall() const {
    return epoch + std::chrono::duration_cast<std::chrono::microseconds>(steady.time_since_epoch());
  }
};

/// One process: the real actors on CAF's deterministic scheduler, with virtual time, a real ledger
/// behind faults and a scripted transfer engine. Destroying it without stop() is a crash.
class virtual_system {
 public:
  static constexpr actors::poll_intervals rare_polls{.user_lists = std::chrono::minutes(5),
                                                     .lanes = std::chrono::minutes(5),
                                                     .nodes = std::chrono::minutes(10),
                                                     .api_keys = std::chrono::minutes(5),
                                                     .endpoints = std::chrono::minutes(5),
                                                     .storage = std::chrono::minutes(5),
                                                     .provider_states = std::chrono::minutes(5),
                                                     .owners = std::chrono::minutes(10)};
  virtual_system(actors::delivery_settings settings, persistence::ledger_database& ledger,
                 virtual_clock& clock, scripted_engine::script peer, std::uint64_t seed,
                 actors::poll_intervals polls = rare_polls, bool exclusive = true);
  ~virtual_system();

  actors::gateway& gateway() { return *gateway_; }
  scripted_engine& engine() { return *engine_; }
  ledger_faults& faults() { return *faults_; }
  const actors::health_flags& flags() const { return *environment_->flags; }
  /// To be changed before the first step.
  actors::environment& environment() { return *environment_; }
  std::size_t calls_in_flight() const { return engine_->in_flight(); }
  actors::pipeline_ptr pipeline() const { return board_->get(); }

  /// Lets one actor handle one message; `choose` picks among the n that could. False when none can.
  bool step(const std::function<std::size_t(std::size_t)>& choose = nullptr);
  /// Whether messages wait to be handled.
  bool busy() const { return !scheduler().jobs.empty(); }
  /// The time of the next timer or engine answer, if there is any.
  std::optional<std::chrono::steady_clock::time_point> next_event() const;
  /// Moves time to there (at most) and lets what is due happen.
  void advance_to(std::chrono::steady_clock::time_point time);

  /// Lets all actors handle all messages; no time passes.
  void settle();
  /// Runs for so long.
  void run_for(std::chrono::nanoseconds duration);
  /// Runs until the condition holds, at most so long; says whether it does.
  bool run_until(const std::function<bool()>& condition, std::chrono::nanoseconds at_most);

  /// Other providers, as after a SIGHUP. `done` may be told later, or never when a crash comes
  /// first.
  void reload(std::vector<actors::provider_settings> providers,
              actors::completion<actors::reload_report> done);

  /// An orderly stop: what is in flight ends, the lease is given back.
  bool stop();

  /// Asks an actor and runs until it answers.
  template <class T, class Handle, class... Args>
  std::optional<T> ask(const Handle& actor, Args... args) {
    auto answer = std::make_shared<std::optional<T>>();
    system_->spawn(
        [=](caf::event_based_actor* self, const Handle& asked) {
          self->request(asked, std::chrono::seconds(60), args...)
              .then([answer](T& value) { *answer = std::move(value); }, [](caf::error&) {});
        },
        actor);
    run_until([&] { return answer->has_value(); }, std::chrono::seconds(61));
    return *answer;
  }

  actors::supervisor_actor supervisor() const { return supervisor_; }

 private:
  caf::scheduler::test_coordinator& scheduler() const;
  void quench();

  virtual_clock& clock_;
  std::shared_ptr<ledger_faults> faults_ = std::make_shared<ledger_faults>();
  std::unique_ptr<persistence::ledger_database> database_;
  std::shared_ptr<scripted_engine> engine_;
  std::shared_ptr<actors::environment> environment_;
  actors::board_ptr board_ = std::make_shared<actors::pipeline_board>();
  std::unique_ptr<caf::actor_system_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  actors::supervisor_actor supervisor_;
  std::unique_ptr<actors::actor_gateway> gateway_;
};

}  // namespace postrider::tests
