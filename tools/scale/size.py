"""Rates, start and memory with millions of rows, beside a database that began empty."""

import statistics
import time

import bench_bed
import fill
import harness

NAMES = ("p1", "p2", "p3", "p4")
WARM_UP_S = 3
LOAD_S = 10
WORK_S = 10
CONNECTIONS = 32
START_S = 5
MIB = 150
# The least ratio to the rate of the empty database.
SHARE = 0.9
# The backlog that is compared is filled to wait for a day, which no run takes.
LATER = 24 * fill.HOUR


class Side:
    """One of the two databases, its server, and what was measured."""

    def __init__(self, name, folder, kind, stack):
        self.name = name
        self.bed = bench_bed.Bed(folder, kind, stack)
        self.sim = self.bed.start_sim(NAMES)
        self.server = self.bed.make_server(
            [self.sim.provider(name, max_in_flight=32) for name in NAMES])
        self.bed.watch(self.server)
        self.figures = {}
        # Messages made so far: their identifiers follow from their numbers.
        self.made = 0
        # Its providers are in the database afterwards.
        self.start()
        self.stop()
        filler = fill.open_fill(self.bed.database)
        fill.fill_lists(filler, len(NAMES))
        filler.close()

    def start(self):
        """Seconds until it was ready."""
        return self.server.start(60)

    def stop(self):
        bench_bed.stop(self.server)

    def note(self, figure, value):
        self.figures.setdefault(figure, []).append(value)

    def note_memory(self):
        self.note("memory", bench_bed.memory_mib(self.server.process.pid)[1])

    def finished(self):
        """Deliveries that have succeeded since the server's start."""
        lines = self.server.request("GET", "/metrics").body.decode().splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines
                   if line.startswith("postrider_transactions_finished_total")
                   and "success" in line)

    def accepted(self):
        return sum(self.sim.tally(name)["accepted"] for name in NAMES)


def fill_side(side, history, backlog, later):
    """The ids of the rows that wait."""
    filler = fill.open_fill(side.bed.database)
    now = bench_bed.now_us()
    first = begin = fill.next_transaction(filler)
    if history:
        _, first = fill.fill_history(filler, begin, side.made, history, now)
    number, half = side.made + history, backlog // 2
    middle = fill.fill_retries(filler, first, number, half, len(NAMES), now, later)
    end = fill.fill_scheduled(filler, middle, number + half, backlog - half, len(NAMES), now,
                              later)
    side.made = number + backlog
    fill.end_ids(filler, end)
    filler.close()
    return first, end


def load(side, seconds):
    """As fast as the connections get answers, until all has arrived."""
    side.note("start", side.start())
    before, cpu = side.finished(), side.bed.cpu_seconds()
    begin = time.monotonic()
    bench = side.bed.start_load(side.server, mode="closed", duration=seconds,
                                connections=CONNECTIONS)
    bench.process.wait(seconds + 60)
    sent = bench.end()
    harness.wait_until(lambda: side.finished() - before >= sent["accepted"], 120, "all arrived")
    took = time.monotonic() - begin
    side.note("accepted", sent["accepted_per_s"])
    side.note("delivered", sent["accepted"] / took)
    side.note("cpu", (side.bed.cpu_seconds() - cpu) / sent["accepted"] * 1e6)
    side.note_memory()
    side.stop()


def work_off(side, seconds):
    """A start with a backlog that is due."""
    earlier = side.accepted()
    begin = time.monotonic()
    side.server.launch()
    harness.wait_until(lambda: side.accepted() > earlier or side.server.must_run(), 60,
                       "a delivery")
    side.note("first delivery", time.monotonic() - begin)
    before, cpu, begin = side.accepted(), side.bed.cpu_seconds(), time.monotonic()
    pages = side.bed.pages_read()
    time.sleep(seconds - 1)
    nearly = side.accepted() - before
    time.sleep(1)
    count, took = side.accepted() - before, time.monotonic() - begin
    if count - nearly < count / seconds / 4:
        raise AssertionError(f"the backlog of the {side.name} database came to its end after "
                             f"{count} deliveries: raise --backlog")
    side.note("backlog", count / took)
    side.note("backlog cpu", (side.bed.cpu_seconds() - cpu) / count * 1e6)
    side.note("pages", (side.bed.pages_read() - pages) / count)
    side.note_memory()
    side.stop()


def in_turns(sides, pairs, measure):
    """The one that runs second has the warmer machine, so they take turns at that too."""
    for pair in range(pairs):
        for side in sides if pair % 2 == 0 else sides[::-1]:
            measure(side)


def compare(report, what, key, unit, sides, bound=None):
    """The median of the pairs' ratios, large to empty."""
    empty, large = (side.figures[key] for side in sides)
    ratios = sorted(b / a for a, b in zip(empty, large))
    ratio = statistics.median(ratios)
    missed = bound is not None and ratio < bound
    medians = f"{statistics.median(large):.0f} beside {statistics.median(empty):.0f} {unit}"
    report.say(what, f"{medians}: {ratio:.3f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"
                     + ("  MISSED" if missed else ""))
    if missed:
        report.missed.append(f"{what}: {ratio:.3f} of the empty database's, bound {bound}")


def run(report, folder, kind, given, stack):
    report.head(f"{given.rows} finished transactions and {given.backlog} that wait, beside an "
                f"empty database, {kind}")
    begin = time.monotonic()
    sides = [Side(name, f"{folder}-{name}", kind, stack) for name in ("empty", "large")]
    empty, large = sides
    with bench_bed.timed(report, "filling"):
        ids = fill_side(large, given.rows, given.backlog, LATER)
    large.bed.verify(report)
    for side in sides:
        load(side, WARM_UP_S)
        side.figures.clear()
    in_turns(sides, given.pairs, lambda side: load(side, LOAD_S))
    compare(report, "accepted", "accepted", "/s", sides, SHARE)
    compare(report, "delivered, end to end", "delivered", "/s", sides, SHARE)
    compare(report, "CPU a message, with the database's", "cpu", "us", sides)
    with bench_bed.timed(report, "making the backlog due"):
        filler = fill.open_fill(large.bed.database)
        fill.make_due(filler, *ids, LATER)
        filler.close()
        # Before all runs, so that its rows, too, are no more in the database's memory.
        fill_side(empty, 0, given.backlog // 2, 0)
    work_off(empty, WORK_S)
    for figure in ("backlog", "backlog cpu", "pages"):
        empty.figures.pop(figure)
    in_turns(sides, given.pairs, lambda side: work_off(side, WORK_S))
    compare(report, "delivered of a backlog", "backlog", "/s", sides, SHARE)
    compare(report, "CPU of such a delivery", "backlog cpu", "us", sides)
    for side in sides:
        report.say(f"pages read for such a delivery, {side.name}",
                   f"{statistics.median(side.figures['pages']):.2f}")
    report.figure("start until ready, at most", max(large.figures["start"]), "s", START_S)
    report.figure("start until the first delivery, at most", max(large.figures["first delivery"]),
                  "s", START_S)
    report.figure("resident, at most", max(large.figures["memory"]), "MiB", MIB)
    for side in sides:
        side.bed.verify(report)
    report.figure("all of this", time.monotonic() - begin, "s")
