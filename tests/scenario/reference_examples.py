"""The examples of the reference are answers of the real server: each has the members and the kinds
of values that the server gives for the same request now, and is as its schema says.

POSTRIDER_WRITE_EXAMPLES=1 writes http/openapi/examples.json anew.
"""

import json
import os
import re
import subprocess
import unittest

from contract import CONTRACT, SOURCE
from harness import Scenario, wait_until

EXAMPLES = os.path.join(SOURCE, "http/openapi/examples.json")
NUMBER = "+15551234567"
LOST = "+15550000001"
MESSAGE = {"user_id": 1, "recipients": [NUMBER], "subject": "Backup",
           "message": "The backup of srv1 failed."}
LATER = {"user_id": 1, "recipients": [NUMBER], "message": "Dinner at eight?",
         "send_at": "2099-01-01T00:00:00Z"}
# A key is a secret, and this one is none.
SHOWN_KEY = "pr_" + "0123456789" * 4 + "012"


def difference(example, real, at=""):
    """Where the two have other members or other kinds of values; None when they have not. Null is
    of every kind.
    """
    if example is None or real is None:
        return None
    if isinstance(example, dict) and isinstance(real, dict):
        if set(example) != set(real):
            return f"{at or '/'}: members {sorted(set(example) ^ set(real))}"
        found = (difference(example[name], real[name], f"{at}/{name}") for name in example)
        return next((one for one in found if one), None)
    if isinstance(example, list) and isinstance(real, list):
        found = (difference(one, other, f"{at}/0") for one, other in zip(example[:1], real[:1]))
        return next((one for one in found if one), None)
    kinds = [bool if isinstance(one, bool) else float if isinstance(one, (int, float))
             else type(one)
             for one in (example, real)]
    return None if kinds[0] == kinds[1] else f"{at}: {kinds[0].__name__} and {kinds[1].__name__}"


