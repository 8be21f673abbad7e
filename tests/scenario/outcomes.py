"""Every answer that a provider can give, and its consequence by docs/internals/architecture.md."""

import unittest

from channels import CHANNELS, SECRETS, start_channels
from harness import Scenario, wait_until

SURELY_NOT_SENT = False
MAYBE_SENT = True

# Behaviours of provider-sim, each with the error code of that attempt, and whether the next attempt
# may send a second copy.
OUTCOMES = {
    "unregistered": ("recipient_rejected", SURELY_NOT_SENT),
    "identity": ("recipient_rejected", SURELY_NOT_SENT),
    "rate_limit": ("throttled", SURELY_NOT_SENT),  # for a minute
    "rate_limit_captcha": ("throttled", SURELY_NOT_SENT),
    "network_failure": ("outcome_unknown", MAYBE_SENT),
    "invalid_pre_key": ("unavailable", SURELY_NOT_SENT),
    "io_error": ("unavailable", SURELY_NOT_SENT),
    "internal_error": ("outcome_unknown", MAYBE_SENT),
    "unknown_host": ("unavailable", SURELY_NOT_SENT),
    "account_unknown": ("misconfigured", SURELY_NOT_SENT),
    "http_500": ("outcome_unknown", MAYBE_SENT),
    "http_404": ("unavailable", SURELY_NOT_SENT),
    "garbage": ("outcome_unknown", MAYBE_SENT),
    "accept_then_garbage": ("outcome_unknown", MAYBE_SENT),
    "accept_then_cut": ("outcome_unknown", MAYBE_SENT),
    "accept_then_drop": ("outcome_unknown", MAYBE_SENT),
    "drop": ("outcome_unknown", MAYBE_SENT),
    "never_answer": ("outcome_unknown", MAYBE_SENT),
    "accept_never_answer": ("outcome_unknown", MAYBE_SENT),
}
ACCEPTED_ANYWAY = {name for name in OUTCOMES if name.startswith("accept_")}
# How a provider says that it will never take this content, from anybody to anybody.
CONTENT_REFUSED = {
    "twilio": {"status": 400, "code": 21617},
    "kannel": {"status": 400, "message": "Coding field misformed, rejected"},
    "mail": {"status": 554, "enhanced": "5.6.0", "stage": "dot"},
}
# After these a provider is left alone at once.
OPENS_THE_CIRCUIT = {name for name, (error, _) in OUTCOMES.items() if error == "misconfigured"}


def provider_name(outcome):
    return outcome.replace("_", "-")


def number(index):
    return f"+1555000{index:04}"


