"""Programs that already send alerts, as Debian ships them: Alertmanager, Apprise and curl. Each
thinks that it talks to its own kind of server. Nothing that they send is lost, and nothing of
Alertmanager's comes twice."""

import datetime
import json
import os
import shutil
import subprocess
import time
import unittest

import peers  # noqa: F401  pylint: disable=unused-import
from databases import mysql_database, private_mariadb
from harness import Process, Scenario, free_port, http_request, program, wait_until

NUMBER = "+15557654321"
OUTAGE_SECONDS = 30


def alertmanager_program():
    found = shutil.which("prometheus-alertmanager")
    if not found:
        raise FileNotFoundError("prometheus-alertmanager is missing: run tools/setup.sh --tests")
    return found


class Alertmanager:
    """With one receiver, and short intervals."""

    def __init__(self, folder, name, url, key, repeat_interval="4h"):
        self.folder = os.path.join(folder, name)
        os.makedirs(self.folder)
        self.port = free_port()
        self.url, self.repeat_interval = url, repeat_interval
        self.configure(key)
        self.process = Process(
            [alertmanager_program(), f"--config.file={self.folder}/alertmanager.yml",
             f"--storage.path={self.folder}/data", f"--web.listen-address=127.0.0.1:{self.port}",
             "--cluster.listen-address="], os.path.join(self.folder, "alertmanager"))
        wait_until(self.ready, 30, "Alertmanager is ready")

    def configure(self, key):
        with open(os.path.join(self.folder, "key"), "w", encoding="ascii") as file:
            file.write(key)
        # The receiver is that of docs/guides/alertmanager.md.
        with open(os.path.join(self.folder, "alertmanager.yml"), "w", encoding="ascii") as file:
            file.write(f"""
route:
  receiver: postrider
  group_by: [alertname]
  group_wait: 1s
  group_interval: 5s
  repeat_interval: {self.repeat_interval}
receivers:
  - name: postrider
    webhook_configs:
      - url: {self.url}
        http_config:
          authorization:
            credentials_file: {self.folder}/key
""")

    def ready(self):
        try:
            return http_request(self.port, "GET", "/-/ready", timeout=5).status == 200
        except OSError:
            return False

    def reload(self):
        assert http_request(self.port, "POST", "/-/reload").status == 200

    def alert(self, name, ended=False, **annotations):
        now = datetime.datetime.now(datetime.timezone.utc)
        one = {"labels": {"alertname": name, "instance": "web1", "severity": "critical"},
               "annotations": {"summary": f"{name} is bad", **annotations},
               "generatorURL": "http://prom.example/graph",
               "startsAt": "2026-01-02T03:04:05Z"}
        if ended:
            one["endsAt"] = now.isoformat()
        answer = http_request(self.port, "POST", "/api/v2/alerts", [one])
        assert answer.status == 200, answer

    def count(self, family):
        """A counter of its own for webhooks."""
        text = http_request(self.port, "GET", "/metrics").body.decode()
        return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines()
                   if line.startswith(family) and 'integration="webhook"' in line)

    def failures(self):
        return self.count("alertmanager_notification_requests_failed_total")


