"""Sources: what programs that already send alerts send to /in/NAME, and what becomes of it.

The requests of Grafana, Gotify and ntfy are those of their documentation, byte for byte; curl is
the real one. tests/peers/ways_in.py has Alertmanager and Apprise.
"""

import base64
import json
import os
import re
import socket
import subprocess
import threading
import unittest

from databases import SOURCE
from harness import Scenario, http_request, program, wait_until

NUMBER, OTHER = "+15557654321", "+15551234567"
FORM = "application/x-www-form-urlencoded"

ALERT = {
    "receiver": "ours", "status": "firing", "version": "4", "externalURL": "http://vm:9093",
    "groupKey": '{}:{alertname="HighLatency"}', "truncatedAlerts": 0,
    "groupLabels": {"alertname": "HighLatency"},
    "commonLabels": {"alertname": "HighLatency", "severity": "critical"}, "commonAnnotations": {},
    "alerts": [{
        "status": "firing", "startsAt": "2026-11-23T03:39:29Z", "endsAt": "0001-01-01T00:00:00Z",
        "labels": {"alertname": "HighLatency", "instance": "web1", "severity": "critical"},
        "annotations": {"summary": "p99 is 2.1s"}, "generatorURL": "http://prom.example/graph",
        "fingerprint": "28520d952c735e30"}]}


def resolved(alert):
    made = json.loads(json.dumps(alert))
    made["status"] = made["alerts"][0]["status"] = "resolved"
    made["alerts"][0]["endsAt"] = "2026-11-23T03:49:29Z"
    return made


SOURCES = [
    {"name": "backup", "type": "text", "to": ["user:7"], "title": "Backup"},
    {"name": "free", "type": "text", "to": ["user:7"], "user_id": 7, "allow_to": True,
     "allow_get": True},
    {"name": "events", "type": "json", "to": ["user:7"], "message": "{{what}} on {{host}}",
     "values": {"host": "/tags/host name"}, "dedupe_key": "{{id}}"},
    {"name": "alerts", "type": "alertmanager", "to": ["user:7"]},
    {"name": "grafana", "type": "grafana", "to": ["user:7"]},
    {"name": "gotify", "type": "gotify", "to": ["user:7"], "host": "gotify.example.org"},
    {"name": "ntfy", "type": "ntfy", "to": ["user:7"], "host": "ntfy.example.org",
     "topics": {"doors": ["user:8"]}},
    {"name": "apprise", "type": "apprise", "to": ["user:7"]},
    {"name": "pair", "type": "alertmanager", "to": ["user:7", "user:9"]},
]


def bearer(key):
    return {"Authorization": "Bearer " + key}


