"""The server as systemd's service: what it tells the manager, over a real socket, and when."""

import os
import shutil
import signal
import socket
import tempfile
import time
import unittest

from harness import Scenario


class Service(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("alpha")
        self.server = self.make_server(self.open_database(), [self.sim.provider("alpha")])
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.stack.callback(self.manager.close)
        self.manager.settimeout(20)
        # A socket's path has at most 107 bytes, the scenario's folder may have more.
        short = tempfile.mkdtemp(prefix="postrider-")
        self.stack.callback(shutil.rmtree, short, ignore_errors=True)
        self.path = os.path.join(short, "notify")

    def listen(self, path, **variables):
        self.manager.bind(path)
        self.server.environment.update(NOTIFY_SOCKET=path.replace("\0", "@"), **variables)
        self.server.start()

    def next_message(self, unlike=("WATCHDOG=1",)):
        """The next one as a dictionary; those of the watchdog are passed over."""
        while True:
            text = self.manager.recv(4096).decode()
            if text not in unlike:
                return dict(line.split("=", 1) for line in text.splitlines())

    def test_start_reload_and_stop_are_told(self):
        self.listen(self.path)
        address = f"127.0.0.1:{self.server.port}"
        self.assertEqual(self.next_message(), {"READY": "1", "STATUS": f"Listening on {address}"})
        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self.server.reload()
        told = self.next_message()
        self.assertEqual(told["RELOADING"], "1")
        self.assertTrue(before <= int(told["MONOTONIC_USEC"])
                        <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000)
        self.assertEqual(self.next_message()["READY"], "1")
        self.server.process.signal(signal.SIGTERM)
        self.assertEqual(self.next_message()["STOPPING"], "1")
        self.assertEqual(self.server.process.wait(20), 0)

    def test_the_watchdog_hears_of_it_while_the_pipeline_answers(self):
        # A quarter of this is how often it is told; the name is an abstract one.
        self.listen(f"\0postrider-scenario-{os.getpid()}", WATCHDOG_USEC="800000")
        self.assertEqual(self.next_message(unlike=())["READY"], "1")
        self.assertEqual(self.next_message(unlike=()), {"WATCHDOG": "1"})
        begun = time.monotonic()
        for _ in range(15):
            self.assertEqual(self.next_message(unlike=()), {"WATCHDOG": "1"})
        # 3 s, but for how late the first one was read.
        self.assertGreaterEqual(time.monotonic() - begun, 2.2)
        # A stopped process sends nothing.
        self.server.process.signal(signal.SIGSTOP)
        self.manager.settimeout(1)
        with self.assertRaises(TimeoutError):
            for _ in range(20):
                self.manager.recv(4096)
        self.server.process.signal(signal.SIGCONT)
        self.manager.settimeout(20)
        self.assertEqual(self.next_message(unlike=()), {"WATCHDOG": "1"})
        self.assert_stops(self.server)

    def test_another_process_watchdog_is_none_of_its_business(self):
        self.listen(self.path, WATCHDOG_USEC="200000", WATCHDOG_PID="1")
        self.assertEqual(self.next_message(unlike=())["READY"], "1")
        self.manager.settimeout(1)
        with self.assertRaises(TimeoutError):
            self.manager.recv(4096)
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
