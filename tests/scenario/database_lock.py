"""Somebody else locks the database under load: the server refuses in time and says why, stores
nothing that it refused, loses nothing, and goes on by itself.

POSTRIDER_LOCK is how long the lock is held, in seconds (4), or longer until every client was
refused often enough; POSTRIDER_LOCK_PATIENCE the server's statement_timeout (1).
"""

import collections
import contextlib
import datetime
import os
import re
import sqlite3
import subprocess
import time
import unittest

from accounting import Ledger, duplicates_in, problems_of
from database_outage import Client
from harness import Scenario, wait_until

LOCKED_SECONDS = float(os.environ.get("POSTRIDER_LOCK", 4))
PATIENCE_SECONDS = float(os.environ.get("POSTRIDER_LOCK_PATIENCE", 1))
# The lock is held until all was seen, so a slow machine only makes it longer: no answer waits for
# its end.
HANGS_AFTER_SECONDS = 30
CLIENTS = 8
REFUSALS_EACH = 3


class SqliteHolder:
    """Another program that has the file open, such as a backup."""

    def __init__(self, database):
        self.connection = sqlite3.connect(database.path, isolation_level=None, timeout=10)

    def lock(self, how):
        self.connection.execute(how)

    def unlock(self):
        self.connection.close()


class MysqlHolder:
    """Another session, which ends with its client."""

    def __init__(self, database):
        self.client = subprocess.Popen(["mariadb", *database.options, "--unbuffered",
                                        database.database],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                       bufsize=1)

    def lock(self, how):
        self.client.stdin.write(how + "; SELECT 'has it';\n")
        self.client.stdin.flush()
        while line := self.client.stdout.readline():
            if line.strip() == "has it":
                return
        raise AssertionError("the session that was to lock has ended")

    def unlock(self):
        self.client.kill()
        self.client.communicate()


@contextlib.contextmanager
def database_locked(database):
    """Another program has it, so that nothing can be written."""
    sqlite = database.name == "sqlite"
    holder = (SqliteHolder if sqlite else MysqlHolder)(database)
    try:
        holder.lock("BEGIN IMMEDIATE" if sqlite else "LOCK TABLES message WRITE")
        yield
    finally:
        holder.unlock()


