"""Every status that http/openapi/openapi.yaml describes is really answered, by every operation that
describes it; contract.py holds each of these answers, and those of all other scenarios, against it.
"""

import json
import os
import subprocess
import unittest

from contract import CONTRACT
from harness import Scenario, program, wait_until

NUMBER = "+15551234567"
MESSAGE = {"user_id": 1, "recipients": [NUMBER], "message": "Dinner at eight?"}
# Statuses that other tests provoke, and which.
ELSEWHERE = {
    "409": "idempotency.py: 64 posts at once; below for cancel, settle and captchas",
    "410": "http_server_test, event_routes; event_reader_test.cpp: retention was faster",
    "503": "database_outage.py, drain.py, and http_server_test for every refusal",
}
NOBODY = "00000000-0000-7000-8000-000000000000"
BODIES = {
    "create_message": MESSAGE, "send_message": MESSAGE, "explain_route": MESSAGE,
    "retry_failed": {"dry_run": True},
    "put_user_providers": [{"provider": "signal"}],
    "switch_provider": {"active": True},
    "answer_challenge": {"token": "2fd3", "captcha": "signalcaptcha://signal-hcaptcha.x"},
    "test_provider": {"recipient": NUMBER},
    "create_key": {"name": "made", "scopes": ["read"]},
    "settle_transaction": {"outcome": "give_up"},
    "create_endpoint": {"url": "https://127.0.0.1:9/hook"},
    "change_endpoint": {"description": "shop"},
    "replay_endpoint": {"undelivered": True},
}
# That their bodies are refused with 422 for.
WRONG = {"put_user_providers": [{}], "retry_failed": {"ids": []}, "change_endpoint": {"url": "x"},
         **dict.fromkeys(("cancel_message", "revoke_key", "drain", "resume"), {"nosuch": 1})}
NDJSON = "application/x-ndjson"


def bearer(key):
    return {"Authorization": "Bearer " + key}