class WithSources(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.database = self.open_database()
        self.server = self.make_server(self.database, self.providers(), auth={"required": True},
                                       source=SOURCES, log={"level": "debug"})
        self.root = self.make_key("root", "--scope", "admin")
        self.key = self.make_key("ways-in", "--scope", "ingest")
        self.server.start()
        self.set_user(7, NUMBER)
        self.set_user(8, OTHER)

    def providers(self):
        return [self.sim.provider("signal")]

    def new_key(self, name, *scopes, **members):
        """Made by the server, which knows it at once; one of make_key only within a second."""
        answer = self.server.request("POST", "/v1/keys", {
            "name": name, "scopes": list(scopes), **members}, bearer(self.root))
        self.assertEqual(answer.status, 201, answer)
        return answer.json["key"]

    def make_key(self, name, *options):
        done = subprocess.run(
            [program("postrider"), "keys", "create", "--name", name, *options, "--config",
             self.server.config], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def set_user(self, user, number):
        answer = self.server.request("PUT", f"/v1/users/{user}/providers",
                                     [{"provider": "signal", "address": number}],
                                     bearer(self.root))
        self.assertEqual(answer.status, 200, answer)

    def post(self, path, body, headers=None, key=None, method="POST"):
        return self.server.request(method, path, body,
                                   {**bearer(key or self.key), **(headers or {})})

    def posted(self, path, body, headers=None, status=200):
        answer = self.post(path, body, headers)
        self.assertEqual(answer.status, status, answer)
        return answer

    def arrived(self, number=NUMBER):
        return {text: count for (to, text), count in
                self.sim.accepted_by_recipient("signal").items() if to == number}

    def wait_for(self, text, number=NUMBER, seconds=20):
        """Until a message with this in it has arrived; its whole text."""
        def found():
            return [one for one in self.arrived(number) if text in one]
        return wait_until(found, seconds, f"{text!r} has arrived")[0]

    def requests(self, source):
        answer = self.server.request("GET", f"/v1/sources/{source}/requests", None,
                                     bearer(self.root))
        self.assertEqual(answer.status, 200, answer)
        return answer.json["data"]

    def restart(self):
        self.server.kill()
        self.server.start()


class Text(WithSources):
    def curl(self, *arguments):
        done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *arguments],
                              capture_output=True, text=True, timeout=60, check=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def url(self, path):
        return f"http://127.0.0.1:{self.server.port}{path}"

    def test_curl_as_the_guide_has_it(self):
        status, body = self.curl("-d", "Backup failed: 50% & more", self.url(
            f"/in/backup/{self.key}"))
        self.assertEqual(status, 202, body)
        self.assertEqual(json.loads(body)["messages"][0]["to"], "user:7")
        self.assertEqual(self.wait_for("Backup failed"), "Backup\nBackup failed: 50% & more")
        status, body = self.curl("-H", f"Authorization: Bearer {self.key}", "--data-binary",
                                 "two\nlines", self.url("/in/backup?title=Nightly"))
        self.assertEqual(status, 202, body)
        self.wait_for("two\nlines")
        status, body = self.curl("-u", f"curl:{self.key}", "-d", "title=T&message=a form",
                                 self.url("/in/free"))
        self.assertEqual(status, 202, body)
        self.assertEqual(self.wait_for("a form"), "T\na form")
        # For devices that can do no more.
        status, body = self.curl(self.url(f"/in/free?key={self.key}&text=by+GET"))
        self.assertEqual(status, 202, body)
        self.wait_for("by GET")
        status, body = self.curl(self.url(f"/in/backup?key={self.key}&text=by+GET"))
        self.assertEqual(status, 405, body)
        self.assertIn("allow_get", json.loads(body)["detail"])

    def test_the_same_text_twice_is_two_messages_unless_a_key_says_no(self):
        for _ in range(2):
            self.posted("/in/backup", "again", {"Content-Type": "text/plain"}, 202)
        wait_until(lambda: self.arrived().get("Backup\nagain") == 2, 20, "both arrived")
        once = {"Content-Type": "text/plain", "Idempotency-Key": "night 7"}
        first = self.posted("/in/backup", "once", once, 202).json
        second = self.posted("/in/backup", "once", once, 202)
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")
        self.assertEqual(second.json["messages"][0]["message_id"],
                         first["messages"][0]["message_id"])
        self.wait_for("once")
        other = self.post("/in/backup", "another", once)
        self.assertEqual(other.status, 422, other)
        self.assertEqual(other.json["code"], "idempotency_mismatch")

    def test_recipients_of_the_request(self):
        self.posted(f"/in/free?to=user:8,{NUMBER}", "to both", {"Content-Type": "text/plain"}, 202)
        self.wait_for("to both")
        self.wait_for("to both", OTHER)
        refused = self.post("/in/backup?to=user:8", "no", {"Content-Type": "text/plain"})
        self.assertEqual(refused.status, 403, refused)
        self.assertIn("allow_to", refused.json["detail"])

    def test_large_bodies(self):
        large = "x" * (5 * 1024 * 1024)
        self.posted("/in/backup", large, {"Content-Type": "text/plain"}, 202)
        text = self.wait_for("more characters)")
        self.assertLessEqual(len(text), 10_010)
        refused = self.post("/in/backup", "x" * (9 * 1024 * 1024))
        self.assertEqual(refused.status, 413, refused)
        # The limit of all other paths stays.
        other = self.server.request("POST", "/v1/messages", {
            "user_id": 7, "message": "x", "metadata": {"x": large}}, bearer(self.root))
        self.assertEqual(other.status, 413, other)

    def test_what_is_refused_says_what_to_do(self):
        for path, body, status, word in (
                ("/in/backup", "", 400, "curl -d"),
                ("/in/backup/x", "x", 404, "/in/backup"),
                ("/in/nothing", "x", 404, "[[source]]"),
                ("/in/events", "no json", 400, "type \"text\""),
                ("/in/alerts", "{}", 400, "`alerts`")):
            # A key in Authorization alone is looked at where there is no source.
            answer = self.post(path, body, key=self.root)
            self.assertEqual(answer.status, status, (path, answer))
            self.assertIn(word, answer.json["detail"], path)
        answer = self.post("/in/backup", "x", method="DELETE")
        self.assertEqual(answer.status, 405, answer)


class Keys(WithSources):
    def status(self, path="/in/backup", headers=None):
        answer = self.server.request("POST", path, "with a key",
                                     {"Content-Type": "text/plain", **(headers or {})})
        return answer.status

    def test_a_key_is_found_wherever_a_client_can_put_it(self):
        pair = base64.b64encode(f"any:{self.key}".encode()).decode()
        auth = base64.b64encode(f"Basic {pair}".encode()).decode().rstrip("=")
        for path, headers in (
                ("/in/backup", bearer(self.key)),
                ("/in/backup", {"Authorization": "Basic " + pair}),
                ("/in/backup", {"X-Gotify-Key": self.key}), (f"/in/backup?key={self.key}", None),
                (f"/in/backup?token={self.key}", None), (f"/in/backup?auth={auth}", None),
                (f"/in/backup/{self.key}", None)):
            self.assertEqual(self.status(path, headers), 202, (path, headers))
        bad = "pr_" + "x" * 43
        for path, headers in (
                ("/in/backup", None), ("/in/backup", bearer(bad)), (f"/in/backup/{bad}", None),
                (f"/in/backup?key={bad}", None), ("/in/backup", {"Authorization": "Basic x"})):
            self.assertEqual(self.status(path, headers), 401, (path, headers))

    def test_a_key_is_for_sources_and_for_its_own(self):
        limited = self.server.request("POST", "/v1/keys", {
            "name": "limited", "scopes": ["ingest"], "sources": ["alerts", "backup"]},
            bearer(self.root)).json
        self.assertEqual(limited["sources"], ["alerts", "backup"])
        self.assertEqual(self.status(headers=bearer(limited["key"])), 202)
        refused = self.post("/in/free", "x", key=limited["key"])
        self.assertEqual(refused.status, 403, refused)
        self.assertIn('not for the source "free"', refused.json["detail"])
        sender = self.new_key("sender", "send")
        self.assertEqual(self.post("/in/backup", "x", key=sender).status, 403)
        self.assertEqual(self.post("/v1/messages", {"user_id": 7, "message": "x"}).status, 403)
        made = self.make_key("by-command", "--scope", "ingest", "--source", "free")
        wait_until(lambda: self.post("/in/free", "x", key=made).status != 401, 10, "it is known")
        self.assertEqual(self.post("/in/backup", "x", key=made).status, 403)
        self.assertEqual(self.post("/in/free", "x", key=made).status, 202)
        for wrong in ({"scopes": ["send"], "sources": ["a"]}, {"scopes": ["ingest"], "users": [7]}):
            answer = self.server.request("POST", "/v1/keys", {"name": "wrong", **wrong},
                                         bearer(self.root))
            self.assertEqual(answer.status, 422, answer)

    def test_no_key_is_written_down(self):
        bad = "pr_" + "y" * 43
        self.status(f"/in/backup/{self.key}?key={bad}")
        self.status(f"/in/backup?token={self.key}", {"User-Agent": self.key})
        self.post("/in/backup", f"a body with {self.key} in it")
        self.post("/in/backup", f"key={bad}", key=bad)
        shown = json.dumps(self.requests("backup"))
        self.assertIn("a body with pr_*** in it", shown)
        for secret in (self.key, bad):
            self.assertNotIn(secret, shown)
            self.assertNotIn(secret, self.server.process.errors())

    def test_a_rate_that_is_used_up_is_503(self):
        slow = self.server.request("POST", "/v1/keys", {
            "name": "slow", "scopes": ["ingest"], "rate_per_minute": 1}, bearer(self.root)).json
        self.assertEqual(self.status(headers=bearer(slow["key"])), 202)
        answer = self.post("/in/alerts", ALERT, key=slow["key"])
        self.assertEqual(answer.status, 503, answer)
        self.assertEqual(answer.json["code"], "rate_limited")
        self.assertIn("Retry-After", answer.headers)
        self.assertEqual(self.requests("alerts")[0]["result"], "unavailable")

    def test_a_test_key_sends_nothing(self):
        tester = self.new_key("tester", "ingest", test=True)
        self.assertEqual(self.post("/in/alerts", ALERT, key=tester).status, 200)
        # It takes nothing away from the real one.
        self.assertFalse(self.posted("/in/alerts", ALERT).json["messages"][0]["repeated"])
        self.wait_for("HighLatency")
        self.assertEqual(sum(self.arrived().values()), 1)


class Events(WithSources):
    EVENT = {"what": "Disk full", "id": 77, "tags": {"host name": "db 1"}}

    def check_one_message(self, path, body, text):
        """One event is one message, whatever becomes of the answers."""
        first = self.posted(path, body).json["messages"][0]
        self.assertFalse(first["repeated"])
        again = self.posted(path, body)
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertEqual(again.json["messages"][0]["message_id"], first["message_id"])
        self.wait_for(text)

    def test_an_alert_fires_is_repeated_and_resolves(self):
        self.check_one_message("/in/alerts", ALERT, "p99 is 2.1s")
        known = {**ALERT, "notification_reason": "first", "routeLabels": {}, "newer": [1]}
        self.assertTrue(self.posted("/in/alerts", known).json["messages"][0]["repeated"])
        self.posted("/in/alerts", resolved(ALERT))
        self.assertTrue(self.wait_for("RESOLVED HighLatency").startswith(
            "[RESOLVED:1] HighLatency\nRESOLVED HighLatency, web1 (critical)\np99 is 2.1s"))
        self.assertEqual(sorted(self.arrived().values()), [1, 1])
        results = [one["result"] for one in self.requests("alerts")]
        self.assertEqual(results, ["stored", "repeated", "repeated", "stored"])

    def test_the_server_dies_before_its_answer_is_read(self):
        for path, body, text in (("/in/alerts", ALERT, "p99 is 2.1s"),
                                 ("/in/grafana", {**ALERT, "version": "1"}, "p99 is 2.1s"),
                                 ("/in/events", self.EVENT, "Disk full on db 1")):
            before = sum(self.arrived().values())
            content = json.dumps(body).encode()
            with socket.create_connection(("127.0.0.1", self.server.port)) as client:
                client.sendall(
                    f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    f"Authorization: Bearer {self.key}\r\nContent-Length: {len(content)}\r\n\r\n"
                    .encode() + content)
                wait_until(lambda: sum(self.arrived().values()) > before, 20, "it was sent")
                self.restart()
            answer = self.post(path, body)
            self.assertIn(answer.status, (200, 202), answer)
            self.assertTrue(answer.json["messages"][0]["repeated"], path)
            self.assertEqual(sum(self.arrived().values()), before + 1, path)
            self.wait_for(text)

    def test_two_alertmanagers_at_once_are_one_message(self):
        other = self.new_key("other", "ingest")
        answers = []

        def tell(key):
            answers.append(self.post("/in/alerts", ALERT, key=key))
        tellers = [threading.Thread(target=tell, args=(key,)) for key in (self.key, other) * 8]
        for one in tellers:
            one.start()
        for one in tellers:
            one.join(60)
        # One that is told to repeat it was told while the first was being stored.
        self.assertTrue({one.status for one in answers} <= {200, 503}, answers)
        stored = [one for one in answers if one.status == 200]
        self.assertEqual(len({one.json["messages"][0]["message_id"] for one in stored}), 1)
        self.wait_for("HighLatency")
        self.assertEqual(sum(self.arrived().values()), 1)

    def test_a_reminder_four_hours_later_goes_out(self):
        self.posted("/in/alerts", ALERT)
        self.wait_for("HighLatency")
        self.assertTrue(self.posted("/in/alerts", ALERT).json["messages"][0]["repeated"])
        self.server.stop()
        rows = "SELECT (expires_at - created_at) FROM idempotency_key"
        window, = [int(row[0]) for row in self.database.rows(rows)]
        self.assertAlmostEqual(window, 3_600_000_000, delta=5_000_000)
        # Four hours pass.
        self.shift_keys(4 * 3_600_000_000)
        self.server.start()
        self.assertFalse(self.posted("/in/alerts", ALERT).json["messages"][0]["repeated"])
        wait_until(lambda: sum(self.arrived().values()) == 2, 20, "the reminder has arrived")

    def shift_keys(self, microseconds):
        statement = ("UPDATE idempotency_key SET created_at = created_at - {0}, "
                     "expires_at = expires_at - {0}").format(microseconds)
        if self.database.name == "sqlite":
            import sqlite3  # pylint: disable=import-outside-toplevel
            with sqlite3.connect(self.database.path) as connection:
                connection.execute(statement)
            connection.close()
        else:
            self.database.execute(statement, self.database.database)

    def test_events_of_json(self):
        first = self.posted("/in/events", self.EVENT, None, 202).json
        self.assertEqual(self.wait_for("Disk full"), "Disk full on db 1")
        again = self.posted("/in/events", {**self.EVENT, "what": "still full"}, None, 202).json
        self.assertEqual(again["messages"][0]["message_id"], first["messages"][0]["message_id"])
        self.assertFalse(self.posted("/in/events", {**self.EVENT, "id": 78}, None, 202)
                         .json["messages"][0]["repeated"])
        # A template that fails is no reason to lose it.
        failing = self.posted("/in/events", {"id": 79, "message": "raw"}, None, 202).json
        self.assertNotIn("warning", failing)
        self.wait_for(" on ")

    def test_a_template_that_fails_leaves_the_message(self):
        broken = [{**one, "message": "{{nothing}}"} if one["name"] == "alerts" else one
                  for one in SOURCES]
        self.server.sections["source"] = broken
        self.server.configure(self.providers())
        self.server.reload()
        answer = self.posted("/in/alerts", ALERT).json
        self.assertIn("came out empty", answer["warning"])
        text = self.wait_for("p99 is 2.1s")
        self.assertIn("(the template \"message\" of the source alerts failed: it came out empty)",
                      text)
        self.assertIn("came out empty", self.requests("alerts")[0]["detail"])

    def test_a_repeat_stores_what_is_missing(self):
        # User 9 has no list, and no address.
        first = self.post("/in/pair", ALERT)
        self.assertEqual(first.status, 503, first)
        self.assertEqual(first.json["code"], "no_route")
        self.assertIn("user:9", first.json["detail"])
        self.wait_for("HighLatency")
        self.set_user(9, OTHER)
        second = self.posted("/in/pair", ALERT).json["messages"]
        self.assertEqual([one["repeated"] for one in second], [True, False])
        self.wait_for("HighLatency", OTHER)
        self.assertEqual(sum(self.arrived().values()), 1)

    def test_a_drained_server_refuses_and_takes_it_later(self):
        self.server.request("POST", "/admin/drain", None, bearer(self.root))
        self.assertEqual(self.post("/in/alerts", ALERT).status, 503)
        self.server.request("POST", "/admin/resume", None, bearer(self.root))
        self.posted("/in/alerts", ALERT)
        self.wait_for("HighLatency")


class Protocols(WithSources):
    """Requests as the documentation of each program has them, byte for byte."""

    def exchange(self, request):
        """Sends the bytes and reads one answer: status, and the body as JSON."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=30) as client:
            client.sendall(request)
            received = b""
            while True:
                part = client.recv(65536)
                received += part
                head, _, body = received.partition(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", head)
                if not part or (length and len(body) >= int(length.group(1))):
                    break
        return int(head.split()[1]), json.loads(body)

    @staticmethod
    def request_of(line, fields, body):
        head = f"{line} HTTP/1.1\r\n" + "".join(f"{field}\r\n" for field in fields)
        content = body.encode()
        return f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content

    def test_gotify(self):
        # https://gotify.net/docs/pushmsg: curl "https://push.example.de/message?token=<apptoken>"
        # -F "title=my title" ...; its JSON form is that of Gotify's own command.
        body = '{"message":"my message","title":"my title","priority":5}'
        status, answer = self.exchange(self.request_of("POST /in/gotify/message", (
            "Host: 127.0.0.1", "User-Agent: Go-http-client/1.1", f"X-Gotify-Key: {self.key}",
            "Content-Type: application/json"), body))
        self.assertEqual(status, 200, answer)
        self.assertEqual({**answer, "id": 0, "date": ""}, {
            "id": 0, "appid": 1, "message": "my message", "title": "my title", "priority": 5,
            "date": ""})
        self.assertGreater(answer["id"], 0)
        self.assertEqual(self.wait_for("my message"), "my title\nmy message")
        # At the root of a host of its own.
        status, answer = self.exchange(self.request_of(
            f"POST /message?token={self.key}",
            ("Host: gotify.example.org", f"Content-Type: {FORM}"),
            "title=root&message=at+the+root&priority=8"))
        self.assertEqual(status, 200, answer)
        self.wait_for("at the root")
        status, answer = self.exchange(self.request_of(
            "POST /message", ("Host: gotify.example.org", "Content-Type: application/json"), body))
        self.assertEqual((status, answer["errorCode"]), (401, 401), answer)
        self.assertIn("errorDescription", answer)

    def test_ntfy(self):
        # https://docs.ntfy.sh/publish/: POST /phil_alerts HTTP/1.1, and the other examples.
        secret = f"Authorization: Bearer {self.key}"
        status, answer = self.exchange(self.request_of("POST /phil_alerts", (
            "Host: ntfy.example.org", "Title: Unauthorized access detected", "Priority: urgent",
            "Tags: warning,skull", secret),
            "Remote access to phils-laptop detected. Act right away."))
        self.assertEqual(status, 200, answer)
        self.assertEqual((answer["event"], answer["topic"], answer["title"], answer["priority"],
                          answer["tags"]), ("message", "phil_alerts",
                                            "Unauthorized access detected", 5,
                                            ["warning", "skull"]))
        self.wait_for("Remote access to phils-laptop detected.")
        status, answer = self.exchange(self.request_of("PUT /in/ntfy/doors", (
            "Host: 127.0.0.1", "Content-Type: text/plain", secret), "Front door is open"))
        self.assertEqual(status, 200, answer)
        self.wait_for("Front door is open", OTHER)
        status, answer = self.exchange(self.request_of("POST /", (
            "Host: ntfy.example.org", secret),
            '{"topic": "mytopic", "message": "Disk space is low at 5.1 GB", "title": "Low disk '
            'space alert", "tags": ["warning","cd"], "priority": 4, "attach": '
            '"https://filesrv.lan/space.jpg", "filename": "diskspace.jpg", "click": '
            '"https://homecamera.lan/xasds1h2xsSsa/", "actions": [{ "action": "view", "label": '
            '"Admin panel", "url": "https://filesrv.lan/admin" }]}'))
        self.assertEqual(status, 200, answer)
        self.assertIn("Attachment: diskspace.jpg: https://filesrv.lan/space.jpg",
                      self.wait_for("Disk space is low"))
        status, answer = self.exchange(self.request_of("POST /mytopic", (
            "Host: ntfy.example.org",), "no key"))
        self.assertEqual((status, answer["code"], answer["http"]), (401, 40101, 401), answer)

    def test_grafana_12_4_3(self):
        # The bytes that Go makes of receivers/webhook/v1/webhook.go of grafana/alerting, tag
        # v0.0.0-release-12.4.3, with the header fields of its http/client.go.
        with open(os.path.join(SOURCE, "tests", "sources", "grafana_12_4_3.json"),
                  encoding="utf-8") as file:
            body = file.read()
        fields = ("Host: 127.0.0.1", "User-Agent: Grafana", "Authorization: Bearer " + self.key,
                  "Content-Type: application/json", "Accept-Encoding: gzip")
        for repeated in (False, True):
            status, answer = self.exchange(self.request_of("POST /in/grafana", fields, body))
            self.assertEqual((status, answer["messages"][0]["repeated"]), (200, repeated), answer)
        text = self.wait_for("us-1: memory & swap are full")
        self.assertIn("RESOLVED Memory & swap (critical)\neu-1: memory & swap are full", text)

    def test_grafana_of_the_documentation(self):
        # The example of Grafana's documentation of its webhook, with its first alert.
        body = (
            '{"receiver":"My Super Webhook","status":"firing","orgId":1,"alerts":[{"status":'
            '"firing","labels":{"alertname":"High memory usage","team":"blue","zone":"us-1"},'
            '"annotations":{"description":"The system has high memory usage","runbook_url":'
            '"https://myrunbook.com/runbook/1234","summary":"This alert was triggered for zone '
            'us-1"},"startsAt":"2021-10-12T09:51:03.157076+02:00","endsAt":"0001-01-01T00:00:00Z",'
            '"generatorURL":"https://play.grafana.org/alerting/1afz29v7z/edit","fingerprint":'
            '"c6eadffa33fcdf37","silenceURL":"https://play.grafana.org/alerting/silence/new",'
            '"dashboardURL":"","panelURL":"","values":{"B":44.23943737541908,"C":1}}],'
            '"groupLabels":{},"commonLabels":{"team":"blue"},"commonAnnotations":{},'
            '"externalURL":"https://play.grafana.org/","version":"1","groupKey":"{}:{}",'
            '"truncatedAlerts":0,"title":"[FIRING:1]  (blue)","state":"alerting","message":'
            '"**Firing**"}')
        fields = ("Host: 127.0.0.1", "User-Agent: Grafana", "Content-Type: application/json",
                  "Authorization: Basic " +
                  base64.b64encode(f"grafana:{self.key}".encode()).decode())
        status, answer = self.exchange(self.request_of("POST /in/grafana", fields, body))
        self.assertEqual(status, 200, answer)
        self.assertEqual(
            self.wait_for("High memory usage"),
            "[FIRING:1] (blue)\nFIRING High memory usage\nThis alert was triggered for zone us-1\n"
            "B=44.23943737541908, C=1\nhttps://play.grafana.org/alerting/1afz29v7z/edit")
        status, answer = self.exchange(self.request_of("POST /in/grafana", fields, body))
        self.assertTrue(answer["messages"][0]["repeated"], answer)

    def test_apprise_answers_and_five_megabytes(self):
        picture = base64.b64encode(b"x" * 3_900_000).decode()
        self.posted("/in/apprise", {"version": "1.0", "title": "Camera", "message": "Door",
                                    "type": "failure", "attachments": [
                                        {"filename": "door.jpg", "base64": picture,
                                         "mimetype": "image/jpeg"}]})
        self.assertEqual(self.wait_for("Door"),
                         "Camera\nDoor\nAttachment: door.jpg (image/jpeg, 3900000 bytes)")


class Operation(WithSources):
    def test_the_last_requests_are_shown(self):
        for i in range(25):
            self.post("/in/events", f"no json {i}", {"User-Agent": "probe/1"})
        self.posted("/in/events", {"what": "x", "id": 1}, None, 202)
        shown = self.requests("events")
        self.assertEqual(len(shown), 20)
        self.assertEqual((shown[0]["result"], shown[0]["status"]), ("stored", 202))
        self.assertEqual((shown[1]["result"], shown[1]["body"], shown[1]["user_agent"]),
                         ("refused", "no json 24", "probe/1"))
        self.assertIn("no JSON", shown[1]["detail"])
        listed = self.server.request("GET", "/v1/sources", None, bearer(self.root)).json["data"]
        self.assertEqual([one["name"] for one in listed], [one["name"] for one in SOURCES])
        events = next(one for one in listed if one["name"] == "events")
        self.assertEqual((events["requests"]["refused"], events["requests"]["stored"]), (25, 1))
        for path in ("/v1/sources", "/v1/sources/events/requests"):
            self.assertEqual(self.server.request("GET", path, None, bearer(self.key)).status, 403)
        self.assertEqual(self.server.request("GET", "/v1/sources/x/requests", None,
                                             bearer(self.root)).status, 404)

    def test_sources_are_reloaded(self):
        self.posted("/in/backup", "x", {"Content-Type": "text/plain"}, 202)
        self.server.sections["source"] = [
            SOURCES[0], {"name": "later", "type": "text", "to": ["user:8"]}]
        self.server.configure(self.providers())
        self.server.reload()
        self.posted("/in/later", "reloaded", {"Content-Type": "text/plain"}, 202)
        self.wait_for("reloaded", OTHER)
        self.assertEqual(self.post("/in/alerts", ALERT, key=self.root).status, 404)
        self.assertEqual(len(self.requests("backup")), 1)
        log = self.server.process.errors()
        self.assertIn("added: later", log)
        self.assertNotIn("restart it", log)
        # A mistake changes nothing.
        self.server.sections["source"] = [{"name": "later", "type": "txt", "to": ["user:0"]}]
        self.server.configure(self.providers())
        self.assertIn("nothing changed", self.server.reload())
        self.posted("/in/later", "still there", {"Content-Type": "text/plain"}, 202)

    def test_metrics_count_by_source(self):
        self.posted("/in/alerts", ALERT)
        self.posted("/in/alerts", ALERT)
        self.post("/in/alerts", "{}")
        text = self.server.request("GET", "/metrics", None, bearer(self.root)).body.decode()
        for result in ("stored", "repeated", "refused"):
            self.assertIn(
                f'postrider_source_requests_total{{source="alerts",source_type="alertmanager",'
                f'result="{result}"}} 1', text)
        self.assertIn('postrider_source_messages_total{source="alerts",'
                      'source_type="alertmanager"} 1', text)


class WithoutKeys(Scenario):
    def test_any_or_no_credential_is_taken(self):
        sim = self.start_sim("signal", options=["--keep-texts"])
        server = self.make_server(self.open_database(), [sim.provider("signal")], source=[
            {"name": "backup", "type": "text", "to": [NUMBER], "user_id": 7,
             "host": "in.example.org"}])
        server.start()
        for headers in ({}, bearer("anything"), {"Authorization": "Basic eDp5"},
                        {"X-Gotify-Key": "x"}, {"Host": "in.example.org"}):
            path = "/" if "Host" in headers else "/in/backup"
            answer = http_request(server.port, "POST", path, "a text", headers)
            self.assertEqual(answer.status, 202, (headers, answer))
        # Pages of other sites are still kept out.
        answer = http_request(server.port, "POST", "/in/backup", "x",
                              {"Origin": "https://evil.example"})
        self.assertEqual(answer.status, 403, answer)
        answer = http_request(server.port, "POST", "/in/backup", "x", {"Host": "evil.example"})
        self.assertEqual(answer.status, 403, answer)
        wait_until(lambda: sim.accepted("signal").get("a text") == 5, 20, "all arrived")


if __name__ == "__main__":
    unittest.main()
