"""A server that may open few files, and clients that hold connections without using them."""

import contextlib
import http.client
import json
import os
import re
import resource
import select
import socket
import time
import unittest

from channels import CHANNELS, SECRETS, start_channels
from harness import Scenario, die_with_parent, wait_until

LIMIT = 256
IDLE = 256
MESSAGES = 40
HOOKS, = (channel for channel in CHANNELS if channel.name == "hooks")


def few_files():
    """The soft limit is lower still: the server raises it."""
    die_with_parent()
    resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT // 2, LIMIT))


class OpenFiles(Scenario):
    def start(self):
        self.sim = start_channels(self, [HOOKS])
        self.server = self.make_server(self.open_database(), [HOOKS.provider(self.sim)])
        self.server.environment.update(SECRETS)
        self.server.prepare = few_files
        self.server.start()

    def open_files(self):
        return len(os.listdir(f"/proc/{self.server.process.pid}/fd"))

    @staticmethod
    def count_refusals(clients, expected):
        """Those that were answered within five seconds in all."""
        until = time.monotonic() + 5
        waiting, refused = set(clients), 0
        while refused < expected and time.monotonic() < until:
            for one in select.select(waiting, [], [], until - time.monotonic())[0]:
                waiting.remove(one)
                refused += one.recv(100).startswith(b"HTTP/1.1 503")
        return refused

    def test_idle_clients_do_not_stop_deliveries(self):
        self.start()
        self.assertIn(f"may open {LIMIT} files", self.server.process.errors())
        with contextlib.ExitStack() as held:
            client = held.enter_context(contextlib.closing(
                http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)))
            client.connect()
            idle = [held.enter_context(socket.create_connection(("127.0.0.1", self.server.port), 5))
                    for _ in range(IDLE)]
            taken, = re.findall(r"at most (\d+) connections of clients",
                                self.server.process.errors())
            refused = IDLE + 1 - int(taken)
            self.assertGreater(refused, IDLE // 4)
            self.assertGreaterEqual(self.count_refusals(idle, refused), refused)
            for number in range(MESSAGES):
                client.request("POST", "/send/message", json.dumps({
                    # By name: a call that resolves one has more descriptors.
                    "user_id": 1, "recipients": [
                        HOOKS.address(self.sim, number).replace("127.0.0.1", "localhost")],
                    "message": "hello"}), {"Content-Type": "application/json"})
                answer = client.getresponse()
                answer.read()
                self.assertEqual(answer.status, 202)
            wait_until(lambda: self.sim.tally("hooks")["accepted"] == MESSAGES, 10,
                       "all messages are delivered while the idle clients stay")
            self.assertLess(self.open_files(), LIMIT)
        self.assertNotIn("Too many open files", self.server.process.errors())
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
