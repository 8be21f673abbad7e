"""A demo: a server with simulated providers and made-up messages, which needs no file and leaves
none, and which nobody else can reach.
"""

import os
import re
import signal
import socket
import subprocess
import unittest

from contract import CONTRACT
from harness import Scenario, http_request, program, wait_until
from processes import Process

LISTEN = "POSTRIDER_HTTP__LISTEN"


class Demo(Scenario):
    def setUp(self):
        super().setUp()
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        self.temporary = os.path.join(self.folder, "temporary")
        os.mkdir(self.temporary)
        self.port_file = os.path.join(self.folder, "port")

    def start(self):
        # Without a configuration: its folder is empty.
        self.demo = Process(
            ["env", "-C", self.home, program("postrider"), "serve", "--demo", "--port-file",
             self.port_file], os.path.join(self.folder, "demo"),
            {LISTEN: "127.0.0.1:0", "TMPDIR": self.temporary})
        self.addCleanup(self.demo.kill)
        wait_until(lambda: os.path.exists(self.port_file) or not self.demo.running(), 20,
                   "the demo listens")
        with open(self.port_file, encoding="ascii") as port:
            self.port = int(port.read())

    def ask(self, method, path, body=None):
        answer = http_request(self.port, method, path, body)
        CONTRACT.hold(method, path, body, answer)
        return answer

    def get(self, path):
        answer = self.ask("GET", path)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def run_serve(self, *options, environment=None):
        return subprocess.run(
            [program("postrider"), "serve", *options], cwd=self.home, timeout=30,
            env={**os.environ, **(environment or {})}, capture_output=True, text=True, check=False)

    def test_a_demo_shows_everything_and_leaves_nothing(self):
        self.start()
        said = wait_until(lambda: "Ctrl-C" in self.demo.output() and self.demo.output(), 10,
                          "the demo says what it is")
        self.assertIn("simulated providers", said)
        self.assertIn(f"http://127.0.0.1:{self.port}/ui/", said)
        self.assertEqual(self.ask("GET", "/ui/").status, 200)
        counts = wait_until(
            lambda: self.settled(self.get("/v1/messages/counts")), 60,
            "messages were delivered, by receipts too, and failed")
        self.assertTrue(counts["complete"])
        self.assertTrue(self.get("/v1/failures")["data"])
        names = {one["name"]: one for one in self.get("/v1/providers")["data"]}
        self.assertEqual(sorted(names), ["hooks", "mail", "signal-alerts", "signal-main", "sms",
                                         "sms-spare"])
        self.assertFalse(names["sms-spare"]["active"])
        self.assertEqual({key["name"] for key in self.get("/v1/keys")["data"]},
                         {"operator", "shop", "monitoring", "old-shop"})
        self.assertEqual([one["provider"] for one in self.get("/v1/users/1/providers")],
                         ["signal-alerts", "signal-main", "sms", "mail"])
        points = wait_until(lambda: self.get("/v1/overview")["accepted"], 20, "the hour began")
        self.assertGreater(points[0], 50)
        self.assertEqual(os.listdir(self.home), [])

    @staticmethod
    def settled(counts):
        by = counts["by_outcome"]
        return counts if by["delivered"] and by["failed"] and by["sent"] else None

    def test_its_captcha_can_be_solved(self):
        self.start()
        path = "/v1/providers/signal-alerts"
        wait_until(lambda: self.get(path)["challenge"], 60, "Signal asks for a captcha")
        captcha = re.search(r"signalcaptcha://\S+", self.demo.output()).group()
        answer = self.ask("POST", path + "/challenge", {"captcha": captcha})
        self.assertEqual(answer.status, 200, answer)
        self.assertIsNone(answer.json["challenge"])

    def test_nobody_else_can_reach_it_and_it_stops_like_any_server(self):
        self.start()
        addresses = subprocess.run(["hostname", "-I"], capture_output=True, text=True,
                                   check=True).stdout.split()
        for address in addresses:
            with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
                probe.settimeout(5)
                self.assertNotEqual(probe.connect_ex((address, self.port)), 0, address)
        self.demo.signal(signal.SIGHUP)
        self.assertEqual(self.ask("GET", "/readyz").status, 200)
        self.demo.signal(signal.SIGTERM)
        self.assertEqual(self.demo.wait(45), 0)
        self.assertEqual(os.listdir(self.temporary), [])

    def test_it_is_never_mixed_with_a_real_server(self):
        config = os.path.join(self.folder, "config.toml")
        with open(config, "w", encoding="utf-8") as file:
            file.write('[database]\nurl = "sqlite:real.db"\n')
        for options, environment, code, sentence in (
                (["--config", config], {}, 2, "leave --config and --migrate out"),
                (["--migrate"], {}, 2, "leave --config and --migrate out"),
                ([], {"POSTRIDER_DATABASE__URL": "sqlite:real.db"}, 1,
                 "unset POSTRIDER_DATABASE__URL"),
                ([], {LISTEN: "0.0.0.0:0"}, 1, "listens on 127.0.0.1 only")):
            done = self.run_serve("--demo", *options, environment=environment)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(sentence, done.stderr)
            self.assertEqual(done.stdout, "")
        self.assertEqual(os.listdir(self.home), [])


if __name__ == "__main__":
    unittest.main()
