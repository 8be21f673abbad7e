#include "base/log.hpp"
#include "tests/simulation/workers.hpp"
#include "tools/arguments/arguments.hpp"

#include <fmt/core.h>

#include <chrono>
#include <thread>

namespace {

using namespace postrider::tests;
using postrider::add_flag;
using postrider::add_option;

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
  postrider::argument_parser parser(
      "Simulates virtual days of Postrider under faults and checks its invariants after every "
      "commit.",
      "simulation");
  auto& app = parser.options();
  add_option(app, "--first", what.first, "the first seed").with_default();
  add_option(app, "--seeds", what.count, "how many seeds").with_default();
  add_option(app, "--jobs", what.jobs, "days at the same time").with_default();
  add_option(app, "--seed", seed,
             "only this seed, twice, comparing the traces; prints every event");
  add_option(app, "--messages", what.messages, "messages of a day").with_default();
  bool with_debug = false;
  add_flag(app, "--debug", with_debug, "with --seed: each step of each message too");
  if (const auto code = parser.parse(argc, argv)) return *code;
  if (seed != 0) return live_one_day(seed, what.messages, with_debug);

  const auto begun = std::chrono::steady_clock::now();
  const auto result = run_campaign(what);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  fmt::print("{}", summary_of(result.counts));
  fmt::print("{} of {} days broke an invariant; {:.1f} s\n", result.failed, what.count,
             took.count());
  return result.failed == 0 ? 0 : 1;
}
