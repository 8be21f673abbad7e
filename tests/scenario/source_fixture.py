"""A server with a source of every type, for the scenarios of sources."""

import json
import re
import socket

from way_in_fixture import WithWayIn, bearer

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


class WithSources(WithWayIn):
    def sections(self):
        return {"auth": {"required": True}, "source": SOURCES}

    def make_keys(self):
        super().make_keys()
        self.key = self.make_key("ways-in", "--scope", "ingest")

    def new_key(self, name, *scopes, **members):
        """Made by the server, which knows it at once; one of make_key only within a second."""
        answer = self.server.request("POST", "/v1/keys", {
            "name": name, "scopes": list(scopes), **members}, bearer(self.root))
        self.assertEqual(answer.status, 201, answer)
        return answer.json["key"]

    def post(self, path, body, headers=None, key=None, method="POST"):
        return self.server.request(method, path, body,
                                   {**bearer(key or self.key), **(headers or {})})

    def posted(self, path, body, headers=None, status=200):
        answer = self.post(path, body, headers)
        self.assertEqual(answer.status, status, answer)
        return answer

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
