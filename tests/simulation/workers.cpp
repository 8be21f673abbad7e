#include "tests/simulation/workers.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <new>
#include <stdexcept>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace postrider::tests {
namespace {

constexpr int most_jobs = 64;
constexpr std::uint64_t progress_every = 1'000;

/// State that the workers share; in memory that fork() does not copy.
struct shared_state {
  struct worker {
    day_counts counts;
    std::uint64_t failed = 0;
    std::uint64_t current_seed = 0;
  };
  std::atomic<std::uint64_t> next{0};
  std::atomic<bool> stopped{false};
  std::atomic<std::uint64_t> failed_seed{0};
  std::array<char, 1000> reason{};
  std::array<worker, most_jobs> workers;
};

shared_state& share() {
  void* memory = ::mmap(nullptr, sizeof(shared_state), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::runtime_error("no memory to share with the workers");
  return *new (memory) shared_state;
}

void note_failure(shared_state& shared, const campaign& what, std::uint64_t seed,
                  const std::vector<std::string>& reasons) {
  std::uint64_t none = 0;
  if (shared.failed_seed.compare_exchange_strong(none, seed))
    reasons.front().copy(shared.reason.data(), shared.reason.size() - 1);
  if (what.stop_at_first_failure) shared.stopped = true;
  if (!what.report_failures) return;
  std::string text = fmt::format("seed {} failed\n", seed);
  for (const auto& reason : reasons)
    text += "  " + reason + '\n';
  // One write: the workers share the output.
  fmt::print("{}  again, with every event: simulation --seed {}\n", text, seed);
  std::fflush(stdout);
}

void live_a_day(shared_state& shared, const campaign& what, shared_state::worker& mine,
                std::uint64_t seed) {
  mine.current_seed = seed;
  day_options options;
  options.seed = seed;
  options.messages = what.messages;
  auto day = simulate_day(options);
  add(mine.counts, day.counts);
  if (day.violations.empty() && what.twice_every != 0 && seed % what.twice_every == 0 &&
      simulate_day(options).trace != day.trace)
    day.violations.push_back("its trace differs from one run to the next");
  if (day.violations.empty()) return;
  ++mine.failed;
  note_failure(shared, what, seed, day.violations);
}

void work(shared_state& shared, const campaign& what, shared_state::worker& mine) {
  while (!shared.stopped) {
    const auto number = shared.next++;
    if (number >= what.count) return;
    if (number > 0 && number % progress_every == 0) {
      fmt::print("{} days begun\n", number);
      std::fflush(stdout);
    }
    live_a_day(shared, what, mine, what.first + number);
  }
}

pid_t start_worker(shared_state& shared, const campaign& what, int number) {
  const auto child = ::fork();
  if (child < 0) throw std::runtime_error("a worker cannot be started");
  if (child > 0) return child;
  work(shared, what, shared.workers[static_cast<std::size_t>(number)]);
  std::fflush(stdout);
  // Without destructors: they belong to the parent.
  ::_exit(0);
}

}  // namespace

campaign_result run_campaign(const campaign& what) {
  auto& shared = share();
  std::fflush(stdout);
  std::vector<pid_t> children;
  for (int i = 0; i < std::clamp(what.jobs, 1, most_jobs); ++i)
    children.push_back(start_worker(shared, what, i));
  campaign_result result;
  for (std::size_t i = 0; i < children.size(); ++i) {
    int status = 0;
    ::waitpid(children[i], &status, 0);
    const auto& worker = shared.workers[i];
    if (status != 0) {
      note_failure(shared, what, worker.current_seed,
                   {fmt::format("its process ended with status {:#x}", status)});
      ++result.failed;
    }
    add(result.counts, worker.counts);
    result.failed += worker.failed;
  }
  result.failed_seed = shared.failed_seed;
  result.reason = shared.reason.data();
  ::munmap(&shared, sizeof(shared_state));
  return result;
}

}  // namespace postrider::tests
