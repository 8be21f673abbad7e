"""Every type of source through the same hardships: alerts that end, answers that are lost, a full
server, a database that is away, wrong keys, large requests, reminders, members that nobody knows,
templates that fail, and channels that take less text.

POSTRIDER_SOURCES_OUTAGE is how long the database is away, in seconds (3).
"""

import hashlib
import json
import os
import socket
import threading
import time
import unittest
import unittest.mock

from channels import CHANNELS, SECRETS, SIM_OPTIONS
from database_lock import database_locked
from harness import wait_until
from source_fixture import ALERT, WithSources, resolved
from way_in_fixture import NUMBER, bearer

OUTAGE_SECONDS = float(os.environ.get("POSTRIDER_SOURCES_OUTAGE", 3))
FIVE_MEGABYTES = 5 * 1024 * 1024


def with_summary(alert, text, **more):
    made = json.loads(json.dumps({**alert, **more}))
    made["alerts"][0]["annotations"]["summary"] = text
    return made


class Kind:
    """A type: its path, and how it says something."""

    def __init__(self, name, path, firing, resolved=None, names_events=False, statuses=(200,)):
        self.name, self.path, self.names_events, self.statuses = name, path, names_events, statuses
        self.firing = self.reminder = firing
        # Without a state of its own, the end of something is another text.
        self.resolved = resolved or firing

    def request(self, text, made=None, **changes):
        """(body, headers) of a request that says `text`."""
        body = (made or self.firing)(text)
        if isinstance(body, dict):
            return (json.dumps({**body, **changes}, ensure_ascii=False).encode(),
                    {"Content-Type": "application/json", **(changes and {"X-Newer": "1"})})
        return body.encode(), {"Content-Type": "text/plain", "Title": self.name,
                               **(changes and {"X-Newer": "1"})}


