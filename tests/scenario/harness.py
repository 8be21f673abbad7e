"""Helpers of all scenarios: the real programs, started on free loopback ports and always ended.

By hand, for example:  python3 tests/scenario/fallback.py -v
    POSTRIDER, PROVIDER_SIM, BENCH  the programs (in build/dev/bin)
    POSTRIDER_SCENARIO_DIR   where temporary folders are made (build/scenario)
    POSTRIDER_TEST_DATABASE  sqlite (default) or mysql
    POSTRIDER_TEST_MYSQL     URL of a server to use; otherwise a private MariaDB is started
    POSTRIDER_KEEP           leave the temporary folder, with all logs, where it is
"""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from configuration_text import config_text
from contract import CONTRACT
from databases import open_database
from processes import (SOURCE, WORK, Process, die_with_parent, free_port,  # noqa: F401
                       program, wait_until)


class Answer:
    """An HTTP server's answer."""

    def __init__(self, response, body, seconds):
        self.status = response.status
        self.headers = response.headers
        self.body = body
        self.seconds = seconds

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"HTTP {self.status} {self.body[:2000]!r}"


def http_request(port, method, path, body=None, headers=None, timeout=40):
    start = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
            headers = {"Content-Type": "application/json", **(headers or {})}
        connection.request(method, path, body, headers or {})
        response = connection.getresponse()
        return Answer(response, response.read(), time.monotonic() - start)
    finally:
        connection.close()


class ProviderSim:
    """provider-sim with a port of its own for each named provider."""

    def __init__(self, folder, names, *options, smtp=()):
        ports = os.path.join(folder, "sim.port")
        command = [program("provider-sim"), "--port-file", ports, *options]
        for name in names:
            command += ["--provider", f"{name}=127.0.0.1:0"]
        for name in smtp:
            command += ["--smtp", f"{name}=127.0.0.1:0"]
        self.process = Process(command, os.path.join(folder, "provider-sim"))
        wait_until(lambda: os.path.exists(ports) or not self.process.running(), 10,
                   "provider-sim has started")
        with open(ports, encoding="ascii") as lines:
            first, *rest = lines.read().splitlines()
        self.port = int(first)
        self.ports = {name: int(port) for name, port in (line.split() for line in rest)}

    def control(self, method, name, resource, body=None):
        answer = http_request(self.port, method, f"/control/{name}/{resource}", body)
        if answer.status not in (200, 204):
            raise AssertionError(f"provider-sim: {answer}")
        return answer.json if answer.body else None

    def behave(self, name, **behaviour):
        self.control("PUT", name, "behaviour", behaviour)

    def tally(self, name):
        return self.control("GET", name, "tally")

    def accepted(self, name):
        """body -> how often it was accepted; needs --keep-texts."""
        counts = {}
        while True:
            page = self.control("GET", name, f"accepted?offset={len(counts)}&limit=50000")
            for one in page["accepted"]:
                counts[one["body"]] = counts.get(one["body"], 0) + one["count"]
            if len(counts) >= page["total"] or not page["accepted"]:
                return counts

    def accepted_by_recipient(self, name):
        """(recipient, body) -> how often it was accepted; needs --keep-texts."""
        counts = {}
        while True:
            page = self.control("GET", name, f"accepted?offset={len(counts)}&limit=50000")
            for one in page["accepted"]:
                counts[one["recipient"], one["body"]] = one["count"]
            if len(counts) >= page["total"] or not page["accepted"]:
                return counts

    def times_accepted(self, name, bodies):
        return self.control("POST", name, "query", {"bodies": bodies})["counts"]

    def provider(self, name, **keys):
        """The [[provider]] table for it."""
        return {"name": name, "type": "signal", "url": f"http://127.0.0.1:{self.ports[name]}",
                "account": "+15550001111", "timeout": "5s", "connect_timeout": "1s", **keys}


