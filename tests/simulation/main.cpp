#include "base/log.hpp"
#include "tests/simulation/workers.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include <chrono>
#include <thread>

namespace {

using namespace postrider::tests;

/// One day with every event, then again: its trace must be the same.
int live_one_day(std::uint64_t seed, std::size_t messages, bool with_debug) {
  postrider::set_log_sink(
      [](auto, std::string_view component, std::string_view text, auto fields) {
        fmt::print("                  {}: {}", component, text);
        for (const auto& field : fields)
          if (field.name == "transaction" || field.name == "provider")
            fmt::print(" {}={}", field.name, field.value);
        fmt::print("\n");
      },
      with_debug ? postrider::log_level::debug : postrider::log_level::info);
  day_options options;
  options.seed = seed;
  options.messages = messages;
  options.trace = true;
  const auto day = simulate_day(options);
  postrider::set_log_sink([](auto, std::string_view, std::string_view, auto) {});
  options.trace = false;
  const bool same = simulate_day(options).trace == day.trace;
  fmt::print("{}", summary_of(day.counts));
  for (const auto& text : day.violations)
    fmt::print("  {}\n", text);
  fmt::print("trace {:016x}, {}\n", day.trace,
             same ? "the same again" : "ANOTHER ONE THE SECOND TIME");
  return same && day.violations.empty() ? 0 : 1;
}

}  // namespace

/// The simulation: seeded virtual days. A seed that fails is printed and can be lived again alone.
int main(int argc, char** argv) {
  std::uint64_t seed = 0;
  campaign what;
  what.jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  CLI::App app{
      "Simulates virtual days of Postrider under faults and checks its invariants after every "
      "commit."};
  app.add_option("--first", what.first, "the first seed")->capture_default_str();
  app.add_option("--seeds", what.count, "how many seeds")->capture_default_str();
  app.add_option("--jobs", what.jobs, "days at the same time")->capture_default_str();
  app.add_option("--seed", seed, "only this seed, twice, comparing the traces; prints every event");
  app.add_option("--messages", what.messages, "messages of a day")->capture_default_str();
  bool with_debug = false;
  app.add_flag("--debug", with_debug, "with --seed: each step of each message too");
  CLI11_PARSE(app, argc, argv);
  if (seed != 0) return live_one_day(seed, what.messages, with_debug);

  const auto begun = std::chrono::steady_clock::now();
  const auto result = run_campaign(what);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print("{}", summary_of(result.counts));
  fmt::print("{} of {} days broke an invariant; {:.1f} s\n", result.failed, what.count,
             took.count());
  return result.failed == 0 ? 0 : 1;
}
