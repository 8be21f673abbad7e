"""The database goes away under load: the server refuses quickly, loses nothing, and resumes by
itself.

POSTRIDER_OUTAGE is the length in seconds (20).
"""

import collections
import contextlib
import os
import subprocess
import threading
import time
import unittest

from accounting import Ledger, duplicates_in, problems_of
from databases import mysql_database, private_mariadb
from harness import Scenario, wait_until

OUTAGE_SECONDS = float(os.environ.get("POSTRIDER_OUTAGE", 20))
STATEMENT_TIMEOUT_SECONDS = 3
CONNECT_TIMEOUT_SECONDS = 1
REQUEST_TIMEOUT_SECONDS = 9
# The answer to a commit that was lost is worth waiting for, but never longer than request_timeout.
LONGEST_ANSWER_SECONDS = REQUEST_TIMEOUT_SECONDS + 3
# A hanging database is known by its silence: one statement (whose own end the server says two
# seconds before the client gives up), then one attempt to connect, and something for this machine.
REFUSES_AFTER_SECONDS = STATEMENT_TIMEOUT_SECONDS + 2 + CONNECT_TIMEOUT_SECONDS + 3

# "At once", on this machine.
KNOWN_ANSWER_SECONDS = 2

Seen = collections.namedtuple("Seen", "at seconds status retry_after message_id body code")


class Client(threading.Thread):
    """Posts one message after another and remembers every answer, 503 included."""

    def __init__(self, server, name="client "):
        super().__init__(daemon=True)
        self.server = server
        self.name_in_texts = name
        self.seen = []
        self.hung = []
        self.ending = threading.Event()

    def run(self):
        while not self.ending.wait(0.05):
            body = f"{self.name_in_texts}{len(self.seen) + len(self.hung)}"
            request = {"user_id": 1, "recipients": ["+15559999999"], "message": body}
            begin = time.monotonic()
            try:
                answer = self.server.request("POST", "/send/message", request,
                                             timeout=LONGEST_ANSWER_SECONDS)
            except OSError as failure:
                self.hung.append((body, repr(failure), time.monotonic() - begin))
                continue
            self.seen.append(Seen(begin, answer.seconds, answer.status,
                                  answer.headers.get("Retry-After"),
                                  answer.json.get("message_id"), body, answer.json.get("code")))

    def history(self):
        """In the form of bench's."""
        return [{"body": one.body, "status": "ok" if one.status == 202 else "refused",
                 "message_id": one.message_id} for one in self.seen]

    def stop(self):
        self.ending.set()
        self.join(LONGEST_ANSWER_SECONDS + 5)