class Outcomes(Scenario):
    """Each outcome has a provider of its own, so that none stands in another's way."""

    def start(self, good=True, **keys):
        self.database = self.open_database()
        self.sim = self.start_sim(*map(provider_name, OUTCOMES), "good", "slow-down")
        providers = []
        for index, outcome in enumerate(OUTCOMES):
            name = provider_name(outcome)
            self.sim.behave(name, by_recipient={number(index): outcome}, retry_after_s=60)
            providers.append(self.sim.provider(name, **{"timeout": "1s", **keys}))
        providers.append(self.sim.provider("good"))
        providers.append(self.sim.provider("slow-down"))
        self.server = self.make_server(
            self.database, providers,
            messaging={"retry_delay": "2s", "retry_jitter": 0.0, "max_retries": 1})
        self.server.start()
        for index, outcome in enumerate(OUTCOMES):
            names = [provider_name(outcome)] + (["good"] if good else [])
            self.put_list(index + 1, names)

    def put_list(self, user, names):
        lines = [{"provider": name, "priority": place + 1} for place, name in enumerate(names)]
        answer = self.server.request("PUT", f"/v1/users/{user}/providers", lines)
        self.assertEqual(answer.status, 200, answer)

    def send_all(self):
        return {outcome: self.server.send(index + 1, number(index), outcome)["message_id"]
                for index, outcome in enumerate(OUTCOMES)}

    def chains(self, sent):
        wait_until(self.server.drained, 20, f"all have ended; rows: {self.server.rows()}")
        return {outcome: self.server.message(message_id)["recipients"][0]
                for outcome, message_id in sent.items()}

    def finish(self):
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_the_next_provider_is_tried_after_each(self):
        self.start()
        for outcome, recipient in self.chains(self.send_all()).items():
            error, maybe_sent = OUTCOMES[outcome]
            with self.subTest(outcome):
                self.assertEqual(recipient["status"], "success")
                first, second = recipient["transactions"]
                self.assertEqual((first["provider"], first["status"], first["error_code"]),
                                 (provider_name(outcome), "failed", error))
                self.assertFalse(first["possible_duplicate"])
                self.assertTrue(first["error_message"])
                self.assertEqual(first["superseded_by"], second["id"])
                self.assertEqual((second["provider"], second["status"], second["retry_count"]),
                                 ("good", "success", 1))
                self.assertTrue(second["provider_ref"])
                self.assertEqual(second["possible_duplicate"], maybe_sent)
                tally = self.sim.tally(provider_name(outcome))
                self.assertEqual(tally["calls"], 1)
                self.assertEqual(tally["accepted"], 1 if outcome in ACCEPTED_ANYWAY else 0)
                circuit = self.server.request("GET", f"/v1/providers/{provider_name(outcome)}").json
                self.assertEqual(circuit["circuit"]["state"],
                                 "open" if outcome in OPENS_THE_CIRCUIT else "closed")
        self.assertEqual(self.sim.tally("good")["accepted"], len(OUTCOMES))
        self.finish()

    def test_a_held_message_is_never_sent_again(self):
        self.start(on_unknown="hold")
        for outcome, recipient in self.chains(self.send_all()).items():
            error, maybe_sent = OUTCOMES[outcome]
            with self.subTest(outcome):
                if not maybe_sent:
                    self.assertEqual(recipient["status"], "success")
                    continue
                only, = recipient["transactions"]
                self.assertEqual((only["status"], only["error_code"], only["final"],
                                  only["archived"]),
                                 ("failed", error, True, True))
                self.assertIsNotNone(only["completed_at"])
        held = sum(maybe_sent for _, maybe_sent in OUTCOMES.values())
        self.assertEqual(self.sim.tally("good")["accepted"], len(OUTCOMES) - held)
        self.finish()

    def test_a_person_settles_what_is_unknown(self):
        self.start(good=False, on_unknown="hold")
        user, number_ = list(OUTCOMES).index("drop") + 1, number(list(OUTCOMES).index("drop"))
        sent = [self.server.send(user, number_, f"message {place}") for place in range(3)]
        wait_until(self.server.drained, 20, f"all have ended; rows: {self.server.rows()}")
        self.sim.behave("drop", by_recipient={number_: "accept"})
        for receipt, (words, outcome, end) in zip(sent, (
                ("arrived", "arrived", "delivered"), ("not-sent", "not_sent", "sent"),
                ("give-up", "give_up", "failed"))):
            with self.subTest(words):
                before = self.server.message(receipt["message_id"])["recipients"][0]
                self.assertEqual(before["outcome"], "unknown")
                done = self.server.command("settle", str(receipt["id"]), words)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                self.assertIn(f"; settled as {outcome} at ", done.stdout)
                wait_until(self.server.drained, 20, "all have ended")
                after = self.server.message(receipt["message_id"])["recipients"][0]
                self.assertEqual(after["outcome"], end)
                note = after["transactions"][0]["settlement"]
                self.assertEqual((note["outcome"], note["by"]), (outcome, None))
                told = self.server.command("status", receipt["message_id"])
                self.assertIn(f"settled as {outcome}", told.stdout)
        self.assertEqual(self.sim.tally("drop")["calls"], 4)
        refused = self.server.command("settle", str(sent[0]["id"]), "give-up")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("is a success: there is nothing to settle", refused.stderr)
        self.finish()

    def test_throttling_for_a_moment_costs_no_retry(self):
        self.start()
        self.sim.behave("slow-down", by_recipient={"+15557777777": ["rate_limit", "accept"]},
                        retry_after_s=1)
        self.put_list(100, ["slow-down", "good"])
        message_id = self.server.send(100, "+15557777777", "in a moment")["message_id"]
        only, = self.chains({"": message_id})[""]["transactions"]
        self.assertEqual((only["provider"], only["status"], only["retry_count"],
                          only["error_code"]),
                         ("slow-down", "success", 0, None))
        self.assertEqual(self.sim.tally("slow-down")["calls"], 2)
        self.finish()

    def test_a_provider_that_is_down_was_surely_not_reached(self):
        self.start()
        self.sim.behave("slow-down", down=True)
        self.put_list(100, ["slow-down", "good"])
        message_id = self.server.send(100, "+15557777777", "not there")["message_id"]
        first, second = self.chains({"": message_id})[""]["transactions"]
        self.assertEqual(first["error_code"], "unavailable")
        self.assertEqual((second["status"], second["possible_duplicate"]), ("success", False))
        self.finish()

    def test_a_recipient_whom_no_provider_reaches_fails_for_good(self):
        self.start(good=False)
        message_id = self.server.send(1, number(0), "nobody")["message_id"]
        only, = self.chains({"": message_id})[""]["transactions"]
        self.assertEqual((only["status"], only["error_code"], only["final"]),
                         ("failed", "recipient_rejected", True))
        self.finish()