class MailKind(Kind):
    """A mail as a program sends it: each has a Message-ID of its own, a reminder too."""

    def __init__(self):
        super().__init__("mail", "/in/mail", lambda text: text, names_events=True, statuses=(202,))
        self.reminder = lambda text: f"again: {text}"

    def request(self, text, made=None, **changes):
        text = (made or self.firing)(text)
        fields = ["From: NAS <nas@example.net>", "To: alerts@example.org", "Subject: Disk",
                  f"Message-ID: <{hashlib.sha256(text.encode()).hexdigest()}@example.net>",
                  *(f"X-{name}: {value}" for name, value in changes.items()),
                  "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
        return ("\r\n".join([*fields, "", text, ""])).encode(), {"Content-Type": "message/rfc822"}


KINDS = [
    Kind("alertmanager", "/in/alertmanager", lambda text: with_summary(ALERT, text),
         lambda text: with_summary(resolved(ALERT), text), True),
    Kind("grafana", "/in/grafana",
         lambda text: with_summary(ALERT, text, version="1", orgId=1, state="alerting"),
         lambda text: with_summary(resolved(ALERT), text, version="1", orgId=1,
                                   state="ok"), True),
    Kind("apprise", "/in/apprise",
         lambda text: {"version": "1.0", "title": "Disk", "message": text, "attachments": [],
                       "type": "failure"},
         lambda text: {"version": "1.0", "title": "Disk", "message": text, "attachments": [],
                       "type": "success"}),
    Kind("gotify", "/in/gotify/message",
         lambda text: {"title": "Disk", "message": text, "priority": 8},
         lambda text: {"title": "Disk", "message": text, "priority": 1}),
    Kind("ntfy", "/in/ntfy/disks", lambda text: text),
    Kind("json", "/in/json", lambda text: {"id": 7, "state": "down", "message": text},
         lambda text: {"id": 7, "state": "up", "message": text}, True, (202,)),
    Kind("text", "/in/text", lambda text: text, statuses=(202,)),
    MailKind(),
]


def sources_of(**keys):
    return [{"name": kind.name, "type": kind.name, "to": ["user:7"], "max_characters": 60_000,
             **({"dedupe_key": "{{id}} {{state}}"} if kind.name == "json" else {}), **keys}
            for kind in KINDS]


class WithKinds(WithSources):
    """A server with a source of each type, of the type's name."""
    own_sections = {}

    def sections(self):
        return {**super().sections(), "source": sources_of(), **self.own_sections}

    def say(self, kind, text, made=None, key=None, headers=None, **changes):
        body, own = kind.request(text, made, **changes)
        path = kind.path + ("?newer=1" if changes else "")
        return self.server.request("POST", path, body,
                                   {**bearer(key or self.key), **own, **(headers or {})})

    def said(self, kind, text, *rest, **more):
        answer = self.say(kind, text, *rest, **more)
        self.assertIn(answer.status, kind.statuses, (kind.name, answer))
        return answer

    def count(self, text):
        return sum(count for one, count in self.arrived().items() if text in one)

    def wait_for_count(self, text, count, seconds=30):
        wait_until(lambda: self.count(text) >= count, seconds, f"{text!r} has come {count} times")
        self.assertEqual(self.count(text), count, text)

    def latest(self, kind):
        return self.requests(kind.name)[0]


class Messages(WithKinds):
    def test_something_begins_and_ends(self):
        for kind in KINDS:
            self.said(kind, f"{kind.name} is down")
            self.said(kind, f"{kind.name} is up", kind.resolved)
        for kind in KINDS:
            self.wait_for_count(f"{kind.name} is down", 1)
            self.wait_for_count(f"{kind.name} is up", 1)
        for name in ("alertmanager", "grafana"):
            self.assertIn("RESOLVED HighLatency", self.wait_for(f"{name} is up"))

    def test_unknown_members_fields_and_parameters_are_ignored(self):
        newer = {"newer": {"a": [1, None, {"b": True}]}, "": 1, "orgName": "x"}
        for kind in KINDS:
            self.said(kind, f"{kind.name} is newer", **newer)
            self.wait_for_count(f"{kind.name} is newer", 1)

    def test_five_megabytes_arrive_as_far_as_they_fit(self):
        for kind in KINDS:
            self.said(kind, f"{kind.name} is large " + "x" * FIVE_MEGABYTES)
            text = self.wait_for(f"{kind.name} is large")
            self.assertIn(" more characters)", text, kind.name)
            self.assertLess(len(text), 60_300, kind.name)

    def test_a_wrong_key_is_refused_and_the_right_one_is_heard(self):
        bad = "pr_" + "x" * 43
        for kind in KINDS:
            refused = self.say(kind, f"{kind.name} is locked", key=bad)
            self.assertEqual(refused.status, 401, (kind.name, refused))
            self.assertEqual(self.latest(kind)["result"], "refused")
            self.assertIn("no such key", self.latest(kind)["detail"])
            self.said(kind, f"{kind.name} is locked")
            self.wait_for_count(f"{kind.name} is locked", 1)

    def test_a_reminder_four_hours_later_goes_out(self):
        for kind in KINDS:
            self.said(kind, f"{kind.name} goes on")
        for kind in KINDS:
            again = self.said(kind, f"{kind.name} goes on")
            self.assertEqual("Idempotency-Replayed" in again.headers, kind.names_events, kind.name)
        for kind in KINDS:
            self.wait_for_count(f"{kind.name} goes on", 1 if kind.names_events else 2)
        self.server.stop()
        self.shift_keys(4 * 3_600_000_000)
        self.server.start()
        for kind in KINDS:
            again = self.said(kind, f"{kind.name} goes on", kind.reminder)
            self.assertNotIn("Idempotency-Replayed", again.headers, kind.name)
            self.wait_for_count(f"{kind.name} goes on", 2 if kind.names_events else 3)

    def test_forms_with_files(self):
        lines = []
        for name, value in (("title", "Backup"), ("message", "see the log"), ("priority", "5")):
            lines += ["--x", f'Content-Disposition: form-data; name="{name}"', "", value]
        lines += ["--x", 'Content-Disposition: form-data; name="file"; filename="a.log"',
                  "Content-Type: text/plain", "", "12345", "--x--", ""]
        for path, status in (("/in/text", 202), ("/in/gotify/message", 200)):
            self.posted(path, "\r\n".join(lines).replace("see", path),
                        {"Content-Type": "multipart/form-data; boundary=x"}, status)
            self.assertEqual(self.wait_for(path), f"Backup\n{path} the log\n"
                             "Attachment: a.log (text/plain, 5 bytes)")

    def test_the_last_answers_are_lost(self):
        """The server is killed when all is stored, and before an answer was read."""
        connections, bodies = [], {}
        for kind in KINDS:
            text = f"{kind.name} is lost"
            body, headers = kind.request(text)
            # Those that do not name their events have a header for it.
            if not kind.names_events:
                headers["Idempotency-Key"] = kind.name
            bodies[kind] = body, headers
            fields = {"Host": "localhost", "Content-Length": len(body), **headers,
                      **bearer(self.key)}
            connection = self.stack.enter_context(
                socket.create_connection(("127.0.0.1", self.server.port)))
            connection.sendall(f"POST {kind.path} HTTP/1.1\r\n".encode() + b"".join(
                f"{name}: {value}\r\n".encode() for name, value in fields.items()) + b"\r\n" + body)
            connections.append(connection)
        for kind in KINDS:
            self.wait_for_count(f"{kind.name} is lost", 1)
        self.restart()
        for kind, (body, headers) in bodies.items():
            again = self.server.request("POST", kind.path, body,
                                        {**headers, **bearer(self.key)})
            self.assertIn(again.status, kind.statuses, (kind.name, again))
            self.assertEqual(again.headers.get("Idempotency-Replayed"), "true", kind.name)
        # A message whose outcome was not written before the kill may be sent twice.
        self.server.stop()
        stored, = self.database.rows("SELECT COUNT(*) FROM message")
        self.assertEqual(int(stored[0]), len(KINDS))


class FailingTemplates(WithKinds):
    own_sections = {"source": sources_of(title="{{nothing}}", message="{{#none}}x{{/none}}")}

    def test_the_messages_own_text_arrives_with_the_reason(self):
        for kind in KINDS:
            self.said(kind, f"{kind.name} is raw")
            text = self.wait_for(f"{kind.name} is raw")
            self.assertIn(f'the template "title" of the source {kind.name} failed: it came out '
                          'empty', text)
            self.assertIn("came out empty", self.latest(kind)["detail"])


class Full(WithKinds):
    own_sections = {"limits": {"accepts_in_flight": 1}, "database": {"statement_timeout": "20s"}}

    def test_a_full_server_is_503_and_hears_it_later(self):
        with database_locked(self.database):
            # One message is all that may be on its way into the database.
            first = threading.Thread(target=self.say, args=(KINDS[-1], "the first"))
            first.start()
            wait_until(lambda: self.in_flight() == 1, 10, "it is on its way")
            for kind in KINDS:
                refused = self.say(kind, f"{kind.name} comes again")
                self.assertEqual(refused.status, 503, (kind.name, refused))
                self.assertIn("Retry-After", refused.headers, kind.name)
                self.assertEqual(self.latest(kind)["result"], "unavailable", kind.name)
        first.join(30)
        for kind in KINDS:
            wait_until(lambda one=kind: self.say(one, f"{one.name} comes again").status
                       in one.statuses, 20, f"{kind.name} is taken")
            self.wait_for_count(f"{kind.name} comes again", 1)
        self.wait_for_count("the first", 1)

    def in_flight(self):
        return self.server.request("GET", "/admin/inspect?section=intake", None,
                                   bearer(self.root)).json["intake"]["in_flight"]


class Away(WithKinds):
    own_sections = {"database": {"statement_timeout": "1s", "connect_timeout": "1s"}}

    def repeat(self, kind, answers):
        """As a sender does: until it is told that it was heard."""
        until = time.monotonic() + OUTAGE_SECONDS + 60
        while time.monotonic() < until:
            answer = self.say(kind, f"{kind.name} was away", headers=None if kind.names_events else
                              {"Idempotency-Key": kind.name})
            answers.append(answer.status)
            if answer.status in kind.statuses:
                return
            time.sleep(0.5)

    def test_the_database_is_away(self):
        answers = {kind: [] for kind in KINDS}
        senders = [threading.Thread(target=self.repeat, args=(kind, answers[kind]))
                   for kind in KINDS]
        with database_locked(self.database):
            for one in senders:
                one.start()
            time.sleep(OUTAGE_SECONDS)
            wait_until(lambda: all(answers.values()), 30, "each was refused")
            self.assertEqual(self.count("was away"), 0)
        for one in senders:
            one.join(OUTAGE_SECONDS + 90)
        for kind, seen in answers.items():
            # Never one that makes a sender give up.
            self.assertEqual({*seen[:-1]}, {503}, (kind.name, seen))
            self.assertIn(seen[-1], kind.statuses, (kind.name, seen))
            self.wait_for_count(f"{kind.name} was away", 1)


class Channels(WithKinds):
    """Ten short messages take 1,530 Latin letters or 670 others."""

    kannel = next(one for one in CHANNELS if one.name == "kannel")

    def setUp(self):
        environment = unittest.mock.patch.dict(os.environ, SECRETS)
        environment.start()
        self.addCleanup(environment.stop)
        super().setUp()
        answer = self.server.request(
            "PUT", "/v1/users/7/providers", [{"provider": "kannel", "address": NUMBER}],
            bearer(self.root))
        self.assertEqual(answer.status, 200, answer)

    def start_sim(self, *names, **_):
        return super().start_sim(*names, "kannel", options=SIM_OPTIONS)

    def providers(self):
        return [*super().providers(), self.kannel.provider(self.sim)]

    def test_a_text_is_cut_to_what_the_channel_takes(self):
        for letter, most in (("x", 1530), ("Ж", 670)):
            for kind in KINDS:
                self.said(kind, f"{kind.name} {letter} " + letter * 5_000,
                          headers={"Idempotency-Key": f"{kind.name} {most}"})
                text, = wait_until(
                    lambda one=kind, is_in=letter: [
                        text for text in self.sim.accepted("kannel")
                        if f"{one.name} {is_in} " in text], 30, f"{kind.name} has arrived")
                self.assertLessEqual(len(text), most, kind.name)
                # Nothing of the room is left over.
                self.assertGreater(len(text), most - 20, kind.name)
                self.assertRegex(text, r"\n\(cut: \d+ more characters\)$")
        # A client that posts a message itself is told that it is too long.
        refused = self.server.request("POST", "/v1/messages", {
            "user_id": 7, "message": "Ж" * 5_000}, bearer(self.root))
        self.assertEqual(refused.status, 422, refused)


if __name__ == "__main__":
    unittest.main()
