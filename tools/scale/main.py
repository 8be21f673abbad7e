"""tools/scale.sh without the build: see there."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile

import backlog
import bench_bed
import failover
import fill
import history
import size
from report import Report


def arguments():
    parser = argparse.ArgumentParser(prog="tools/scale.sh", description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "mariadb"), default="sqlite")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=3000)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", choices=("backlog", "history", "fallback", "size"))
    parser.add_argument("--backlog", type=int)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--pool", type=int, default=bench_bed.Bed.pool)
    parser.add_argument("--skip-verify", action="store_true")
    parser.add_argument("--folder", required=True)
    given = parser.parse_args()
    # Due times are this many microseconds apart at least.
    if not 1_000 <= given.rows <= 100_000_000 or given.requests < 100 or given.seconds < 1:
        parser.error("--rows is 1,000 to 100,000,000, --requests 100 at least, --seconds 1 at "
                     "least")
    if given.backlog is None:
        given.backlog = given.rows // 5
    if not 1_000 <= given.backlog <= 10_000_000 or given.pairs < 1:
        parser.error("--backlog is 1,000 to 10,000,000, --pairs 1 at least")
    if not 16 <= given.pool <= fill.FILL_POOL >> 20:
        parser.error(f"--pool is 16 to {fill.FILL_POOL >> 20} MiB")
    return given


def measurements(given, report):
    """Each with a database of its own."""
    yield "backlog", lambda *bed: backlog.run(report, *bed[:2], given.rows, bed[2])
    yield "history", lambda *bed: history.run(report, *bed[:2], given.rows, given.requests, bed[2])
    for outcome in failover.REFUSALS:
        yield "fallback", lambda *bed, outcome=outcome: failover.run(
            report, *bed[:2], outcome, given.seconds, bed[2])
    if given.only == "size":
        yield "size", lambda *bed: size.run(report, *bed[:2], given, bed[2])


def main():
    given = arguments()
    report = Report()
    print(f"load average at the start: {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores")
    for name, run in measurements(given, report):
        if given.only not in (None, name):
            continue
        work = tempfile.mkdtemp(prefix=name + "-", dir=given.folder)
        bench_bed.Bed.verifies = not given.skip_verify
        bench_bed.Bed.pool = given.pool
        try:
            with contextlib.ExitStack() as stack:
                run(os.path.join(work, "bed"), given.database, stack)
        except BaseException:
            print(f"logs: {work}", file=sys.stderr)
            raise
        shutil.rmtree(work)
    print(f"\nload average at the end: {os.getloadavg()[0]:.2f}")
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
