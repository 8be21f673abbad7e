"""Reload, drain and restart while clients post 2,000 messages a second. Every request is answered,
with 202 or with 503 and Retry-After, and every accepted message comes once. A request that meets
the end of an idle connection is not answered, and was not taken. The service manager keeps the
server's port open, as postrider.socket does."""

import os
import signal
import socket
import time
import unittest

from accounting import Ledger, duplicates_in, problems_of
from harness import Process, Scenario, Server, die_with_parent, program, wait_until

RATE = int(os.environ.get("POSTRIDER_RATE", 2000))
ROUNDS = int(os.environ.get("POSTRIDER_ROUNDS", 2))
CONNECTIONS = 64


class ManagedServer(Server):
    """The listening socket is this process's, like systemd's."""

    def launch(self):
        if not hasattr(self, "socket"):
            self.socket = socket.create_server(("127.0.0.1", self.port), backlog=4096)
        handed_over = self.socket.fileno()

        def prepare():
            die_with_parent()
            os.dup2(handed_over, 3)
        # $LISTEN_PID is the id of the process that the shell becomes.
        self.process = Process(
            ["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@"',
             program("postrider"), "serve", "--config", self.config],
            os.path.join(self.folder, "postrider"), self.environment, prepare, [3])


class Uninterrupted(Scenario):

    def test_reload_drain_and_restart(self):
        database = self.open_database()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        providers = [self.sim.provider("signal", max_in_flight=64)]
        self.server = self.use(ManagedServer(self.folder, database, providers,
                                             messaging={"retry_delay": "1s"}))
        self.server.start()
        wait_until(lambda: f"127.0.0.1:{self.server.port}" in self.server.process.output(), 5,
                   "it says where it listens")
        bench = self.start_bench(self.server, mode="open", rate=RATE, connections=CONNECTIONS,
                                 duration=3600,
                                 timeout=40)
        stops = []
        for number in range(ROUNDS):
            time.sleep(1)
            self.server.configure([self.sim.provider("signal", max_in_flight=32 + number)])
            self.server.reload()
            time.sleep(1)
            self.server.request("POST", "/admin/drain")
            time.sleep(0.5)
            self.server.request("POST", "/admin/resume")
            time.sleep(1)
            begin = time.monotonic()
            self.server.process.signal(signal.SIGTERM)
            self.assertEqual(self.server.process.wait(45), 0)
            stopped = time.monotonic() - begin
            stops.append((stopped, self.server.start()))
        time.sleep(1)
        report = bench.end()
        wait_until(self.server.drained, 120, f"all is delivered; rows: {self.server.rows()}")
        self.assert_stops(self.server)
        self.assert_verified(database.url)
        accepted = self.sim.accepted("signal")
        history, ledger = bench.history(), Ledger.read(database)
        self.assertEqual(problems_of(history, ledger, accepted), {})
        self.assertEqual(duplicates_in(accepted), {})
        print(f"\nuninterrupted on {database.name}: {RATE}/s, {ROUNDS} reloads, drains and "
              "restarts: "
              f"{report['accepted']} accepted, {report['refusals']} times 503 with Retry-After, "
              f"{report['errors']} errors, {report['unknown']} without an answer, "
              f"{report['connect_failures']} connections refused, {report['disconnects']} ended; "
              f"stop and start took {', '.join(f'{a:.2f} + {b:.2f} s' for a, b in stops)}",
              flush=True)
        self.assertEqual((report["errors"], report["error_statuses"]), (0, {}))
        self.assertEqual(report["connect_failures"], 0)
        # A server that stops ends connections on which nothing comes for half a second. A request
        # that is sent just then is lost as HTTP has it: no byte of an answer, and nothing of it was
        # read.
        unanswered = [one for one in history if one["status"] == "unknown"]
        self.assertEqual({one["http_status"] for one in unanswered} - {0}, set())
        self.assertEqual({one["body"] for one in unanswered} & set(ledger.messages), set())
        self.assertLessEqual(len(unanswered), ROUNDS * CONNECTIONS // 8)
        self.assertGreater(report["refusals"], 0)
        self.assertEqual(len(accepted), report["accepted"])


if __name__ == "__main__":
    unittest.main()