class Server:
    """postrider serve, on the same port after every restart."""

    SECRET = "a secret of the scenarios"

    def __init__(self, folder, database, providers, /, **sections):
        self.folder = folder
        self.database = database
        self.port = free_port()
        # A scenario that wants receipts says: receipts={}.
        if "receipts" in sections:
            sections["receipts"] = {"public_url": f"http://127.0.0.1:{self.port}",
                                    "secret_env": "POSTRIDER_SCENARIO_SECRET",
                                    **sections["receipts"]}
        self.config = os.path.join(folder, "config.toml")
        self.process = None
        # Called in the child before the program begins.
        self.prepare = die_with_parent
        # Secrets of providers: their keys name a variable.
        self.environment = {}
        self.sections = {
            **sections,
            "http": {"listen": f"127.0.0.1:{self.port}", **sections.get("http", {})},
            "database": {"url": database.url, **sections.get("database", {})},
            "node": {"lease": "30s", **sections.get("node", {})},
        }
        self.configure(providers)

    def configure(self, providers):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(config_text(self.sections, providers))

    def reload(self, seconds=20):
        """SIGHUP; what the log says of it."""
        def lines():
            return [line for line in self.process.errors().splitlines()
                    if "reloaded" in line or "nothing changed" in line]
        before = len(lines())
        self.process.signal(signal.SIGHUP)
        return wait_until(lambda: lines()[before:], seconds, "the configuration was reloaded")[0]

    def launch(self):
        port_file = os.path.join(self.folder, "postrider.port")
        with contextlib.suppress(FileNotFoundError):
            os.remove(port_file)
        command = [program("postrider"), "serve", "--config", self.config, "--port-file", port_file]
        self.process = Process(command, os.path.join(self.folder, "postrider"),
                               {"POSTRIDER_SCENARIO_SECRET": self.SECRET, **self.environment},
                               self.prepare)

    def start(self, seconds=20):
        """Returns how long it took until /readyz said so."""
        begin = time.monotonic()
        self.launch()
        wait_until(lambda: self.ready() or self.must_run(), seconds, "postrider is ready")
        return time.monotonic() - begin

    def must_run(self):
        if not self.process.running():
            raise AssertionError(f"postrider ended with {self.process.child.returncode}:\n"
                                 + self.process.errors()[-3000:])

    def ready(self):
        try:
            return self.request("GET", "/readyz", timeout=5).status == 200
        except OSError:
            return False

    def kill(self):
        self.process.kill()

    def stop(self, seconds=45):
        """SIGTERM; its exit code and how long it took."""
        begin = time.monotonic()
        self.process.signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        return code, time.monotonic() - begin

    def request(self, method, path, body=None, headers=None, timeout=40):
        answer = http_request(self.port, method, path, body, headers, timeout)
        CONTRACT.hold(method, path, body, answer)
        return answer

    def send(self, user, recipient, text, **members):
        answer = self.request("POST", "/send/message", {"user_id": user, "recipients": [recipient],
                                                        "message": text, **members})
        if answer.status != 202:
            raise AssertionError(f"not accepted: {answer}")
        return answer.json

    def message(self, message_id):
        return self.request("GET", f"/v1/messages/{message_id}").json

    def transaction(self, number):
        return self.request("GET", f"/v1/transactions/{number}").json

    def wait_for_end(self, receipt, seconds=20):
        """The message as it ended."""
        def ended():
            found = self.message(receipt["message_id"])
            return found if found["status"] in ("success", "failed") else None
        return wait_until(ended, seconds, f"message {receipt['message_id']} has ended")

    def rows(self):
        """Rows of the database by state; nothing when they could not be counted in time."""
        answer = self.request("GET", "/admin/inspect?section=database")
        return answer.json["database"].get("rows") if answer.status == 200 else None

    def counted_rows(self):
        """The same, as soon as they could be counted."""
        return wait_until(self.rows, 10, "the rows were counted")

    def drained(self):
        rows = self.rows()
        return rows and rows["pending"] + rows["processing"] + rows["failed"] == 0

    def command(self, *arguments, seconds=60):
        """Runs one of postrider's commands against this server."""
        environment = {**os.environ, "POSTRIDER_URL": f"http://127.0.0.1:{self.port}"}
        return subprocess.run([program("postrider"), *arguments], capture_output=True, text=True,
                              timeout=seconds, env=environment, check=False)


class Bench:
    """A load that remembers what it was answered."""

    def __init__(self, folder, server, **options):
        self.history_file = os.path.join(folder, "history.ndjson")
        command = [program("bench"), "--url", f"http://127.0.0.1:{server.port}", "--json",
                   "--history", self.history_file]
        for name, value in options.items():
            command += ["--" + name.replace("_", "-"), str(value)]
        self.process = Process(command, os.path.join(folder, "bench"))

    def end(self, seconds=60):
        """Ends it early or waits for its end; its report."""
        if self.process.running():
            self.process.signal(signal.SIGTERM)
        self.process.wait(seconds)
        return json.loads(self.process.output())

    def history(self):
        with open(self.history_file, encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]


class Scenario(unittest.TestCase):
    """A test with a folder, a database and processes that are all gone afterwards."""

    def setUp(self):
        os.makedirs(WORK, exist_ok=True)
        name = os.path.splitext(os.path.basename(sys.argv[0]))[0]
        self.folder = tempfile.mkdtemp(prefix=name + "-", dir=WORK)
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.clean_up)

    def clean_up(self):
        self.stack.close()
        failed = any(problem for _, problem in getattr(self._outcome, "errors", [])) or any(
            test is self for test, _ in self.result_problems())
        if failed or "POSTRIDER_KEEP" in os.environ:
            print(f"logs: {self.folder}", file=sys.stderr)
        else:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.assertEqual(CONTRACT.take_problems(), [], "not as http/openapi/openapi.yaml says")

    def result_problems(self):
        result = getattr(self._outcome, "result", None)
        return (result.failures + result.errors) if result else []

    @staticmethod
    def wants_mysql():
        return os.environ.get("POSTRIDER_TEST_DATABASE", "sqlite") != "sqlite"

    def open_database(self):
        return self.stack.enter_context(open_database(self.folder))

    def start_sim(self, *names, options=(), smtp=()):
        sim = ProviderSim(self.folder, names, *options, smtp=smtp)
        self.stack.callback(sim.process.kill)
        return sim

    def make_server(self, database, providers, /, **sections):
        return self.use(Server(self.folder, database, providers, **sections))

    def use(self, server):
        self.stack.callback(lambda: server.process and server.process.kill())
        return server

    def start_bench(self, server, **options):
        bench = Bench(self.folder, server, **options)
        self.stack.callback(bench.process.kill)
        return bench

    def assert_stops(self, server, seconds=30):
        code, took = server.stop()
        self.assertEqual(code, 0, server.process.errors()[-3000:])
        self.assertLess(took, seconds)
        return took

    def assert_verified(self, database_url):
        done = subprocess.run([program("postrider"), "verify", "--database", database_url],
                              capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