class DatabaseLock(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        # Some are on their way to the provider at any time.
        self.sim.behave("signal", latency_ms=200)
        self.server = self.make_server(
            self.database, [self.sim.provider("signal", max_in_flight=16)],
            messaging={"retry_delay": "1s", "max_retries": 20},
            database={"statement_timeout": f"{round(PATIENCE_SECONDS * 1000)}ms"},
            log={"level": "info"})
        self.server.start()
        self.first = self.server.send(1, "+15559999998", "before all")
        self.server.wait_for_end(self.first)
        self.clients = [Client(self.server, f"{number}-") for number in range(CLIENTS)]
        for client in self.clients:
            client.start()
            self.stack.callback(client.stop)
        wait_until(lambda: self.delivered() > 30, 20, "load runs")

    def delivered(self):
        return self.sim.tally("signal")["accepted"]

    def not_ready(self):
        answer = self.server.request("GET", "/readyz")
        return answer if answer.status == 503 else None

    def hold(self, how):
        holder = (MysqlHolder if self.wants_mysql() else SqliteHolder)(self.database)
        released = self.stack.enter_context(contextlib.ExitStack())
        released.callback(holder.unlock)
        holder.lock(how)
        began = time.monotonic()
        unready = wait_until(self.not_ready, HANGS_AFTER_SECONDS, "/readyz says 503")
        known = time.monotonic()
        self.assertIn("locked", " ".join(unready.json["reasons"]))
        self.assertIn('postrider_database_state{state="locked"} 1',
                      self.server.request("GET", "/metrics").body.decode())
        self.assertEqual(self.server.request("GET", "/livez").status, 200)
        if not self.wants_mysql():
            # Answered although the lock is held.
            read = self.server.request("GET", f"/v1/messages/{self.first['message_id']}")
            self.assertEqual(read.status, 200)
        wait_until(lambda: all(len(self.begun_after(known, client)) >= REFUSALS_EACH
                               for client in self.clients),
                   HANGS_AFTER_SECONDS, "every client was refused meanwhile")
        wait_until(lambda: time.monotonic() > began + LOCKED_SECONDS, LOCKED_SECONDS + 5,
                   "it is over")
        self.assertIsNotNone(self.not_ready(), "still locked")
        before = self.delivered()
        ended = time.monotonic()
        released.close()
        wait_until(self.server.ready, 10, "/readyz says that it is over")
        ready_after = time.monotonic() - ended
        wait_until(lambda: self.delivered() > before + 20, 30, "deliveries go on")
        print(f"\n{self.id()}: {how}: held {ended - began:.1f} s, /readyz says 503 after "
              f"{known - began:.2f} s,"
              f" ready again {ready_after:.2f} s after its end, delivering after"
              f" {time.monotonic() - ended:.2f} s", flush=True)
        return began, known, ended

    @staticmethod
    def begun_after(known, client):
        return [one for one in client.seen if one.at > known]

    def finish(self, began, known, ended):
        for client in self.clients:
            client.stop()
        seen = [one for client in self.clients for one in client.seen]
        wait_until(self.server.drained, 60, f"all is delivered; rows: {self.server.rows()}")
        self.assert_stops(self.server)
        self.assert_refused_in_time(seen, began, known, ended)
        self.assert_logged_once(ended - began)
        self.assert_nothing_lost(seen)

    def assert_refused_in_time(self, seen, began, known, ended):
        self.assertEqual([client.hung for client in self.clients], [[]] * CLIENTS)
        self.assertEqual({one.status for one in seen}, {202, 503})
        slowest = max(one.seconds for one in seen)
        refused = [one for one in seen if one.status == 503]
        # Those that waited when it began, too.
        self.assertGreaterEqual(len(refused), CLIENTS)
        self.assertEqual({one.code for one in refused}, {"unavailable"})
        self.assertTrue(all(one.retry_after for one in refused), "each says when to come again")
        inside = [one for one in seen if known < one.at and one.at + one.seconds < ended]
        self.assertGreaterEqual(len(inside), CLIENTS * REFUSALS_EACH)
        self.assertEqual({one.status for one in inside}, {503})
        waited = sorted(one.seconds for one in inside)
        print(f"slowest answer {slowest:.2f} s, during the lock half of them within"
              f" {waited[len(waited) // 2] * 1000:.0f} ms,"
              f" answers {dict(collections.Counter(one.status for one in seen))}", flush=True)
        self.assertLess(slowest, ended - began)
        # A client that waits for a statement would wait for the whole timeout.
        self.assertLess(waited[len(waited) // 2], PATIENCE_SECONDS, "what is known is said at once")

    def assert_logged_once(self, held):
        """The log says once that the database is locked, and once that it can be used again.

        A busy disk may keep a statement longer than it may take, before the lock or after it; that
        is said too, and ends sooner.
        """
        lines = [line for line in self.server.process.errors().splitlines()
                 if "[ledger_writer" in line]
        said = [(at, *re.sub(r"^(\w+) .*?(is locked|can be used again|cannot be used).*", r"\1 \2",
                             text).split(" ", 1))
                for at, text in (line.split(" ", 1) for line in lines)]
        expected = [("warning", "is locked"), ("info", "can be used again")]
        self.assertEqual([one[1:] for one in said], expected * (len(said) // 2), lines)
        times = [datetime.datetime.fromisoformat(one[0].removesuffix("Z")) for one in said]
        lasted = [(end - begin).total_seconds()
                  for begin, end in zip(times[::2], times[1::2], strict=True)]
        # Noticed when the first statement had no more time.
        self.assertEqual(len([one for one in lasted if one > held - 2 * PATIENCE_SECONDS]), 1,
                         lines)

    def assert_nothing_lost(self, seen):
        accepted = self.sim.accepted("signal")
        ledger = Ledger.read(self.database)
        history = [one for client in self.clients for one in client.history()]
        history.append({"body": "before all", "status": "ok",
                        "message_id": self.first["message_id"]})
        acked = sum(one["status"] == "ok" for one in history)
        print(f"{acked} acked, {len(ledger.messages)} stored, {len(accepted)} delivered,"
              f" {len(duplicates_in(accepted))} twice", flush=True)
        self.assertEqual(problems_of(history, ledger, accepted), {})
        self.assertEqual(duplicates_in(accepted), {})
        self.assertEqual(len(accepted), acked)
        not_stored = {one.body for one in seen if one.status == 503}
        self.assertEqual(not_stored & set(ledger.messages), set(), "refused although it was stored")
        self.assert_verified(self.database.url)

    @unittest.skipIf(Scenario.wants_mysql(), "a lock of SQLite")
    def test_another_program_writes_to_the_file(self):
        self.finish(*self.hold("BEGIN IMMEDIATE"))

    @unittest.skipIf(Scenario.wants_mysql(), "a lock of SQLite")
    def test_another_program_has_the_file_for_itself(self):
        self.finish(*self.hold("BEGIN EXCLUSIVE"))

    @unittest.skipUnless(Scenario.wants_mysql(), "a lock of MariaDB")
    def test_a_backup_has_a_read_lock_on_everything(self):
        self.finish(*self.hold("FLUSH TABLES WITH READ LOCK"))

    @unittest.skipUnless(Scenario.wants_mysql(), "a lock of MariaDB")
    def test_another_session_has_a_table_for_itself(self):
        self.finish(*self.hold("LOCK TABLES message WRITE"))

    @unittest.skipUnless(Scenario.wants_mysql(), "a lock of MariaDB")
    def test_another_session_has_locks_on_rows(self):
        self.finish(*self.hold("BEGIN; SELECT COUNT(*) FROM message_transaction FOR UPDATE"))


if __name__ == "__main__":
    unittest.main()