class ContentRefused(Scenario):
    """A phone number and a mail address, and a provider after another that refuses the content."""

    def test_each_is_asked_once_and_the_next_one_at_once(self):
        channels = [one for one in CHANNELS if one.name in CONTENT_REFUSED]
        self.sim = start_channels(self, [*channels, CHANNELS[0]])
        for name, reply in CONTENT_REFUSED.items():
            self.sim.behave(name, outcomes={"reply": 1}, reply=reply)
        database = self.open_database()
        good = CHANNELS[0]
        server = self.make_server(database,
                                  [one.provider(self.sim) for one in [*channels, good]],
                                  messaging={"retry_delay": "1h", "failover_delay": "1h"})
        server.environment.update(SECRETS)
        server.start()
        names = [one.name for one in channels]
        for user, last in ((1, [good.name]), (2, [])):
            lines = [{"provider": name, "priority": place + 1}
                     for place, name in enumerate([*names, *last])]
            self.assertEqual(server.request("PUT", f"/v1/users/{user}/providers", lines).status,
                             200)
            body = {"user_id": user, "message": "hello",
                    "recipients": [{"phone": "+15557777777", "email": "ann@example.org"}]}
            answer = server.request("POST", "/v1/messages", body)
            self.assertEqual(answer.status, 202, answer)
            # An hour later would be too late.
            wait_until(server.drained, 20, "all has ended")
            recipient = server.message(answer.json["message_id"])["recipients"][0]
            refused = [(one["provider"], one["error_code"], one["possible_duplicate"])
                       for one in recipient["transactions"][:len(names)]]
            self.assertEqual(refused, [(name, "message_rejected", False) for name in names])
            self.assertEqual(recipient["status"], "success" if last else "failed")
            self.assertEqual(len(recipient["transactions"]), len(names) + len(last))
        for name in names:
            tally = self.sim.tally(name)
            self.assertEqual((tally["calls"], tally["accepted"]), (2, 0))
            circuit = server.request("GET", f"/v1/providers/{name}").json["circuit"]
            self.assertEqual(circuit["state"], "closed")
        self.assert_stops(server)
        self.assert_verified(database.url)


if __name__ == "__main__":
    unittest.main()
