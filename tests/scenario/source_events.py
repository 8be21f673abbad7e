"""Sources: an event is one message, however often it is told; a reminder is another one."""

import json
import socket
import threading
import unittest

from harness import wait_until
from source_fixture import ALERT, SOURCES, WithSources, resolved
from way_in_fixture import OTHER, bearer


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


if __name__ == "__main__":
    unittest.main()
