"""A start with a million due retries and a million scheduled sends in the database."""

import time

import bench_bed
import fill
import harness

NAMES = ("p1", "p2", "p3", "p4")
SETTLED_S = 5
WORK_S = 30
MIB_MORE = 100
FIRST_DELIVERY_S = 5


def accepted(sim):
    return sum(sim.tally(name)["accepted"] for name in NAMES)


def empty_start(server):
    """Memory of a server that has nothing to do; its providers are in the database afterwards."""
    server.start()
    time.sleep(SETTLED_S)
    resident, most = bench_bed.memory_mib(server.process.pid)
    bench_bed.stop(server)
    return resident, most


def fill_backlog(database, rows):
    filler = fill.open_fill(database)
    first, now = fill.next_transaction(filler), bench_bed.now_us()
    fill.fill_lists(filler, len(NAMES))
    middle = fill.fill_retries(filler, first, 0, rows, len(NAMES), now)
    end = fill.fill_scheduled(filler, middle, rows, rows, len(NAMES), now)
    fill.end_ids(filler, end)
    filler.close()


def work_off(report, server, sim):
    begin = time.monotonic()
    server.launch()
    harness.wait_until(lambda: accepted(sim) > 0 or server.must_run(), 60, "a delivery")
    report.figure("start to the first delivery", time.monotonic() - begin, "s", FIRST_DELIVERY_S)
    before, samples = accepted(sim), []
    for _ in range(WORK_S):
        time.sleep(1)
        samples.append(bench_bed.memory_mib(server.process.pid)[0])
    report.figure(f"deliveries in the next {WORK_S} s", (accepted(sim) - before) / WORK_S, "/s")
    report.say("resident after a second, a half, all of them", "  ".join(
        f"{one:.1f}" for one in (samples[0], samples[len(samples) // 2], samples[-1])) + " MiB")
    scheduler = server.request("GET", "/admin/inspect?section=scheduler").json["scheduler"]
    report.say("of the scheduler", ", ".join(
        f"{name} {scheduler[name]}" for name in ("retries_due", "claimed", "expired", "rerouted")))
    return max(samples), bench_bed.memory_mib(server.process.pid)[1]


def run(report, folder, kind, rows, stack):
    report.head(f"{rows} due retries and {rows} scheduled sends, {kind}")
    bed = bench_bed.Bed(folder, kind, stack)
    sim = bed.start_sim(NAMES)
    server = bed.make_server([sim.provider(name, max_in_flight=32) for name in NAMES])
    empty, empty_most = empty_start(server)
    report.say("an empty start", f"{empty:.1f} MiB resident, {empty_most:.1f} at most")
    with bench_bed.timed(report, "filling"):
        fill_backlog(bed.database, rows)
    bed.verify(report)
    resident, most = work_off(report, server, sim)
    report.figure("resident beyond the empty start, at most", resident - empty, "MiB", MIB_MORE)
    report.figure("the same, as the kernel says", most - empty_most, "MiB",
                  MIB_MORE)
    bench_bed.stop(server)
    bed.verify(report)