class ReferenceExamples(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal-main")
        self.server = self.make_server(self.open_database(), [self.sim.provider("signal-main")])
        self.server.start()
        self.seen = {}

    def ask(self, method, path, body=None):
        """Remembers the first answer of each operation and status."""
        answer = self.server.request(method, path, body)
        _, _, operation = CONTRACT.find(method, path)
        one = self.seen.setdefault(operation["operationId"], {"answers": {}})
        if body is not None and answer.status < 300:
            one.setdefault("request", body)
        one["answers"].setdefault(str(answer.status), answer.json)
        return answer.json

    def wait(self, number, condition):
        return wait_until(lambda: condition(self.server.transaction(number)), 20,
                          f"transaction {number} has ended")

    def walk(self):
        """One request of each kind, as the documentation would show it."""
        self.ask("PUT", "/v1/users/1/providers",
                 [{"provider": "signal-main", "priority": 1, "active": True,
                   "address": NUMBER}])
        self.ask("GET", "/v1/users/1/providers")
        sent = self.ask("POST", "/v1/messages", MESSAGE)
        self.wait(sent["transactions"][0]["id"], lambda found: found["final"])
        self.ask("GET", f"/v1/messages/{sent['message_id']}")
        self.ask("GET", "/v1/messages?user_id=1")
        self.ask("GET", "/v1/messages/counts?user_id=1")
        self.ask("GET", "/v1/overview")
        number = sent["transactions"][0]["id"]
        self.ask("GET", f"/v1/transactions/{number}")
        self.ask("GET", f"/v1/transactions/{number}/explain")
        self.ask("GET", "/v1/transactions?status=success&limit=1")
        self.ask("GET", "/v1/users/1/transactions?limit=1")
        self.ask("POST", "/v1/routes/explain", MESSAGE)
        self.ask("POST", "/v1/messages",
                 {"user_id": 1, "to": NUMBER, "message": "Dinner at eight?"})
        self.ask("POST", "/send/message", MESSAGE)
        later = self.ask("POST", "/v1/messages", LATER)
        self.ask("POST", f"/v1/messages/{later['message_id']}/cancel")
        self.ask("POST", "/v1/retry",
                 {"provider": "signal-main", "include_final": True, "dry_run": True})
        self.ask("GET", "/v1/providers")
        self.ask("GET", "/v1/providers/signal-main")
        self.ask("PATCH", "/v1/providers/signal-main", {"active": True})
        self.ask("POST", "/v1/providers/signal-main/test", {"recipient": NUMBER})
        key = self.ask("POST", "/v1/keys",
                       {"name": "shop", "scopes": ["send", "read"], "rate_per_minute": 600})
        self.ask("GET", "/v1/keys")
        self.ask("DELETE", f"/v1/keys/{key['id']}")
        self.ask("GET", "/v1/audit?limit=1")
        self.ask("GET", "/ui/session")
        self.ask("GET", "/livez")
        self.ask("GET", "/readyz")
        self.settle()
        self.ask("POST", "/admin/drain")
        self.ask("POST", "/admin/resume")

    def settle(self):
        self.sim.behave("signal-main", by_recipient={LOST: "drop"})
        sent = self.server.request("POST", "/v1/messages", {
            "user_id": 1, "recipients": [LOST], "message": "Dinner at eight?",
            "on_unknown": "hold"}).json
        number = sent["transactions"][0]["id"]
        self.wait(number, lambda found: found["error_code"] == "outcome_unknown" and found["final"])
        self.ask("GET", "/v1/failures")
        self.ask("POST", f"/v1/transactions/{number}/settle", {"outcome": "give_up"})

    def test_examples_are_real(self):
        self.walk()
        made = self.seen["create_key"]["answers"]["201"]
        made["key"] = SHOWN_KEY
        for key in (made, *self.seen["list_keys"]["answers"]["200"]["data"],
                    self.seen["revoke_key"]["answers"]["200"]):
            key["prefix"] = SHOWN_KEY[:len(key["prefix"])]
        if os.environ.get("POSTRIDER_WRITE_EXAMPLES"):
            with open(EXAMPLES, "w", encoding="utf-8") as file:
                file.write(json.dumps(self.seen, indent=1, ensure_ascii=False) + "\n")
        with open(EXAMPLES, encoding="utf-8") as file:
            examples = json.load(file)
        self.assertEqual(sorted(examples), sorted(self.seen))
        for name, example in examples.items():
            real = self.seen[name]
            with self.subTest(name):
                self.assertEqual(example.get("request"), real.get("request"))
                self.assertEqual(sorted(example["answers"]), sorted(real["answers"]))
                for status, answer in example["answers"].items():
                    self.assertIsNone(difference(answer, real["answers"][status]), status)
        self.assert_stops(self.server)

    def test_every_example_is_as_its_schema_says_and_is_shown(self):
        described = {operation["operationId"]: operation
                     for _, _, operation in CONTRACT.operations()}
        shown = 0
        for name, operation in described.items():
            contents = [(status, CONTRACT.resolve(answer).get("content", {}))
                        for status, answer in operation["responses"].items()]
            contents.append(("request",
                             CONTRACT.resolve(operation.get("requestBody", {})).get("content", {})))
            for status, content in contents:
                for kind, one in content.items():
                    if "example" not in one:
                        continue
                    shown += 1
                    self.assertIsNone(CONTRACT.matches(one["schema"], one["example"]),
                                      f"{name} {status} {kind}")
        with open(EXAMPLES, encoding="utf-8") as file:
            examples = json.load(file)
        wanted = sum(len(one["answers"]) + ("request" in one) for one in examples.values())
        self.assertGreaterEqual(shown, wanted)
        page = self.server.request("GET", "/docs/reference.html").body.decode()
        self.assertTrue("The backup of srv1 failed." in page, "the page shows the examples")

    def test_an_example_that_is_not_real_is_found(self):
        real = {"id": 1, "list": [{"a": "x"}], "none": None}
        self.assertIsNone(difference(real, {"id": 2.5, "list": [], "none": "text"}))
        for wrong, where in (({"id": "1"}, "/id"), ({"list": [{"b": "x"}]}, "/list/0"),
                             ({"id": True}, "/id"),
                             ({"list": {}}, "/list")):
            self.assertTrue(difference({**real, **wrong}, real).startswith(where))
        self.assertIn("more", difference({**real, "more": 1}, real))

    def test_the_curl_lines_of_the_first_pages_work(self):
        commands = []
        for page in ("README.md", "docs/first-steps.md"):
            with open(os.path.join(SOURCE, page), encoding="utf-8") as file:
                commands += re.findall(r"^curl .*?(?=^curl |^```)", file.read(),
                                       re.MULTILINE | re.DOTALL)
        self.assertGreaterEqual(len(commands), 10)
        sent = self.server.request("POST", "/v1/messages", LATER).json
        for command in commands:
            command = re.sub(r"\s{2,}#.*$", "", command, flags=re.MULTILINE)
            command = command.replace("http://127.0.0.1:8080",
                                      f"http://127.0.0.1:{self.server.port}")
            command = command.replace("MESSAGE_ID", sent["message_id"])
            done = subprocess.run(["/bin/sh", "-c",
                                   command.replace("curl ", "curl -sS -w '\n%{http_code}' ", 1)],
                                  capture_output=True, text=True, timeout=30, check=True)
            self.assertRegex(done.stdout.splitlines()[-1], "^2", f"{command}{done.stdout}")
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
