"""A server with a source of every type, for the scenarios of sources."""

import json
import subprocess

from harness import Scenario, program, wait_until

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
