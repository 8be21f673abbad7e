"""Judges of other makers: Twilio's OpenAPI document for requests, Twilio's library for the
signatures of its calls, and the library of Standard Webhooks for ours.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time
import unittest
import urllib.parse

from peers import JUDGES, Process, free_port, listens, wait_until
from harness import Scenario, http_request

HERE = os.path.dirname(os.path.abspath(__file__))
NODE = {"NODE_PATH": os.path.join(JUDGES, "node_modules")}
ACCOUNT = "AC" + "0123456789abcdef" * 2
TOKEN = "0123456789abcdef" * 2
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def sign(url, parameters):
    return subprocess.run(
        ["node", os.path.join(HERE, "judges/sign_twilio.cjs"), TOKEN, url, json.dumps(parameters)],
        env={**os.environ, **NODE}, check=True, capture_output=True, text=True,
        timeout=30).stdout.strip()


class Judges(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()

    def start_node(self, name, port, *command):
        process = Process(["node", *command], os.path.join(self.folder, name), NODE)
        self.stack.callback(process.kill)
        wait_until(lambda: listens(port) or not process.running(), 60, f"{name} listens")
        if not process.running():
            raise AssertionError(process.errors()[-2000:])
        return process

    def serve(self, provider):
        provider = {"timeout": "15s", "connect_timeout": "5s", **provider}
        self.server = self.make_server(
            self.database, [provider], receipts={}, node={"lease": "1m"},
            messaging={"max_retries": 0, "give_up_after": "0s",
                       "default_provider_type": provider["type"]})
        self.server.environment.update(TWILIO_TOKEN=TOKEN, WEBHOOK_SECRET=WEBHOOK_SECRET)
        self.server.start()

    def serve_twilio(self, **keys):
        port = self.prism_port = free_port()
        document = os.path.join(JUDGES, "node_modules/@twilio-alpha/mcp/twilio-oai/spec/json",
                                "twilio_api_v2010.json")
        prism = self.start_node("prism", port, os.path.join(JUDGES, "node_modules/.bin/prism"),
                                "mock", "-h", "127.0.0.1", "-p", str(port), "--errors", document)
        self.serve({"name": "sms", "type": "sms", "api": "twilio", "priority": 1,
                    "url": f"http://127.0.0.1:{port}", "account_sid": ACCOUNT,
                    "auth_token_env": "TWILIO_TOKEN", **keys})
        return prism

    def test_twilios_openapi_document_takes_our_requests(self):
        prism = self.serve_twilio(**{"from": "+15550001111"})
        texts = ["hello", "50% off & more: a+b=c?", "\u017b\u00f3\u0142w \U0001f422\nsecond line"]
        for text in texts:
            sent = self.server.send(1, "+15551234567", text)
            message = self.server.wait_for_end(sent)
            self.assertEqual(message["status"], "success", f"{message}\n{prism.output()[-3000:]}")
            one = message["recipients"][0]["transactions"][0]
            self.assertRegex(one["provider_ref"], "^(SM|MM)[0-9a-fA-F]{32}$")
        self.assertNotIn("Violation", prism.output())

    def test_twilios_openapi_document_refuses_what_it_should(self):
        """Else the test above could not fail."""
        self.serve_twilio(**{"from": "+15550001111"})
        path = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        headers = {"Content-Type": "application/x-www-form-urlencoded",
                   "Authorization": f"Basic {login}"}
        good = "To=%2B15551234567&From=%2B15550001111&Body=x"
        for body, expected in ((good, 201), ("From=%2B15550001111&Body=x", 422),
                               (good + "&ValidityPeriod=abc", 422)):
            answer = http_request(self.prism_port, "POST", path, body, headers)
            self.assertEqual(answer.status, expected, answer)
        del headers["Authorization"]
        self.assertEqual(http_request(self.prism_port, "POST", path, good, headers).status, 401)

    def call(self, path, parameters, signature):
        return self.server.request(
            "POST", path, urllib.parse.urlencode(parameters),
            {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature})

    def test_the_signature_of_twilios_library_is_accepted_and_no_other(self):
        self.serve_twilio(**{"from": "+15550001111"})
        sent = self.server.send(1, "+15551234567", "hello")
        number = sent["transactions"][0]["id"]
        sid = self.server.wait_for_end(sent)["recipients"][0]["transactions"][0]["provider_ref"]
        path = self.receipt_path(number)
        url = f"http://127.0.0.1:{self.server.port}{path}"
        parameters = {"MessageSid": sid, "MessageStatus": "delivered", "To": "+15551234567",
                      "AccountSid": ACCOUNT, "Body": "\u017b & more"}
        good = sign(url, parameters)
        for bad in ("", "AAAA", good[:-4] + "AAA=", sign(url + "x", parameters)):
            self.assertEqual(self.call(path, parameters, bad).status, 403, bad)
        self.assertEqual(self.call(path, {**parameters, "MessageStatus": "undelivered"},
                                   good).status, 403)
        self.assertIsNone(self.server.transaction(number)["receipt"])
        self.assertEqual(self.call(path, parameters, good).status, 200)
        self.assertEqual(self.server.transaction(number)["receipt"], "delivered")

    def receipt_path(self, number):
        """As this server would give it to Twilio."""
        mac = hmac.new(self.server.SECRET.encode(), f"receipt/sms/{number}".encode(),
                       hashlib.sha256).digest()[:16]
        return f"/receipts/sms/{number}." + base64.urlsafe_b64encode(mac).decode().rstrip("=")

    def test_the_library_of_standard_webhooks_accepts_our_signatures(self):
        port = free_port()
        judge = self.start_node("judge", port, os.path.join(HERE, "judges/judge_webhooks.cjs"),
                                str(port), WEBHOOK_SECRET)
        self.serve({"name": "hooks", "type": "webhook", "priority": 1, "allow_private": True,
                    "secret_env": "WEBHOOK_SECRET"})
        sent = self.server.send(7, f"http://127.0.0.1:{port}/hook?q=\u00e4",
                                "\u017b\u00f3\u0142w \U0001f422", subject="News",
                                metadata={"order": "42"})
        message = self.server.wait_for_end(sent)
        self.assertEqual(message["status"], "success", judge.output())
        [line] = map(json.loads, judge.output().splitlines())
        self.assertNotIn("error", line)
        self.assertNotIn(".", line["id"])
        self.assertEqual(line["path"], "/hook?q=%C3%A4")
        self.assertRegex(line["agent"], r"^Postrider/\d")
        data = line["payload"]["data"]
        self.assertEqual((data["text"], data["subject"], data["metadata"], data["message_id"]),
                         ("\u017b\u00f3\u0142w \U0001f422", "News", {"order": "42"},
                          sent["message_id"]))

    def test_node_answers_without_an_end_and_with_a_date(self):
        port = free_port()
        judge = self.start_node("judge", port, os.path.join(HERE, "judges/judge_webhooks.cjs"),
                                str(port), WEBHOOK_SECRET)
        self.serve({"name": "hooks", "type": "webhook", "priority": 1, "allow_private": True,
                    "timeout": "1s", "connect_timeout": "1s",
                    "secret_env": "WEBHOOK_SECRET"})
        for path, calls in (("/stall", 1), ("/later", 2)):
            begin = time.monotonic()
            sent = self.server.send(7, f"http://127.0.0.1:{port}{path}", "hello")
            message = self.server.wait_for_end(sent)
            self.assertEqual(message["status"], "success", judge.output())
            self.assertEqual(len(message["recipients"][0]["transactions"]), 1)
            lines = [json.loads(line) for line in judge.output().splitlines()]
            self.assertEqual(len([one for one in lines if one["path"] == path]), calls)
        self.assertGreaterEqual(time.monotonic() - begin, 3)

    def test_private_addresses_are_refused_unless_they_are_allowed(self):
        port = free_port()
        judge = self.start_node("judge", port, os.path.join(HERE, "judges/judge_webhooks.cjs"),
                                str(port), WEBHOOK_SECRET)
        self.serve({"name": "hooks", "type": "webhook", "priority": 1,
                    "secret_env": "WEBHOOK_SECRET"})
        plain = self.server.request("POST", "/send/message", {
            "user_id": 1, "message": "x", "recipients": [f"http://127.0.0.1:{port}/hook"]})
        self.assertEqual(plain.status, 422)
        for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]"):
            sent = self.server.send(1, f"https://{host}:{port}/hook", "hello")
            message = self.server.wait_for_end(sent)
            self.assertEqual(message["status"], "failed")
            one = message["recipients"][0]["transactions"][0]
            self.assertEqual(one["error_code"], "recipient_rejected", one)
        self.assertEqual(judge.output(), "")


if __name__ == "__main__":
    unittest.main()
