"""A thousand clients that do nothing but be slow, made by slowhttptest, and one honest client whose
answers must not get slower. Ten minutes by hand, with the figures: POSTRIDER_SLOW_SECONDS=20
python3 tests/scenario/slow_clients.py -v By hand slowhttptest has the lowest priority, and takes
much of two cores still. How much of what the honest client notices is due to that shows too: the
same attack is made on another server beside this one. What ends slow clients, the timeouts,
tests/http/timeout_test.cpp shows.
"""

import http.client
import json
import os
import shutil
import time
import unittest

from databases import open_database
from harness import Process, Scenario, Server, wait_until

SECONDS = float(os.environ.get("POSTRIDER_SLOW_SECONDS", "2"))
CONNECTIONS = 1000
NUMBER = "+15551234567"
# In a few seconds a p99 is made of a handful of requests: one that the machine had no time for must
# not look like an attack that succeeded, which shows in seconds.
MEASURES = SECONDS >= 10
LEAST_LIMIT = 0.002 if MEASURES else 1.0

ATTACKS = {
    "slow headers": ["-H", "-i", "1"],
    "slow body": ["-B", "-i", "1", "-s", "8192", "-x", "10", "-t", "POST", "-f",
                  "application/json"],
    "slow read": ["-X", "-w", "10", "-y", "20", "-n", "1", "-z", "5", "-k", "3"],
    "range": ["-R", "-a", "10", "-b", "3000"],
}
# A request with ranges is answered at once; the others stay as long as they are let.
STAY = ("slow headers", "slow body", "slow read")
PATHS = {"slow body": "/send/message", "slow read": "/v1/transactions?limit=500"}


def p99(durations):
    return sorted(durations)[int(len(durations) * 0.99)]


@unittest.skipUnless(shutil.which("slowhttptest"),
                     "slowhttptest is missing: tools/setup.sh --tests")
class SlowClients(Scenario):
    def setUp(self):
        super().setUp()
        sim = self.start_sim("signal")
        self.server = self.start_server(self.folder, self.open_database(), sim)
        if MEASURES:
            folder = os.path.join(self.folder, "beside")
            os.mkdir(folder)
            database = self.stack.enter_context(open_database(folder))
            self.other = self.start_server(folder, database, sim)
        self.longest = len(self.server.request("GET", PATHS["slow read"]).body)

    def start_server(self, folder, database, sim):
        server = self.use(Server(folder, database, [sim.provider("signal")], http={
            key: f"{int(SECONDS) + 60}s"  # none shall be ended while it is measured
            for key in ("header_timeout", "body_timeout", "idle_timeout", "write_timeout")} | {
                # the honest ones come from the address of the slow ones
                "max_connections_per_address": 10_000}))
        server.start()
        # Something long to read slowly.
        numbers = [f"+1555{i:07}" for i in range(500)]
        answer = server.request("POST", "/send/message", {
            "user_id": 1, "message": "Dinner at eight?", "recipients": numbers})
        self.assertEqual(answer.status, 202, answer)
        wait_until(server.drained, 60, "all is delivered")
        return server

    def be_honest(self, seconds):
        """How long each request took; one after the other, each on a connection of its own or on
        one that stays.
        """
        body = json.dumps({"user_id": 1, "recipients": [NUMBER], "message": "Dinner at eight?"})
        stays = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        self.stack.callback(stays.close)
        durations = []
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            begin = time.monotonic()
            if len(durations) % 2:
                stays.request("POST", "/send/message", body, {"Content-Type": "application/json"})
                answer = stays.getresponse()
                answer.read()
                self.assertEqual(answer.status, 202)
            else:
                self.assertEqual(self.server.request("GET", "/v1/transactions/1").status, 200)
            durations.append(time.monotonic() - begin)
        stays.close()
        return durations

    @staticmethod
    def statistics(server):
        return server.request("GET", "/admin/inspect?section=http").json["http"]

    def memory_kib(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as lines:
            return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))

    def attack(self, name, server):
        """Returns the attackers, and how many of them were there at once."""
        url = f"http://127.0.0.1:{server.port}{PATHS.get(name, '/livez')}"
        command = ["slowhttptest", *ATTACKS[name], "-c", str(CONNECTIONS), "-r", "500",
                   "-l", str(int(SECONDS * 2 + 60)), "-p", "50", "-u", url]
        if MEASURES:
            # An attacker has a machine of its own: what he computes must not slow down this one.
            command = ["nice", "-n", "19", *command]
        attacker = Process(command, os.path.join(
            server.folder, "slowhttptest-" + name.replace(" ", "-")))
        self.stack.callback(attacker.kill)
        most = 0

        def all_are_there():
            nonlocal most
            most = max(most, self.statistics(server)["connections"])
            # An attacker that has ended has no slow connections left to wait for.
            return most >= CONNECTIONS or not attacker.running()

        wait_until(all_are_there, 50, "the attackers are there")
        if name in STAY:
            self.assertGreaterEqual(most, CONNECTIONS)
        return attacker, most

    def end(self, attacker, server):
        attacker.kill()
        wait_until(lambda: self.statistics(server)["connections"] <= 1, 30,
                   "the attackers are gone")

    def beside(self, name):
        """The honest client's p99 during the same attack on another server."""
        if not MEASURES:
            return 0
        attacker, _ = self.attack(name, self.other)
        noticed = p99(self.be_honest(SECONDS))
        self.end(attacker, self.other)
        return noticed

    def test_an_honest_client_does_not_notice(self):
        for name in ATTACKS:
            with self.subTest(name):
                before = p99(self.be_honest(SECONDS))
                beside = self.beside(name)
                memory = self.memory_kib()
                attacker, there = self.attack(name, self.server)
                during = p99(self.be_honest(SECONDS))
                grown = self.memory_kib() - memory
                self.end(attacker, self.server)
                after = p99(self.be_honest(SECONDS))
                baseline = max(before, beside, after)
                print(f"{name}: {there} connections, p99 {before * 1e3:.1f} ms before, "
                      f"{beside * 1e3:.1f} ms with the attack beside, {during * 1e3:.1f} ms "
                      "during, "
                      f"{after * 1e3:.1f} ms after; {grown} KiB more memory", flush=True)
                self.assertLess(during, max(2 * baseline, LEAST_LIMIT))
                # An answer that nobody takes is held once.
                self.assertLess(grown, (1.3 * self.longest * there + 32e6) / 1024)
        self.assertEqual(self.server.stop()[0], 0)


if __name__ == "__main__":
    unittest.main()
