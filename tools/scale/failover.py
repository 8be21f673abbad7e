"""From the first provider's refusal to the second one's acceptance, in the real program."""

import json
import os

import bench_bed
import harness

BOUND_MS = 100
RATE = 1000
# So many failures in a row would be needed to open the circuit; it must stay closed.
NEVER = 1_000_000
REFUSALS = {"unregistered": "recipient_rejected", "io_error": "unavailable"}


def times_between(log):
    refused, between = {}, []
    with open(log, encoding="utf-8") as lines:
        for call in map(json.loads, lines):
            key = call["recipient"], call["body"]
            if call["provider"] == "one":
                refused[key] = call["at_ns"]
            else:
                between.append((call["at_ns"] - refused.pop(key)) / 1e9)
    return between, len(refused)


def run(report, folder, kind, outcome, seconds, stack):
    report.head(f"every message falls back ({REFUSALS[outcome]}), {RATE} a second for {seconds} "
                f"s, {kind}")
    bed = bench_bed.Bed(folder, kind, stack)
    log = os.path.join(folder, "calls.ndjson")
    sim = bed.start_sim(("one", "two"), "--call-log", log)
    sim.behave("one", outcomes={outcome: 1})
    server = bed.make_server([
        sim.provider("one", priority=1, max_in_flight=128, circuit={"failures": NEVER}),
        sim.provider("two", priority=2, max_in_flight=128)])
    server.start()
    load = bed.start_load(server, rate=RATE, duration=seconds, connections=64,
                          sim_url=f"http://127.0.0.1:{sim.port}", sim_provider="two",
                          drain_timeout=60)
    load.process.wait(seconds + 90)
    sent = load.end()
    sim.process.signal(harness.signal.SIGTERM)
    sim.process.wait(10)
    between, left = times_between(log)
    report.say("accepted, fallen back", f"{sent['accepted']}, {len(between)}")
    if left or len(between) != sent["accepted"]:
        report.missed.append(f"{left} of {sent['accepted']} messages never reached the second "
                             "provider")
    report.latencies("refusal to the second provider's call", between, BOUND_MS)
    bench_bed.stop(server)
    bed.verify(report)
