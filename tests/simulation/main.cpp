#include "actors/log.hpp"
#include "tests/simulation/day.hpp"

#include <CLI/CLI.hpp>
#include <fmt/core.h>

/// The simulation: seeded virtual days. A seed that fails is printed and can be run again alone.
int main(int argc, char** argv) {
  std::uint64_t first = 1, count = 20, seed = 0;
  postrider::tests::day_options options;
  CLI::App app{
      "Simulates virtual days of Postrider under faults and checks its invariants after every "
      "commit."};
  app.add_option("--first", first, "the first seed")->capture_default_str();
  app.add_option("--seeds", count, "how many seeds")->capture_default_str();
  app.add_option("--seed", seed, "only this seed, twice, comparing the traces; prints every event");
  app.add_option("--messages", options.messages, "messages of a day")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (seed != 0) {
    first = seed;
    count = 1;
    options.trace = true;
    postrider::actors::set_log_sink([](auto, std::string_view component, std::string_view text) {
      fmt::print("                  {}: {}\n", component, text);
    });
  }

  postrider::tests::day_report total;
  std::uint64_t failed = 0;
  for (std::uint64_t i = first; i < first + count; ++i) {
    options.seed = i;
    const auto day = postrider::tests::simulate_day(options);
    for (auto [sum, value] : {std::pair{&total.steps, day.steps},
                              {&total.commits, day.commits},
                              {&total.verifications, day.verifications},
                              {&total.posted, day.posted},
                              {&total.accepted, day.accepted},
                              {&total.refused, day.refused},
                              {&total.in_doubt, day.in_doubt},
                              {&total.delivered, day.delivered},
                              {&total.failed, day.failed},
                              {&total.calls, day.calls},
                              {&total.duplicates, day.duplicates},
                              {&total.crashes, day.crashes},
                              {&total.stops, day.stops},
                              {&total.actor_deaths, day.actor_deaths},
                              {&total.outages, day.outages},
                              {&total.lost_answers, day.lost_answers}})
      *sum += value;
    bool same = true;
    // Every tenth day is lived twice: the same seed must give the same day.
    if (seed != 0 || i % 10 == 0) {
      options.trace = false;
      same = postrider::tests::simulate_day(options).trace == day.trace;
    }
    if (day.violations.empty() && same) continue;
    ++failed;
    fmt::print("seed {} failed{}\n", i, same ? "" : ": its trace differs from one run to the next");
    for (const auto& text : day.violations)
      fmt::print("  {}\n", text);
    fmt::print("  again, with every event: simulation --seed {}\n", i);
  }
  fmt::print("{} virtual days from seed {}: {} steps, {} commits, {} verifications\n", count, first,
             total.steps, total.commits, total.verifications);
  fmt::print(
      "{} messages posted, {} accepted, {} refused, {} in doubt; recipients: {} delivered, {} "
      "failed\n",
      total.posted, total.accepted, total.refused, total.in_doubt, total.delivered, total.failed);
  fmt::print(
      "{} provider calls, {} marked duplicates; {} crashes, {} orderly stops, {} actors died, {} "
      "outages, {} lost answers\n",
      total.calls, total.duplicates, total.crashes, total.stops, total.actor_deaths, total.outages,
      total.lost_answers);
  fmt::print("{} of {} days broke an invariant\n", failed, count);
  return failed == 0 ? 0 : 1;
}
