"""SIGTERM under load: what was begun is finished, nothing is lost, nothing is sent twice."""

import os
import random
import signal
import time
import unittest

from accounting import Ledger, duplicates_in, problems_of
from harness import Scenario, wait_until

SEED = int(os.environ.get("POSTRIDER_SEED", random.SystemRandom().randrange(1_000_000)))
RESTARTS = int(os.environ.get("POSTRIDER_CYCLES", 5))


class Shutdown(Scenario):
    def start(self, latency_ms, lease="30s", **keys):
        self.database = self.open_database()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.sim.behave("signal", latency_ms=latency_ms)
        self.server = self.make_server(
            self.database, [self.sim.provider("signal", **{"max_in_flight": 8, **keys})],
            messaging={"retry_delay": "1s"}, node={"lease": lease})
        self.server.start()

    def assert_all_came_once(self, history):
        accepted = self.sim.accepted("signal")
        self.assertEqual(problems_of(history, Ledger.read(self.database), accepted), {})
        self.assertEqual(duplicates_in(accepted), {})
        flagged = self.database.rows("SELECT COUNT(*) FROM message_transaction_history"
                                     " WHERE possible_duplicate = 1 OR status <> 2")
        self.assertEqual(str(flagged[0][0]), "0", "an orderly end leaves nothing in doubt")
        return sum(one["status"] == "ok" for one in history), len(accepted)

    def test_restarts_under_load_lose_and_repeat_nothing(self):
        print(f"seed {SEED}", flush=True)
        moments = random.Random(SEED)
        self.start(latency_ms=[1, 40])
        # Twice what the provider takes, so that there is always a backlog.
        bench = self.start_bench(self.server, mode="open", rate=700, connections=16, duration=3600,
                                 timeout=40)
        stops, starts = [], []
        for _ in range(RESTARTS):
            time.sleep(moments.uniform(0.5, 1.5))
            stops.append(self.assert_stops(self.server))
            self.assert_verified(self.database.url)
            # A lease that somebody has to wait for lasts 30 s.
            starts.append(self.server.start(seconds=20))
        report = bench.end()
        wait_until(self.server.drained, 180, f"all is delivered; rows: {self.server.rows()}")
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        self.assertEqual((report["errors"], report["error_statuses"]), (0, {}))
        acked, delivered = self.assert_all_came_once(bench.history())
        print(f"\nshutdown on {self.database.name}: seed {SEED}, {RESTARTS} restarts, {acked} "
              "acked, "
              f"{report['unknown']} without an answer, {delivered} delivered, 0 twice; slowest "
              "stop "
              f"{max(stops):.2f} s, start {max(starts):.2f} s", flush=True)

    def test_waits_for_a_slow_provider(self):
        self.start(latency_ms=4000, timeout="10s")
        message_id = self.server.send(1, "+15551234567", "slowly")["message_id"]
        wait_until(lambda: self.server.counted_rows()["processing"] == 1, 10, "it is being sent")
        took = self.assert_stops(self.server)
        self.assertGreater(took, 0.5)
        self.server.start()
        attempt, = self.server.message(message_id)["recipients"][0]["transactions"]
        self.assertEqual((attempt["status"], attempt["possible_duplicate"]), ("success", False))
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_does_not_wait_forever_for_a_provider_that_hangs(self):
        # Two thirds of the lease must cover the timeout.
        self.start(latency_ms=0, lease="2m", timeout="50s")
        self.sim.behave("signal", outcomes={"accept_never_answer": 1})
        message_id = self.server.send(1, "+15551234567", "never")["message_id"]
        wait_until(lambda: self.sim.tally("signal")["accepted"] == 1, 10, "it was sent")
        took = self.assert_stops(self.server, seconds=34)
        self.sim.behave("signal")
        self.server.start()
        wait_until(lambda: self.server.message(message_id)["status"] == "success", 40,
                   "it is sent again")
        first, second = self.server.message(message_id)["recipients"][0]["transactions"]
        self.assertEqual(first["error_code"], "outcome_unknown")
        self.assertTrue(second["possible_duplicate"])
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        print(f"\ngave up after {took:.1f} s", flush=True)

    def test_a_second_signal_ends_at_once(self):
        self.start(latency_ms=10_000, lease="1m", timeout="15s")
        self.server.send(1, "+15551234567", "impatient")
        wait_until(lambda: self.server.counted_rows()["processing"] == 1, 10, "it is being sent")
        self.server.process.signal(signal.SIGTERM)
        wait_until(lambda: "SIGTERM" in self.server.process.errors(), 10, "it was noticed")
        begin = time.monotonic()
        self.server.process.signal(signal.SIGTERM)
        self.assertNotEqual(self.server.process.wait(20), 0)
        self.assertLess(time.monotonic() - begin, 7)
        self.assert_verified(self.database.url)


if __name__ == "__main__":
    unittest.main()
