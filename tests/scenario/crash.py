"""The server is killed at random moments under load, again and again: nothing may be lost, and
nothing sent twice but what says so.

POSTRIDER_SEED repeats a run's moments; POSTRIDER_CYCLES and POSTRIDER_RATE make it longer or
harder.
"""

import collections
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


# Most of what can go wrong with a provider, beside the crashes.
FAULTS = {"accept": 80, "accept_then_drop": 4, "http_500": 4, "drop": 4, "invalid_pre_key": 4,
          "rate_limit": 1, "never_answer": 1}


class Crash(Scenario):
    def start(self, behaviours, **database_keys):
        print(f"seed {SEED}", flush=True)
        self.random = random.Random(SEED)
        self.database = self.open_database()
        self.sim = self.start_sim(*behaviours, options=["--keep-texts"])
        providers = []
        for name, behaviour in behaviours.items():
            self.sim.behave(name, latency_ms=[1, 40], seed=SEED, retry_after_s=1, **behaviour)
            providers.append(self.sim.provider(
                name, max_in_flight=8, timeout="1s", circuit={"failures": 50, "open_for": "1s"}))
        self.server = self.make_server(
            self.database, providers, database=database_keys,
            messaging={"retry_delay": "1s", "max_retries": 20})
        self.pending_at_crash = self.processing_at_crash = 0
        self.recoveries = []
        self.server.start()

    def accepted(self):
        counts = collections.Counter()
        for name in self.sim.ports:
            counts.update(self.sim.accepted(name))
        return counts

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
        """`begin` is committed before the provider is called, so a first attempt that is pending at
        a crash was not sent.
        """
        bodies = [row[0] for row in left.rows(
            "SELECT m.body FROM message_transaction t JOIN message m ON m.id = t.message_id"
            " WHERE t.status = 0 AND t.retry_count = 0")]
        for name in self.sim.ports:
            counts = self.sim.times_accepted(name, bodies)
            sent = [body for body, count in zip(bodies, counts) if count > 0]
            self.assertEqual(sent, [], "sent although still pending")
        self.pending_at_crash += len(bodies)
        self.processing_at_crash += int(left.rows(
            "SELECT COUNT(*) FROM message_transaction WHERE status = 1")[0][0])

    # ---- the account -----------------------------------------------------------------------------

    def judge(self, cycles, history):
        accepted = self.accepted()
        problems = problems_of(history, Ledger.read(self.database), accepted)
        self.print_summary(cycles, history, accepted, problems)
        self.assertEqual(problems, {})

    def print_summary(self, cycles, history, accepted, problems):
        acked = sum(one["status"] == "ok" for one in history)
        lost = sum(len(found) for what, found in problems.items()
                   if what.startswith("answered 202"))
        print(f"\ncrash on {self.database.name}: seed {SEED}, {cycles} cycles, {acked} acked, "
              f"{len(accepted)} delivered, {lost} lost, {len(duplicates_in(accepted))} duplicates, "
              f"{len(problems.get(UNMARKED, []))} of them unmarked; at the kills "
              f"{self.pending_at_crash} pending, {self.processing_at_crash} processing; "
              f"recovery p50 {percentile(self.recoveries, 0.5):.2f} s, "
              f"max {max(self.recoveries):.2f} s",
              flush=True)

    def crash_again_and_again(self, cycles, rate):
        bench = self.start_bench(self.server, mode="open", rate=rate, connections=16, duration=3600,
                                 timeout=10)
        for _ in range(cycles):
            self.crash()
        report = bench.end()
        wait_until(self.server.drained, 120, f"all is delivered; rows: {self.server.rows()}")
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        self.assertEqual(report["errors"], 0, report)
        self.judge(cycles, bench.history())

    def test_loses_nothing_and_marks_every_possible_duplicate(self):
        self.start({"signal": {}})
        self.crash_again_and_again(CYCLES, RATE)

    def test_the_same_while_providers_fail_in_every_way(self):
        writers = {"writers": 3} if self.wants_mysql() else {}
        self.start({"first": {"outcomes": FAULTS}, "second": {"outcomes": FAULTS}}, **writers)
        self.crash_again_and_again(max(1, CYCLES // 3), RATE / 2)


if __name__ == "__main__":
    unittest.main()
