"""Answers of real peers that are hard to read: a body that never ends, dates, a session's limits.
"""

import email.utils
import math
import time
import unittest

from channels import CHANNELS, SECRETS, start_channels
from harness import Scenario, wait_until
from time_text import unix_seconds

HOOKS = next(one for one in CHANNELS if one.name == "hooks")
MAIL = next(one for one in CHANNELS if one.name == "mail")


class Answers(Scenario):
    def start(self, channel, /, **keys):
        self.database = self.open_database()
        self.sim = start_channels(self, [channel])
        self.channel = channel
        self.server = self.make_server(
            self.database, [channel.provider(self.sim, **keys)],
            messaging={"default_provider_type": channel.type, "max_retries": 0,
                       "give_up_after": "0s"})
        self.server.environment.update(SECRETS)
        self.server.start()

    def send(self, number=1, suffix=""):
        return self.server.send(1, self.channel.address(self.sim, number) + suffix, "hello")

    def outcome(self, sent):
        message = self.server.wait_for_end(sent)
        return message["status"], message["recipients"][0]["transactions"]

    def finish(self):
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_a_status_counts_whose_body_never_comes(self):
        self.start(HOOKS, timeout="1s")
        for status, ending, error in ((200, "success", None), (410, "failed", "recipient_rejected"),
                                      (404, "failed", "unavailable"),
                                      (500, "failed", "outcome_unknown")):
            with self.subTest(status):
                self.sim.control("POST", "hooks", "reset")
                self.sim.behave("hooks", outcomes={"reply": 1},
                                reply={"status": status, "then": "stall",
                                       "accepted": status == 200})
                told, (one,) = self.outcome(self.send())
                self.assertEqual((told, one["error_code"]), (ending, error), one)
                self.assertEqual(self.sim.tally("hooks")["calls"], 1)
        self.finish()

    def test_an_endpoint_that_names_a_time_is_called_again_then_and_the_others_at_once(self):
        self.start(HOOKS)
        soon = math.ceil(time.time()) + 3
        # Still before a retry would be due, which would be one too many.
        later = soon + 120

        def throttle_until(when):
            return {"status": 429, "retry_after": email.utils.formatdate(when, usegmt=True)}
        self.sim.behave("hooks", by_recipient={"/hook/1": [throttle_until(soon), "accept"],
                                               "/hook/2": [throttle_until(later), "accept"]})
        throttled, waiting = self.send(1), self.send(2)
        wait_until(lambda: self.sim.tally("hooks")["calls"] >= 2, 10, "both were called")
        self.assertEqual(self.outcome(self.send(3))[0], "success")
        status, transactions = self.outcome(throttled)
        self.assertEqual((status, len(transactions)), ("success", 1), transactions)
        (attempts,) = transactions[0]["attempts"]
        self.assertEqual(attempts["count"], 2)
        self.assertGreaterEqual(unix_seconds(attempts["last"]["began_at"]), soon)
        self.assertEqual(self.server.message(waiting["message_id"])["status"], "pending")
        self.finish()

    def test_a_limit_of_a_session_costs_no_attempt(self):
        self.start(MAIL, max_in_flight=1)
        for stage in ("mail", "data"):
            with self.subTest(stage):
                self.sim.behave("mail", stages={stage: {
                    "status": 452, "enhanced": "4.4.5", "after": 10,
                    "message": "Maximum number of messages per session exceeded."}})
                for sent in [self.send(number) for number in range(25)]:
                    status, transactions = self.outcome(sent)
                    self.assertEqual((status, len(transactions)), ("success", 1), transactions)
        self.assertEqual(self.sim.tally("mail")["accepted"], 50)
        self.finish()

    def test_a_refusal_of_the_sender_is_not_the_recipients(self):
        self.start(MAIL)
        self.sim.behave("mail", by_recipient={"user1@example.org": {
            "status": 554, "stage": "dot",
            "message": "Message rejected: Email address is not verified."}})
        status, (one,) = self.outcome(self.send(1))
        self.assertEqual((status, one["error_code"]), ("failed", "misconfigured"), one)
        self.finish()

    def test_a_url_of_any_characters_is_called(self):
        self.start(HOOKS)
        self.assertEqual(self.outcome(self.send(1, "?q=\u00e4|\U0001f422"))[0], "success")
        self.finish()


if __name__ == "__main__":
    unittest.main()
