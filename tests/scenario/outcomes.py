"""Every answer that a provider can give, and what docs/architecture.md says comes of it."""

import unittest

from harness import Scenario, wait_until

SURELY_NOT_SENT = False
MAYBE_SENT = True

# What provider-sim does: the error code of that attempt, and whether the next one may be a second copy.
OUTCOMES = {
    "unregistered": ("recipient_rejected", SURELY_NOT_SENT),
    "identity": ("recipient_rejected", SURELY_NOT_SENT),
    "rate_limit": ("throttled", SURELY_NOT_SENT),  # for a minute
    "rate_limit_captcha": ("misconfigured", SURELY_NOT_SENT),
    "network_failure": ("outcome_unknown", MAYBE_SENT),
    "invalid_pre_key": ("unavailable", SURELY_NOT_SENT),
    "io_error": ("unavailable", SURELY_NOT_SENT),
    "internal_error": ("outcome_unknown", MAYBE_SENT),
    "unknown_host": ("unavailable", SURELY_NOT_SENT),
    "account_unknown": ("misconfigured", SURELY_NOT_SENT),
    "http_500": ("outcome_unknown", MAYBE_SENT),
    "http_404": ("misconfigured", SURELY_NOT_SENT),
    "garbage": ("outcome_unknown", MAYBE_SENT),
    "accept_then_garbage": ("outcome_unknown", MAYBE_SENT),
    "accept_then_cut": ("outcome_unknown", MAYBE_SENT),
    "accept_then_drop": ("outcome_unknown", MAYBE_SENT),
    "drop": ("outcome_unknown", MAYBE_SENT),
    "never_answer": ("outcome_unknown", MAYBE_SENT),
    "accept_never_answer": ("outcome_unknown", MAYBE_SENT),
}
ACCEPTED_ANYWAY = {name for name in OUTCOMES if name.startswith("accept_")}
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
                self.assertEqual((only["status"], only["error_code"], only["final"], only["archived"]),
                                 ("failed", error, True, True))
                self.assertIsNotNone(only["completed_at"])
        held = sum(maybe_sent for _, maybe_sent in OUTCOMES.values())
        self.assertEqual(self.sim.tally("good")["accepted"], len(OUTCOMES) - held)
        self.finish()

    def test_throttling_for_a_moment_costs_no_retry(self):
        self.start()
        self.sim.behave("slow-down", by_recipient={"+15557777777": ["rate_limit", "accept"]},
                        retry_after_s=1)
        self.put_list(100, ["slow-down", "good"])
        message_id = self.server.send(100, "+15557777777", "in a moment")["message_id"]
        only, = self.chains({"": message_id})[""]["transactions"]
        self.assertEqual((only["provider"], only["status"], only["retry_count"], only["error_code"]),
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


if __name__ == "__main__":
    unittest.main()