class OpenApi(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal")
        self.server = self.make_server(
            self.open_database(), [self.sim.provider("signal")], auth={"required": True},
            http={"max_body": "2KiB"},
            source=[{"name": "signal", "type": "text", "to": ["user:1"]}])
        self.root = self.make_key("root", "--scope", "admin")
        self.keys = {name: self.make_key(name, "--scope", name) for name in ("send", "read")}
        self.keys["other"] = self.make_key("other", "--scope", "read", "--user", "2")
        self.server.start()
        self.paths = self.make_paths()
        self.seen = set()

    def make_key(self, name, *options):
        done = subprocess.run(
            [program("postrider"), "keys", "create", "--name", name, *options, "--config",
             self.server.config], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def make_paths(self):
        """Existing things to put in place of a path's parameters."""
        sent = self.server.request("POST", "/send/message", MESSAGE, bearer(self.root)).json
        key = self.server.request("POST", "/v1/keys", {"name": "spare", "scopes": ["read"]},
                                  bearer(self.root)).json
        endpoint = self.server.request("POST", "/v1/endpoints", BODIES["create_endpoint"],
                                       bearer(self.root)).json
        return {"message_id": sent["message_id"], "user_id": "1", "name": "signal",
                "endpoint_id": str(endpoint["id"]),
                "id": str(sent["id"]), "key_id": str(key["id"]), "file": "plain.css",
                "code": "no_route",
                "provider": "signal", "token": "1.x"}

    def path(self, pattern, **values):
        values = {**self.paths, **values}
        if pattern.startswith("/v1/keys/"):
            values["id"] = values["key_id"]
        if pattern.startswith("/v1/endpoints/"):
            values["id"] = values["endpoint_id"]
        if pattern == "/ui/{file}" and values["file"] == self.paths["file"]:
            values["file"] = self.page_file()
        return pattern.format(**values)

    @staticmethod
    def page_file():
        """One that the page loads; its name has a hash of its content."""
        folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../http/page/dist")
        return next(name for name in sorted(os.listdir(folder)) if name.endswith(".css"))

    def ask(self, operation, method, target, body=None, key=None, headers=None):
        headers = {**(bearer(key or self.root) if key != "" else {}), **(headers or {})}
        if operation["operationId"] == "send_messages" and body is not None:
            headers = {"Content-Type": NDJSON, **headers}
            body = body if isinstance(body, str) else json.dumps(body) + "\n"
        elif isinstance(body, str):
            headers = {"Content-Type": "application/json", **headers}
        answer = self.server.request(method, target, body, headers)
        self.seen.add((operation["operationId"], str(answer.status)))
        return answer

    def provoke(self, status, method, pattern, operation):
        """Sends what this operation answers so."""
        name = operation["operationId"]
        if name == "sign_in":
            return self.provoke_sign_in(status, pattern, operation)
        body = MESSAGE if name == "send_messages" else BODIES.get(name)
        target = self.path(pattern)
        if name == "settle_transaction" and status == "200":
            target = self.path(pattern, id=self.unknown_transaction())
        if name == "cancel_message" and status == "200":
            later = self.server.request("POST", "/send/message", {
                **MESSAGE, "send_at": "2099-01-01T00:00:00Z"}, bearer(self.root)).json
            target = self.path(pattern, message_id=later["message_id"])
        if status in ("200", "201", "202", "204", "302"):
            return self.ask(operation, method, target, body)
        if status == "400":
            wrong = target.replace("1.x", "%ff") if "1.x" in target else target + "?nosuch=1"
            return self.ask(operation, method, wrong, body)
        if status == "401":
            return self.ask(operation, method, target, body, key="")
        if status == "403":
            key = "read" if name in ("send_message", "create_message", "send_messages",
                                     "cancel_message") else "send"
            return self.ask(operation, method, target, body, key=self.keys[key])
        if status == "404" and (pattern.startswith("/v1/events") or name in ("list_messages",
                                                                           "count_messages")):
            return self.ask(operation, method, target + "?user_id=1", key=self.keys["other"])
        if status == "404":
            wrong = self.path(pattern, message_id=NOBODY, user_id="0", name="nobody", id="999999",
                              key_id="999999", endpoint_id="999999", file="nothing",
                              provider="nobody", code="nothing")
            wrong += "?section=nothing" if name == "inspect" else ""
            return self.ask(operation, method, wrong, body)
        if status == "409":
            # No provider asked for a captcha.
            body = {"captcha": "x"} if name == "answer_challenge" else body
            return self.ask(operation, method, target, body)
        if status == "413":
            if name == "send_messages":
                return self.ask(operation, method, target, "",
                                headers={"Content-Length": "99999999"})
            return self.ask(operation, method, target, json.dumps("x" * 3000))
        if status == "415":
            return self.ask(operation, method, target, "x", headers={"Content-Type": "text/plain"})
        if status == "422":
            return self.ask(operation, method, target,
                            "" if name == "send_messages" else WRONG.get(name, {}))
        if status == "429":
            slow = self.make_slow_key()
            self.ask(operation, method, target, body, key=slow)
            return self.ask(operation, method, target, body, key=slow)
        raise AssertionError(f"nobody knows how {name} comes to answer {status}")

    def provoke_sign_in(self, status, target, operation):
        slow = self.make_slow_key()
        bodies = {"401": {"key": "pr_" + "x" * 43}, "403": {"key": self.keys["send"]}, "422": {},
                  "429": {"key": slow}}
        if status == "400":
            target += "?nosuch=1"
        for _ in range(2 if status == "429" else 1):
            answer = self.ask(
                operation, "POST", target, "x" if status == "415" else bodies.get(
                    status, {"key": self.root}), key="",
                headers={"Sec-Fetch-Site": "same-origin",
                         **({"Content-Type": "text/plain"} if status == "415" else {})})
        return answer

    def unknown_transaction(self):
        """The id of one that ended, and nobody knows whether it arrived."""
        number = "+15550000001"
        self.sim.behave("signal", by_recipient={number: "drop"})
        sent = self.server.request("POST", "/send/message", {
            **MESSAGE, "recipients": [number], "on_unknown": "hold"}, bearer(self.root)).json

        def ended():
            found = self.server.request("GET", f"/v1/transactions/{sent['id']}", None,
                                        bearer(self.root)).json
            return found["final"] and found["error_code"] == "outcome_unknown"
        wait_until(ended, 20, "its outcome is unknown")
        return str(sent["id"])

    def make_slow_key(self):
        self.slow_keys = getattr(self, "slow_keys", 0) + 1
        made = self.server.request("POST", "/v1/keys", {
            "name": f"slow-{self.slow_keys}", "scopes": ["admin"], "rate_per_minute": 1},
            bearer(self.root))
        return made.json["key"]

    def test_every_described_status_is_answered(self):
        missing = []
        operations = list(CONTRACT.operations())
        # Operations that make others impossible come last.
        late = ("revoke_key", "delete_endpoint", "drain", "resume")
        operations.sort(key=lambda one: late.index(one[2]["operationId"])
                        if one[2]["operationId"] in late else -1)
        for method, pattern, operation in operations:
            for status in operation["responses"]:
                name = operation["operationId"]
                if status == "default" or (
                        status in ELSEWHERE
                        and name not in ("cancel_message", "settle_transaction",
                                         "answer_challenge")):
                    continue
                if status == "503":
                    continue
                if name.startswith("receive_receipt") and status in ("200", "403"):
                    continue  # receipts.py
                if name.startswith("receive_at_source"):
                    continue  # sources.py
                if name == "stream_events" and status in ("200", "429"):
                    continue  # events.py: what it answers to a good request has no end
                self.provoke(status, method, pattern, operation)
                if (name, status) not in self.seen:
                    answered = sorted(one for which, one in self.seen if which == name)
                    missing.append(f"{name} {status} (answered {' '.join(answered)})")
        self.assertEqual(missing, [])
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
