// bench: posts messages to Postrider and reports how many it took, how fast, and at what cost.

#include "tools/bench/load.hpp"
#include "tools/bench/options.hpp"
#include "tools/bench/report.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <thread>
#include <unistd.h>

namespace {

using namespace postrider::bench;

// How long nothing more must arrive before a run with unknown requests counts as drained: each of
// them may have been accepted, so there is no number to wait for.
constexpr std::chrono::seconds quiet_after_unknown(2);
constexpr std::chrono::milliseconds poll_interval(20);

// Polls the provider's tally until all that was accepted has arrived there.
delivery_result wait_for_delivery(const options& o, const sim_watch& sim, const sim_tally& before,
                                  const load_result& sent) {
  const std::int64_t deadline = monotonic_ns() + static_cast<std::int64_t>(o.drain_timeout_s * 1e9);
  delivery_result result;
  result.expected = sent.ok;
  std::int64_t last_growth = monotonic_ns();
  for (;;) {
    const sim_tally now = sim.tally();
    const std::uint64_t arrived = now.distinct - before.distinct;
    if (arrived != result.arrived) last_growth = monotonic_ns();
    result.arrived = arrived;
    result.repeated = now.repeated - before.repeated;
    result.seconds =
        static_cast<double>(std::max<std::int64_t>(now.last_accepted_ns - sent.first_send_ns, 0)) /
        1e9;
    const bool quiet = std::chrono::nanoseconds(monotonic_ns() - last_growth) > quiet_after_unknown;
    result.complete = arrived >= sent.ok && (sent.unknown == 0 || quiet);
    if (result.complete || monotonic_ns() >= deadline) break;
    std::this_thread::sleep_for(poll_interval);
  }
  result.latency = sim.latency();
  return result;
}

void sample_all(std::vector<process_record>& processes,
                std::optional<process_sample> process_record::*which) {
  for (process_record& each : processes)
    each.sample(which);
}

int run(const options& o) {
  results r;
  for (const auto& [name, pid] : o.processes)
    r.processes.push_back({name, pid, {}, {}, {}});
  r.processes.push_back({"bench", ::getpid(), {}, {}, {}});
  history record(o.history);
  std::optional<sim_watch> sim;
  sim_tally before;
  if (o.with_sim) {
    sim.emplace(o.sim, o.sim_provider);
    if (o.sim_reset) sim->reset();
    before = sim->tally();
  }
  sample_all(r.processes, &process_record::start);
  r.sending = load(o, record, r.processes).run();
  if (sim) r.delivery = wait_for_delivery(o, *sim, before, r.sending);
  sample_all(r.processes, &process_record::end);
  std::cout << (o.json ? report_json(o, r) : report_text(o, r)) << std::flush;
  return r.sending.ok > 0 && (!r.delivery || r.delivery->complete) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  options o;
  if (const int code = parse_options(argc, argv, o); code >= 0) return code;
  try {
    return run(o);
  } catch (const std::exception& e) {
    std::cerr << "bench: " << e.what() << '\n';
    return 1;
  }
}
