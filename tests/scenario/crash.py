"""The server is killed at random moments under load, again and again: nothing may be lost, and
nothing sent twice but what says so.

POSTRIDER_SEED repeats a run's moments; POSTRIDER_CYCLES and POSTRIDER_RATE make it longer or harder.
"""

import os
import random
import time
import unittest

from accounting import UNMARKED, Ledger, duplicates_in, problems_of
from harness import Scenario, wait_until

SEED = int(os.environ.get("POSTRIDER_SEED", random.SystemRandom().randrange(1_000_000)))
CYCLES = int(os.environ.get("POSTRIDER_CYCLES", 20))
RATE = int(os.environ.get("POSTRIDER_RATE", 400))

def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Crash(Scenario):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.database = self.open_database()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.sim.behave("signal", latency_ms=[1, 40])
        self.server = self.make_server(
            self.database, [self.sim.provider("signal", max_in_flight=8)],
            messaging={"retry_delay": "1s", "max_retries": 20})
        self.recoveries = []

    # ---- the crashes -----------------------------------------------------------------------------

    def crash(self):
        # Not to wait for something, but to be at a moment that nothing else decides.
        time.sleep(self.random.uniform(0.3, 2.2))
        self.server.must_run()
        self.server.kill()
        with self.database.frozen() as left:
            self.assert_pending_were_not_sent(left)
            self.assert_verified(left.url)
        self.recoveries.append(self.server.start(seconds=30))

    def assert_pending_were_not_sent(self, left):
        """`begin` is committed before the provider is called, so a first attempt that is pending at a
        crash was not sent."""
        bodies = [row[0] for row in left.rows(
            "SELECT m.body FROM message_transaction t JOIN message m ON m.id = t.message_id"
            " WHERE t.status = 0 AND t.retry_count = 0")]
        counts = self.sim.times_accepted("signal", bodies)
        sent = [body for body, count in zip(bodies, counts) if count > 0]
        self.assertEqual(sent, [], "sent although still pending")
        self.pending_at_crash += len(bodies)
        self.processing_at_crash += int(left.rows(
            "SELECT COUNT(*) FROM message_transaction WHERE status = 1")[0][0])

    # ---- the account -----------------------------------------------------------------------------

    def judge(self, history):
        accepted = self.sim.accepted("signal")
        problems = problems_of(history, Ledger.read(self.database), accepted)
        self.print_summary(history, accepted, problems)
        self.assertEqual(problems, {})

    def print_summary(self, history, accepted, problems):
        acked = sum(one["status"] == "ok" for one in history)
        lost = sum(len(found) for what, found in problems.items() if what.startswith("answered 202"))
        print(f"\ncrash on {self.database.name}: seed {SEED}, {CYCLES} cycles, {acked} acked, "
              f"{len(accepted)} delivered, {lost} lost, {len(duplicates_in(accepted))} duplicates, "
              f"{len(problems.get(UNMARKED, []))} of them unmarked; at the kills "
              f"{self.pending_at_crash} pending, {self.processing_at_crash} processing; recovery p50 "
              f"{percentile(self.recoveries, 0.5):.2f} s, max {max(self.recoveries):.2f} s", flush=True)

    def test_loses_nothing_and_marks_every_possible_duplicate(self):
        print(f"seed {SEED}", flush=True)
        self.pending_at_crash = self.processing_at_crash = 0
        self.recoveries.append(self.server.start())
        bench = self.start_bench(self.server, mode="open", rate=RATE, connections=16, duration=3600,
                                 timeout=10)
        for _ in range(CYCLES):
            self.crash()
        report = bench.end()
        wait_until(self.server.drained, 120, f"all is delivered; rows: {self.server.rows()}")
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        self.assertEqual(report["errors"], 0, report)
        self.judge(bench.history())


if __name__ == "__main__":
    unittest.main()
