"""Texts that are SQL, put through every parameter that takes a text, on both databases: each is a
value and nothing else. What is stored comes back as it was, what is sought is not there, and the
database has exactly what was accepted."""

import json
import unittest
import urllib.parse

from harness import Scenario, wait_until

NUMBER = "+1555123{:04}"
HOSTILE = ["' OR '1'='1", "'; DROP TABLE message; --", "\" OR \"\"=\"",
           "\\'; DELETE FROM api_key; -- x",
           "1 OR 1=1", "1; UPDATE provider SET active=0", "%", "_",
           "') UNION SELECT name, key_hash FROM api_key --",
           "x' AND SLEEP(9)#", "\\", "''", "`message`", "?", "$1", ":id", "@@version", "/* */ OR 1",
           "0x27",
           "' || (SELECT 1) || '"]
# Headers have ASCII only; texts have all there is.
TEXTS = HOSTILE + ["\u02bc; DROP TABLE message", "\uff07 OR 1=1", "a\nb'\t\"", "é'世界🙂"]
LISTS = ("status", "provider", "provider_type", "recipient", "error_code", "archived",
         "created_after", "created_before", "limit", "cursor")


def quoted(text):
    return urllib.parse.quote(text, safe="")


def hexed(text):
    return text.encode().hex().upper()


