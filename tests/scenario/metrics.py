"""Metrics, their dashboard and alerts, and the inspection, as an operator sees them."""

import json
import os
import re
import subprocess
import unittest

from harness import Scenario, free_port, program, wait_until

DOCS = os.path.join(os.path.dirname(__file__), "..", "..", "docs", "reference")


def promtool(*arguments, text=None):
    found = subprocess.run([program("promtool"), *arguments], input=text, capture_output=True,
                           text=True, timeout=60, check=False)
    return found.returncode, found.stdout + found.stderr


def family(name):
    """The family that a series of a histogram belongs to."""
    return re.sub(r"_(bucket|sum|count)$", "", name)


def series(text):
    """{name: [(labels, value)]} of the text format."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#") or not line:
            continue
        name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
        pairs = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels or ""))
        found.setdefault(name, []).append((pairs, float(value)))
    return found


class Metrics(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()
        self.sim = self.start_sim("alpha", "beta")
        circuit = {"failures": 1, "open_for": "60s"}
        self.server = self.make_server(
            self.database, [self.sim.provider("alpha", priority=1, circuit=circuit),
                            self.sim.provider("beta", priority=2, circuit=circuit)],
            messaging={"max_retries": 3, "retry_delay": "60s"},
            source=[{"name": "backup", "type": "text", "to": ["user:1"]}],
            smtp={"listen": [f"127.0.0.1:{free_port()}"]})
        self.server.start()

    def scrape(self):
        answer = self.server.request("GET", "/metrics")
        self.assertEqual(answer.status, 200, answer)
        self.assertTrue(answer.headers["Content-Type"].startswith("text/plain; version=0.0.4"))
        return answer.body.decode()

    def value(self, name, **labels):
        found = [value for pairs, value in series(self.scrape()).get(name, [])
                 if labels.items() <= pairs.items()]
        return sum(found) if found else None

    def live_through_something(self):
        """A success, a fallback, and messages that nobody takes."""
        self.server.wait_for_end(self.server.send(1, "+15551230001", "first"))
        self.sim.behave("alpha", down=True)
        self.server.wait_for_end(self.server.send(1, "+15551230002", "second"))
        self.sim.behave("beta", down=True)
        self.server.send(1, "+15551230003", "third")
        wait_until(lambda: self.value("postrider_circuit_state", provider="beta", state="open"),
                   20, "both circuits are open")
        self.server.send(1, "+15551230004", "fourth")
        wait_until(lambda: self.value("postrider_backlog_oldest_age_seconds", provider="alpha"),
                   20, "the backlog has an age")
        wait_until(lambda: self.value("postrider_backlog_transactions", provider="alpha",
                                      priority="normal", when="due"), 20, "the backlog has a size")

    def test_metrics_count_what_happened(self):
        self.live_through_something()
        self.server.request("GET", "/nothing/here")
        self.server.request("POST", "/send/message", {"user_id": 1})
        self.assertEqual(self.value("postrider_messages_accepted_total"), 4)
        self.assertEqual(self.value("postrider_transactions_finished_total",
                                    outcome="success", provider_type="signal"), 2)
        self.assertEqual(self.value("postrider_attempts_total", provider="alpha",
                                    outcome="accepted"), 1)
        self.assertGreaterEqual(self.value("postrider_attempts_total", provider="beta",
                                           outcome="unavailable"), 1)
        self.assertEqual(self.value("postrider_time_to_final_seconds_count"), 2)
        self.assertEqual(self.value("postrider_time_to_provider_seconds_count", provider="alpha"),
                         self.value("postrider_attempt_duration_seconds_count", provider="alpha"))
        self.assertEqual(self.value("postrider_circuit_state", provider="alpha", state="closed"), 0)
        self.assertEqual(self.value("postrider_http_requests_total", method="POST",
                                    route="/send/message", **{"class": "2xx"}), 4)
        self.assertEqual(self.value("postrider_http_requests_total", route="/send/message",
                                    **{"class": "4xx"}), 1)
        self.assertEqual(self.value("postrider_http_requests_total", route="none",
                                    **{"class": "4xx"}), 1)
        self.assertEqual(self.value("postrider_build_info"), 1)
        self.assertEqual(self.value("postrider_pipeline_restarts_total"), 0)
        for name, unbounded in (("postrider_ledger_commit_duration_seconds", "+Inf"),
                                ("postrider_ledger_batch_transitions", "+Inf")):
            text = series(self.scrape())
            whole = [value for labels, value in text[name + "_bucket"] if labels["le"] == unbounded]
            self.assertEqual(whole, [value for _, value in text[name + "_count"]])
            self.assertGreater(whole[0], 0)

    def test_promtool_finds_nothing_wrong(self):
        self.live_through_something()
        text = self.scrape()
        self.assertEqual(promtool("check", "metrics", text=text), (0, ""))
        # And it would: this is a counter without its suffix.
        code, said = promtool("check", "metrics",
                              text=text + "# HELP x_count y\n# TYPE x_count counter\nx_count 1\n")
        self.assertNotEqual((code, said), (0, ""))
        code, said = promtool("check", "rules", os.path.join(DOCS, "alerts.yml"))
        self.assertEqual(code, 0, said)

    def test_every_outcome_is_there_from_0(self):
        """Otherwise the first one of its kind is no increase."""
        for provider in ("alpha", "beta"):
            for outcome in ("success", "outcome_unknown", "recipient_rejected", "undelivered"):
                self.assertEqual(self.value("postrider_transactions_finished_total",
                                            provider=provider, outcome=outcome), 0)
        self.assertNotIn('provider="test:', "".join(
            line for line in self.scrape().splitlines() if "transactions_finished_total{" in line))

    def test_alerts_fire_for_what_they_are_for(self):
        code, said = promtool("test", "rules",
                              os.path.join(os.path.dirname(__file__), "alerts_test.yml"))
        self.assertEqual(code, 0, said)

    def test_dashboard_and_alerts_name_only_what_is_exposed(self):
        self.live_through_something()
        exposed = set(series(self.scrape())) | set(series(self.spool_metrics()))
        with open(os.path.join(DOCS, "grafana-dashboard.json"), encoding="utf-8") as file:
            board = json.load(file)
        queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        with open(os.path.join(DOCS, "alerts.yml"), encoding="utf-8") as file:
            alerts = file.read()
        named = set(re.findall(r"\bpostrider_\w+", "\n".join(queries)))
        self.assertGreater(len(named), 30)
        named |= set(re.findall(r"\bpostrider_\w+", alerts))
        self.assertEqual(named - exposed, set())
        # And nothing is counted that nobody looks at, but for what alerts and people need.
        unseen = {family(name) for name in exposed} - {family(name) for name in named}
        self.assertEqual(unseen, {
            "postrider_backlog", "postrider_backlog_transactions",
            "postrider_http_connections_total",
            "postrider_http_gateway_timeouts_total", "postrider_late_outcomes_total",
            "postrider_nodes_taken_over_total", "postrider_provider_paused_seconds"})

    def spool_metrics(self):
        """The text for node_exporter, while a mail waits."""
        environment = {**os.environ, "POSTRIDER_SPOOL": os.path.join(self.folder, "spool"),
                       "POSTRIDER_MAIL_SOCKET": os.path.join(self.folder, "nowhere")}

        def run(*command, given=None):
            return subprocess.run([program("postrider"), *command], input=given, text=True,
                                  check=True, capture_output=True, env=environment).stdout
        run("sendmail", "root", given="Subject: s\n\ntext\n")
        text = run("spool", "metrics")
        code, said = promtool("check", "metrics", text=text)
        self.assertEqual(code, 0, said)
        return text

    def test_metrics_are_there_when_the_pipeline_is_not(self):
        self.assert_stops(self.server)
        text = None
        self.server.launch()

        def early():
            nonlocal text
            try:
                text = self.server.request("GET", "/metrics", timeout=5).body.decode()
            except OSError:
                return False
            return True
        wait_until(early, 20, "the server answers")
        self.assertIn("postrider_ready", text)


class Inspection(Scenario):
    SECTIONS = ("build", "node", "senders", "scheduler", "ledger", "intake", "selector", "archiver",
                "supervisor", "database", "http", "receipts", "retention", "events")

    def lacking(self, whole):
        """The sections that are missing, or that did not answer in time."""
        def parts(section):
            found = whole.get(section, {"error": "missing"})
            return found if isinstance(found, list) else [found]
        return [section for section in self.SECTIONS
                if any("error" in part for part in parts(section))]

    def test_answers_soon_under_full_load_and_lacks_nothing(self):
        database = self.open_database()
        sim = self.start_sim("alpha", "beta")
        server = self.make_server(database, [sim.provider("alpha", max_in_flight=50),
                                             sim.provider("beta", max_in_flight=50)])
        server.start()
        bench = self.start_bench(server, connections=64, duration=8)
        times, whole = [], None
        wait_until(lambda: server.request("GET", "/admin/inspect").json["intake"].get("accepted",
                                                                                      0) > 500,
                   20, "the load has begun")
        while bench.process.running() and len(times) < 100:
            answer = server.request("GET", "/admin/inspect")
            self.assertEqual(answer.status, 200)
            times.append(answer.seconds)
            # A part that is asked under full load may answer too late for one of them.
            if not self.lacking(answer.json):
                whole = answer.json
        bench.end()
        times.sort()
        print(f"inspection under load: {len(times)} times, p50 {times[len(times) // 2] * 1e3:.1f} "
              "ms,"
              f" p99 {times[int(len(times) * 0.99)] * 1e3:.1f} ms, worst {times[-1] * 1e3:.1f} ms")
        self.assertGreater(len(times), 20)
        # The median: the machine also makes the load, runs the providers and this.
        self.assertLess(times[len(times) // 2], 0.25)
        self.assertIsNotNone(whole,
                             f"each lacks something, the last one {self.lacking(answer.json)}")


if __name__ == "__main__":
    unittest.main()