class WaysIn(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.mariadb = self.stack.enter_context(private_mariadb(self.folder))
        self.database = self.stack.enter_context(mysql_database(self.mariadb.url))
        self.server = self.make_server(
            self.database, [self.sim.provider("signal")], auth={"required": True},
            limits={"accepts_in_flight": 1},
            database={"statement_timeout": "20s", "connect_timeout": "1s"},
            source=[{"name": "alerts", "type": "alertmanager", "to": ["user:7"],
                     "max_characters": 1500},
                    {"name": "apprise", "type": "apprise", "to": ["user:7"]},
                    {"name": "gotify", "type": "gotify", "to": ["user:7"]},
                    {"name": "ntfy", "type": "ntfy", "to": ["user:7"], "host": "localhost"}])
        self.root = self.make_key("root", "--scope", "admin")
        self.key = self.make_key("ways-in", "--scope", "ingest")
        self.server.start()
        answer = self.server.request("PUT", "/v1/users/7/providers",
                                     [{"provider": "signal", "address": NUMBER}], self.admin())
        self.assertEqual(answer.status, 200, answer)

    def admin(self):
        return {"Authorization": "Bearer " + self.root}

    def make_key(self, name, *options):
        done = subprocess.run(
            [program("postrider"), "keys", "create", "--name", name, *options, "--config",
             self.server.config], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def start_alertmanager(self, name="am", key=None):
        made = Alertmanager(self.folder, name, f"http://127.0.0.1:{self.server.port}/in/alerts",
                            key or self.key)
        self.stack.callback(made.process.kill)
        return made

    def texts(self, word):
        """The messages with this word in them, each as often as it was sent."""
        return [text for text, count in self.sim.accepted("signal").items() if word in text
                for _ in range(count)]

    def wait_for(self, word, seconds=60):
        return wait_until(lambda: self.texts(word), seconds, f"{word!r} has arrived")[0]

    def requests(self, source):
        return self.server.request("GET", f"/v1/sources/{source}/requests", None,
                                   self.admin()).json["data"]

    def test_an_alert_fires_and_resolves(self):
        manager = self.start_alertmanager()
        manager.alert("HighLatency")
        self.assertEqual(
            self.wait_for("FIRING HighLatency"),
            "[FIRING:1] HighLatency\nFIRING HighLatency, web1 (critical)\nHighLatency is bad\n"
            "http://prom.example/graph")
        manager.alert("HighLatency", ended=True)
        self.assertTrue(self.wait_for("RESOLVED HighLatency").startswith("[RESOLVED:1] "))
        self.assertEqual(manager.failures(), 0)
        self.assertEqual(len(self.texts("HighLatency")), 2)
        shown = self.requests("alerts")
        self.assertEqual([one["result"] for one in shown], ["stored", "stored"])
        self.assertTrue(shown[0]["user_agent"].startswith("Alertmanager/"))

    def test_a_full_server_gets_the_alert_again(self):
        manager = self.start_alertmanager()
        self.mariadb.freeze()
        # One message is all that may be on its way into the database.
        waiting = subprocess.Popen(
            ["curl", "-s", "-m", "60", "-H", f"Authorization: Bearer {self.key}", "-d",
             '{"title": "", "message": "first"}',
             f"http://127.0.0.1:{self.server.port}/in/apprise"],
            stdout=subprocess.DEVNULL)
        time.sleep(1)
        manager.alert("Full")
        wait_until(lambda: manager.failures() > 0, 20, "the alert was refused")
        refused = self.requests("alerts")[0]
        self.assertEqual((refused["status"], refused["result"]), (503, "unavailable"), refused)
        self.mariadb.thaw()
        self.wait_for("FIRING Full")
        waiting.wait(60)
        time.sleep(2)
        self.assertEqual(len(self.texts("FIRING Full")), 1)

    def test_the_database_is_away_for_half_a_minute(self):
        manager = self.start_alertmanager()
        self.mariadb.kill()
        manager.alert("Away")
        until = time.monotonic() + OUTAGE_SECONDS
        wait_until(lambda: manager.failures() > 0, 25, "the alert was refused")
        time.sleep(max(0, until - time.monotonic()))
        self.assertEqual(self.texts("Away"), [])
        self.mariadb.start()
        self.wait_for("FIRING Away", 90)
        time.sleep(6)
        self.assertEqual(len(self.texts("FIRING Away")), 1)

    def test_the_server_dies_before_it_answers(self):
        manager = self.start_alertmanager()
        # The provider has the message before Alertmanager has the answer: Postrider is killed when
        # the message is stored, and Alertmanager repeats its post until it gets one.
        for round_ in range(3):
            name = f"Crash{round_}"
            manager.alert(name)
            self.wait_for(f"FIRING {name}")
            self.server.kill()
            manager.alert(f"{name}Later")
            time.sleep(2)
            self.server.start()
            self.wait_for(f"FIRING {name}Later")
        time.sleep(6)
        for round_ in range(3):
            self.assertEqual(len(self.texts(f"FIRING Crash{round_},")), 1, round_)
            self.assertEqual(len(self.texts(f"FIRING Crash{round_}Later,")), 1, round_)

    def test_two_alertmanagers_tell_the_same(self):
        first, second = self.start_alertmanager("one"), self.start_alertmanager("two")
        first.alert("Pair")
        second.alert("Pair")
        self.wait_for("FIRING Pair")
        # While the first is being stored, the second may be told to come again.
        def told():
            return sorted(one["result"] for one in self.requests("alerts")
                          if one["result"] != "unavailable")
        wait_until(lambda: len(told()) == 2, 30, "both have told it")
        self.assertEqual(told(), ["repeated", "stored"])
        self.assertEqual(len(self.texts("FIRING Pair")), 1)

    def test_a_bad_credential_is_seen_and_mended(self):
        manager = self.start_alertmanager(key="pr_" + "x" * 43)
        manager.alert("Locked")
        wait_until(lambda: manager.failures() > 0, 20, "the alert was refused")
        shown = self.requests("alerts")[0]
        self.assertEqual((shown["status"], shown["result"]), (401, "refused"))
        self.assertIn("no such key", shown["detail"])
        manager.configure(self.key)
        manager.reload()
        self.wait_for("FIRING Locked")

    def test_a_long_list_of_alerts(self):
        manager = self.start_alertmanager()
        now = [{"labels": {"alertname": "Many", "instance": f"web{i}"},
                "annotations": {"summary": f"disk {i} is full"}} for i in range(200)]
        http_request(manager.port, "POST", "/api/v2/alerts", now)
        text = self.wait_for("more alerts")
        self.assertLessEqual(len(text), 1600)

    def apprise(self, *arguments):
        done = subprocess.run(["apprise", "-v", *arguments], capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_apprise(self):
        port = self.server.port
        note = os.path.join(self.folder, "note.txt")
        with open(note, "w", encoding="ascii") as file:
            file.write("hello")
        self.apprise("-t", "Disk full", "-b", "/var is 97%", "-n", "failure", "-a", note,
                     f"json://any:{self.key}@127.0.0.1:{port}/in/apprise?:channel=sms")
        text = self.wait_for("/var is 97%")
        self.assertTrue(text.startswith("Disk full\n/var is 97%\nAttachment: note.txt ("), text)
        self.assertIn("5 bytes)", text)
        self.apprise("-t", "By header", "-b", "json again",
                     f"json://127.0.0.1:{port}/in/apprise?+Authorization=Bearer%20{self.key}")
        self.wait_for("json again")
        self.apprise("-t", "From gotify", "-b", "a gotify message",
                     f"gotify://127.0.0.1:{port}/in/gotify/{self.key}?priority=high")
        self.assertEqual(self.wait_for("a gotify message"), "From gotify\na gotify message")
        self.apprise("-t", "From ntfy", "-b", "an ntfy message",
                     f"ntfy://any:{self.key}@localhost:{port}/backups?priority=max&tags=skull")
        self.assertEqual(self.wait_for("an ntfy message"), "From ntfy\nan ntfy message")
        for source in ("apprise", "gotify", "ntfy"):
            self.assertEqual({one["result"] for one in self.requests(source)}, {"stored"}, source)
        wrong = subprocess.run(["apprise", "-b", "x", f"gotify://127.0.0.1:{port}/in/gotify/nokey"],
                               capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(wrong.returncode, 1, wrong.stdout + wrong.stderr)

    def test_apprise_when_the_server_is_full(self):
        # It does not repeat: whoever calls it must see that it failed.
        self.server.request("POST", "/admin/drain", None, self.admin())
        url = f"json://any:{self.key}@127.0.0.1:{self.server.port}/in/apprise"
        failed = subprocess.run(["apprise", "-b", "drained", url], capture_output=True, timeout=60,
                                check=False)
        self.assertEqual(failed.returncode, 1)
        self.server.request("POST", "/admin/resume", None, self.admin())
        self.apprise("-b", "drained", url)
        self.wait_for("drained")

    def test_curl_repeats_by_itself(self):
        self.server.kill()
        waiting = subprocess.Popen(
            ["curl", "-sS", "--retry", "10", "--retry-connrefused", "--retry-delay", "1", "-H",
             "Idempotency-Key: nightly 1", "-d", '{"title": "", "message": "by curl"}',
             f"http://127.0.0.1:{self.server.port}/in/apprise/{self.key}"],
            stdout=subprocess.PIPE)
        time.sleep(1)
        self.server.start()
        out, _ = waiting.communicate(timeout=60)
        self.assertEqual(json.loads(out)["messages"][0]["to"], "user:7")
        self.wait_for("by curl")


if __name__ == "__main__":
    unittest.main()
