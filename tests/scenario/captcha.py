"""Signal asks for a captcha: one recipient's messages go elsewhere, and a person answers it."""

import json
import unittest

from channels import CHANNELS, SECRETS, Channel, start_channels
from harness import Scenario, wait_until

ASKED, OTHER = "+15551234567", "+15557654321"
SOLVED = "signalcaptcha://signal-hcaptcha.5fad97ac.challenge.P1_"


class Captcha(Scenario):
    def start(self, kind, alone=False):
        one, = (channel for channel in CHANNELS if channel.name == kind)
        behind, = (channel for channel in CHANNELS if channel.name == "kannel")
        first = Channel("first", one.type, one.recipient, one.keys)
        self.sim = start_channels(self, [first, behind])
        self.database = self.open_database()
        used = [first] if alone else [first, behind]
        self.server = self.make_server(
            self.database, [channel.provider(self.sim) for channel in used])
        self.server.environment.update(SECRETS)
        self.server.start()
        if not alone:
            answer = self.server.request("PUT", "/v1/users/1/providers", [
                {"provider": "first", "priority": 1}, {"provider": "kannel", "priority": 2}])
            self.assertEqual(answer.status, 200, answer)
        self.sim.behave("first", by_recipient={ASKED: "rate_limit_captcha"}, retry_after_s=86400)

    def attempts(self, number):
        message = self.server.wait_for_end(self.server.send(1, number, "hello"), 15)
        self.assertEqual(message["status"], "success", message)
        return [(one["provider"], one["error_code"])
                for one in message["recipients"][0]["transactions"]]

    def provider(self):
        return self.server.request("GET", "/v1/providers/first").json

    def answer(self, captcha, *more):
        return self.server.command("providers", "challenge", "first", "--captcha", captcha, *more)

    def check(self, kind, refusal):
        self.start(kind)
        self.assertIsNone(self.provider()["challenge"])
        early = self.answer(SOLVED)
        self.assertEqual(early.returncode, 1)
        self.assertIn("asks for no captcha at the moment", early.stderr)

        self.assertEqual(self.attempts(ASKED), [("first", "throttled"), ("kannel", None)])
        self.assertEqual(self.attempts(OTHER), [("first", None)])
        shown = self.provider()
        self.assertEqual(shown["circuit"]["state"], "closed", shown)
        self.assertTrue(shown["challenge"]["token"], shown)
        senders = self.server.request("GET", "/admin/inspect?section=senders").json["senders"]
        told = [one["challenge"] for one in senders if one["provider"] == "first"]
        self.assertEqual(told[0]["token"], shown["challenge"]["token"])
        self.assertIn("first asks for a captcha", self.server.process.errors())

        refused = self.answer("signalcaptcha://nonsense")
        self.assertEqual(refused.returncode, 1)
        self.assertIn(refusal, refused.stderr)
        self.assertIsNotNone(self.provider()["challenge"])

        taken = self.answer(SOLVED, "--json")
        self.assertEqual(taken.returncode, 0, taken.stderr)
        self.assertIsNone(json.loads(taken.stdout)["challenge"])
        self.assertIsNone(self.provider()["challenge"])
        self.assertEqual(self.attempts(ASKED), [("first", None)])

        elsewhere = self.server.request("POST", "/v1/providers/kannel/challenge",
                                        {"captcha": SOLVED})
        self.assertEqual(elsewhere.status, 422, elsewhere)
        self.assertIn("name a Signal provider", elsewhere.json["detail"])
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_what_waits_for_it_goes_when_it_is_answered(self):
        self.start("signal-rpc", alone=True)
        waiting = [self.server.send(1, ASKED, f"message {index}") for index in range(5)]
        wait_until(lambda: self.sim.tally("first")["calls"] == 5, 10, "all were called")
        # A retry by hand keeps to the time that Signal named.
        self.assertEqual(self.server.command("retry", "--provider", "first").returncode, 0)
        self.assertEqual(self.server.message(waiting[0]["message_id"])["status"], "pending")
        self.assertEqual(self.answer(SOLVED).returncode, 0)
        for one in waiting:
            message = self.server.wait_for_end(one, 15)
            self.assertEqual(message["status"], "success", message)
            self.assertEqual(len(message["recipients"][0]["transactions"]), 1, message)
        self.assertEqual(self.sim.tally("first")["accepted"], 5)
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_of_a_signal_cli_daemon(self):
        self.check("signal-rpc", "Submit challenge error: StatusCode: 400")

    def test_of_signal_cli_rest_api(self):
        self.check("signal-rest", "Submit challenge error: StatusCode: 400")


if __name__ == "__main__":
    unittest.main()