class DatabaseOutage(Scenario):
    def setUp(self):
        super().setUp()
        self.mariadb = self.stack.enter_context(private_mariadb(self.folder))
        self.database = self.stack.enter_context(mysql_database(self.mariadb.url))
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.sim.behave("signal", latency_ms=5)
        self.server = self.make_server(
            self.database, [self.sim.provider("signal", max_in_flight=16)],
            messaging={"retry_delay": "1s", "max_retries": 20},
            http={"request_timeout": f"{REQUEST_TIMEOUT_SECONDS}s"},
            database={"statement_timeout": f"{STATEMENT_TIMEOUT_SECONDS}s",
                      "connect_timeout": f"{CONNECT_TIMEOUT_SECONDS}s"})
        self.server.start()
        self.bench = self.start_bench(self.server, mode="open", rate=200, connections=16,
                                      duration=3600, timeout=60)
        self.client = Client(self.server)
        self.client.start()
        self.stack.callback(self.client.stop)
        wait_until(lambda: self.sim.tally("signal")["accepted"] > 300, 20, "load runs")

    def delivered(self):
        return self.sim.tally("signal")["accepted"]

    def not_ready(self):
        answer = self.server.request("GET", "/readyz", timeout=LONGEST_ANSWER_SECONDS)
        return answer if answer.status == 503 else None

    def sit_out(self, away, back):
        """The server's answers while the database is away, and the time until it works again."""
        began = time.monotonic()
        away()
        unready = wait_until(self.not_ready, REFUSES_AFTER_SECONDS, "/readyz says 503")
        self.unready_after = time.monotonic() - began
        self.assertIn("database", " ".join(unready.json["reasons"]))
        self.assertEqual(self.server.request("GET", "/livez", timeout=5).status, 200)
        # A known outage is answered at once, also to a request that only reads.
        for method, path, body in (("GET", "/v1/transactions/1", None),
                                   ("GET", "/v1/transactions", None),
                                   ("POST", "/send/message", {"user_id": 1, "message": "away",
                                                              "recipients": ["+15559999999"]})):
            answer = self.server.request(method, path, body, timeout=LONGEST_ANSWER_SECONDS)
            self.assertEqual(answer.status, 503, f"{method} {path}")
            self.assertLess(answer.seconds, KNOWN_ANSWER_SECONDS, f"{method} {path}")
        wait_until(lambda: time.monotonic() > began + OUTAGE_SECONDS, OUTAGE_SECONDS + 5,
                   "it is over")
        self.assertIsNotNone(self.not_ready(), "still away")
        before = self.delivered()
        back()
        ended = time.monotonic()
        wait_until(self.server.ready, 45, "/readyz says that it is over")
        self.ready_after = time.monotonic() - ended
        wait_until(lambda: self.delivered() > before + 300, 60, "deliveries go on")
        self.delivering_after = time.monotonic() - ended
        return began, ended

    def settle(self):
        self.client.stop()
        report = self.bench.end()
        wait_until(self.server.drained, 60, f"all is delivered; rows: {self.server.rows()}")
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        self.assertEqual(report["errors"], 0, report)

    def finish(self, began, ended):
        self.settle()
        self.assert_refused_quickly(began, ended)
        self.assert_nothing_lost()

    def assert_refused_quickly(self, began, ended):
        self.assertEqual(self.client.hung, [])
        slowest = max(self.client.seen, key=lambda one: one.seconds)
        self.assertLess(slowest.seconds, LONGEST_ANSWER_SECONDS)
        statuses = collections.Counter(one.status for one in self.client.seen)
        self.assertEqual(set(statuses), {202, 503}, statuses)
        inside = [one for one in self.client.seen
                  if began + REFUSES_AFTER_SECONDS < one.at < ended - 1]
        self.assertGreater(len(inside), 20, "requests while the database was away")
        self.assertEqual({one.status for one in inside}, {503})
        self.assertTrue(all(one.retry_after for one in inside), "each 503 says when to come again")
        quick = sorted(one.seconds for one in inside)
        self.assertLess(quick[len(quick) // 2], 1)
        # Without having waited for a statement.
        self.assertLess(quick[len(quick) * 99 // 100], STATEMENT_TIMEOUT_SECONDS)
        print(f"\n{self.id()}: away {ended - began:.1f} s, 503 from /readyz after "
              f"{self.unready_after:.2f} s, slowest answer {slowest.seconds:.2f} s, answers "
              f"{dict(statuses)},"
              f" ready again after {self.ready_after:.2f} s, delivering after "
              f"{self.delivering_after:.2f} s",
              flush=True)

    def assert_nothing_lost(self):
        accepted = self.sim.accepted("signal")
        ledger = Ledger.read(self.database)
        history = self.bench.history() + self.client.history()
        acked = sum(one["status"] == "ok" for one in history)
        print(f"{acked} acked, {len(ledger.messages)} stored, {len(accepted)} delivered, "
              f"{len(duplicates_in(accepted))} twice", flush=True)
        self.assertEqual(problems_of(history, ledger, accepted), {})
        # The server lived all the time: it knows what it sent.
        self.assertEqual(duplicates_in(accepted), {})
        not_stored = {one.body for one in self.client.seen if one.status == 503 and one.retry_after}
        self.assertEqual(not_stored & set(ledger.messages), set(),
                         "told to come again although it was stored")

    def test_survives_a_database_that_was_killed(self):
        self.finish(*self.sit_out(self.mariadb.kill, self.mariadb.start))

    def test_survives_a_database_that_hangs(self):
        self.addCleanup(self.thaw)
        self.finish(*self.sit_out(self.mariadb.freeze, self.mariadb.thaw))

    def test_survives_connections_that_are_cut(self):
        # In the middle of statements and commits, whose results are then not known.
        began = time.monotonic()
        cut = 0
        while time.monotonic() < began + OUTAGE_SECONDS / 2:
            for connection in self.database.rows(
                    "SELECT id FROM information_schema.processlist WHERE id <> CONNECTION_ID()"
                    f" AND db = '{self.database.database}'"):
                with contextlib.suppress(subprocess.CalledProcessError):
                    self.database.execute(f"KILL {connection[0]}")
                    cut += 1
        wait_until(self.server.ready, 45, "/readyz says that it is over")
        before = self.delivered()
        wait_until(lambda: self.delivered() > before + 300, 60, "deliveries go on")
        self.settle()
        self.assertGreater(cut, 20)
        self.assertEqual(self.client.hung, [])
        print(f"\n{self.id()}: {cut} connections cut, answers "
              f"{dict(collections.Counter(one.status for one in self.client.seen))}", flush=True)
        self.assert_nothing_lost()

    def thaw(self):
        with contextlib.suppress(ProcessLookupError):
            self.mariadb.thaw()


if __name__ == "__main__":
    unittest.main()