class Injection(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()
        self.sim = self.start_sim("signal")
        self.server = self.make_server(self.database,
                                       [self.sim.provider("signal", subject_in_text=False)])
        self.server.start()
        self.accepted = []
        self.keys = 0

    def post(self, body, status=202, **headers):
        answer = self.server.request("POST", "/send/message", body,
                                     {"Content-Type": "application/json", **headers})
        self.assertEqual(answer.status, status, answer)
        if status == 202 and answer.headers.get("Idempotency-Replayed") is None:
            self.accepted.append(answer.json["message_id"])
        return answer

    def message(self, number, **members):
        return {"user_id": 1, "recipients": [NUMBER.format(number)], "message": "hello", **members}

    def lists(self, target, **query):
        words = "&".join(f"{name}={quoted(value)}" for name, value in query.items())
        return self.server.request("GET", f"{target}?{words}")

    def store_everything(self):
        """Each text in everything of a message that is stored."""
        bodies = []
        for number, text in enumerate(TEXTS):
            said = f"{text} and {number}"
            body = self.message(number, message=said,
                                subject=text.replace("\n", " ").replace("\t", " "),
                                metadata={text.strip() or "x": text})
            headers = {"X-Request-Id": text} if text in HOSTILE else {}
            posted = self.post(body, **headers)
            self.assertEqual(posted.headers["X-Request-Id"] == text, text in HOSTILE)
            bodies.append(said)
        return bodies

    def repeat_with_keys(self):
        """A key is compared as it is: "%" is not every key, and "a" is not "A"."""
        first = {}
        for number, key in enumerate([*HOSTILE, "a", "A", "a "[:1] + "'"]):
            body = json.dumps(self.message(number, message=f"once {number}"))
            first[key] = (body, self.post(body, **{"Idempotency-Key": key}).json["message_id"])
        for key, (body, message) in first.items():
            again = self.post(body, **{"Idempotency-Key": key})
            self.assertEqual((again.json["message_id"], again.headers["Idempotency-Replayed"]),
                             (message, "true"))
        lines = "".join(json.dumps({**self.message(number), "idempotency_key": "bulk " + key})
                        + "\n"
                        for number, key in enumerate(HOSTILE))
        for _ in range(2):
            answer = self.server.request("POST", "/v1/messages/bulk", lines,
                                         {"Content-Type": "application/x-ndjson"})
            found = [json.loads(line)["message_id"] for line in answer.body.decode().splitlines()]
            self.assertEqual(len(set(found)), len(HOSTILE))
        self.accepted += found

    def seek_everything(self):
        known = len(self.lists("/v1/transactions", limit="500").json["data"])
        self.assertGreater(known, 20)
        for text in TEXTS:
            for name in LISTS:
                for target in ("/v1/transactions", "/v1/users/1/transactions"):
                    answer = self.lists(target, **{name: text})
                    self.assertIn(answer.status, (200, 400, 422), answer)
                    if answer.status == 200:
                        self.assertEqual(answer.json["data"], [], f"{name}={text}")
            path = quoted(text)
            for target in (f"/v1/transactions/{path}", f"/v1/transactions/{path}/explain",
                           f"/v1/messages/{path}", f"/v1/users/{path}/transactions",
                           f"/v1/users/{path}/providers", f"/v1/providers/{path}"):
                answer = self.server.request("GET", target)
                self.assertIn(answer.status, (400, 404), answer)
            answer = self.server.request("GET", f"/receipts/{path}/1.{path}?type={path}")
            self.assertIn(answer.status, (400, 403, 404), answer)

    def change_everything(self):
        """Requests that would change the database if the text were run as SQL."""
        for text in TEXTS:
            path = quoted(text)
            for method, target, body in (
                    ("POST", f"/v1/messages/{path}/cancel", None),
                    ("PATCH", f"/v1/providers/{path}", {"active": False}),
                    ("POST", f"/v1/providers/{path}/test", {"recipient": NUMBER.format(1)}),
                    ("DELETE", f"/v1/keys/{path}", None),
                    ("PUT", f"/v1/users/{path}/providers", []),
                    ("PUT", "/v1/users/2/providers", [{"provider": text}]),
                    ("PUT", "/v1/users/2/providers", [{"provider": "signal", "address": text}]),
                    ("POST", "/v1/routes/explain", self.message(1, type=text)),
                    *[("POST", "/v1/retry", {name: text, "dry_run": True}) for name in (
                        "message_id", "error_code", "created_after", "created_before", "cursor")]):
                answer = self.server.request(method, target, body)
                self.assertIn(answer.status, (400, 404, 422), (method, target, body, answer))
            answer = self.server.request("POST", "/v1/retry",
                                         {"provider": text, "include_final": True})
            self.assertTrue(answer.status in (404, 422) or answer.json["selected"] == 0, answer)
            for member in ("type", "priority", "on_unknown", "send_at", "expires_at"):
                self.post(self.message(1, **{member: text}), status=422)
            for recipient in (text, {"phone": text}, {"email": text}, {"url": text}):
                self.post({**self.message(1), "recipients": [recipient]}, status=422)

    def make_keys(self):
        names = [text for text in TEXTS if text.isprintable()]
        for name in names:
            made = self.server.request("POST", "/v1/keys", {"name": name, "scopes": ["send"]})
            self.assertEqual((made.status, made.json["name"]), (201, name))
            again = self.server.request("POST", "/v1/keys", {"name": name, "scopes": ["send"]})
            self.assertEqual(again.status, 409, again)
        listed = self.server.request("GET", "/v1/keys").json["data"]
        self.assertEqual([key["name"] for key in listed], names)
        ended = self.server.request("DELETE", f"/v1/keys/{listed[0]['id']}")
        self.assertIsNotNone(ended.json["revoked_at"])
        listed = self.server.request("GET", "/v1/keys").json["data"]
        self.assertEqual([bool(key["revoked_at"]) for key in listed],
                         [True] + [False] * (len(names) - 1))
        self.keys = len(names)

    def test_no_text_is_taken_for_sql(self):
        bodies = self.store_everything()
        self.repeat_with_keys()
        wait_until(self.server.drained, 30, "all is delivered")
        self.seek_everything()
        self.change_everything()
        self.make_keys()
        self.assertEqual(self.sim.times_accepted("signal", bodies), [1] * len(bodies))
        self.assertEqual(self.server.request("GET", "/v1/providers/signal").json["active"], True)
        self.assert_stops(self.server)
        self.assertEqual(len(set(self.accepted)), len(self.accepted))
        rows = self.database.rows
        self.assertEqual({int(rows(f"SELECT COUNT(*) FROM {table}")[0][0]) for table in (
            "message", "message_transaction_history")}, {len(self.accepted)})
        self.assertEqual(int(rows("SELECT COUNT(*) FROM message_transaction")[0][0]), 0)
        self.assertEqual(int(rows("SELECT COUNT(*) FROM api_key")[0][0]), self.keys)
        self.assertEqual(int(rows("SELECT COUNT(*) FROM user_provider")[0][0]), 0)
        stored = {text for text, in rows("SELECT HEX(body) FROM message")}
        self.assertLessEqual({hexed(body) for body in bodies}, stored)
        requests = {text for text, in rows("SELECT HEX(request_id) FROM message")}
        self.assertLessEqual({hexed(text) for text in HOSTILE}, requests)
        self.assert_verified(self.database.url)


if __name__ == "__main__":
    unittest.main()
