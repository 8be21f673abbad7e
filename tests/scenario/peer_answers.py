"""Answers of released peers, with the default settings and a second provider behind the first."""

import email.utils
import time
import unittest

from channels import CHANNELS, SECRETS, Channel, start_channels
from harness import Scenario

BEHIND = "signal-rpc"
# signal-cli-rest-api 0.100 answers 400 with signal-cli's words: what each is, and what the circuit
# of a provider is afterwards.
SIGNAL_TEXTS = {
    "Failed to send message due to untrusted identities": ("recipient_rejected", "closed"),
    "Failed to send message due to rate limiting": ("throttled", "closed"),
    "Unregistered user \"+15551234567\"": ("recipient_rejected", "closed"),
    "Failed to send (some) messages: +15551234567: Unregistered user \"+15551234567\" "
    "1763869200123 Failed to send message": ("recipient_rejected", "closed"),
    "CAPTCHA proof required for sending to \"+15551234567\", available options \"CAPTCHA\" with "
    "challenge token \"2fd3\", or wait \"86400\" seconds.": ("throttled", "closed"),
    "User +15550001111 is not registered.": ("misconfigured", "open"),
    "Failed to send message: [401] Authorization failed! (AuthorizationFailedException) "
    "(UnexpectedErrorException)": ("misconfigured", "open"),
    "Error loading state file for user +15550001111: signal-cli version is too old for the "
    "Signal-Server, please update. (IOException)": ("misconfigured", "open"),
}


# Answers of mail servers to one recipient: the stage, the answer, its outcome, and whether the next
# message to somebody else is still sent there.
# docs/internals/providers-evidence.md has the witnesses.
MAIL_ANSWERS = (
    ("dot", 550, "5.4.5", "Daily user sending limit exceeded.", "throttled", False),
    ("rcpt", 554, "5.7.1", "<x>: Recipient address rejected: Email Sending Quota Exceeded",
     "throttled", False),
    ("rcpt", 554, "5.7.1", "Service unavailable; client [192.0.2.1] blocked using bl.example",
     "misconfigured", False),
    ("rcpt", 550, "5.7.1", "host [192.0.2.1]:41784 is in an RBL, see http://www.spamhaus.org/",
     "misconfigured", False),
    ("dot", 451, "4.7.1", "Greylisted, please try again later", "unavailable", True),
    ("rcpt", 554, "5.7.1", "<x>: Recipient address rejected: Access denied",
     "recipient_rejected", True),
)


class PeerAnswers(Scenario):
    def start(self, kind, count=1):
        """Providers of one kind, each the first of the user of its number."""
        one, = (channel for channel in CHANNELS if channel.name == kind)
        behind, = (channel for channel in CHANNELS if channel.name == BEHIND)
        self.names = [f"{kind}-{index}" for index in range(count)]
        channels = [Channel(name, one.type, one.recipient, one.keys, one.speaks_smtp)
                    for name in self.names]
        self.sim = start_channels(self, [*channels, behind])
        self.database = self.open_database()
        self.server = self.make_server(
            self.database, [channel.provider(self.sim) for channel in [*channels, behind]],
            # Shorter than the half minute of a throttle that names no end.
            messaging={"retry_delay": "10s"})
        self.server.environment.update(SECRETS)
        self.server.start()
        for index, name in enumerate(self.names):
            lines = [{"provider": name, "priority": 1}, {"provider": BEHIND, "priority": 2}]
            answer = self.server.request("PUT", f"/v1/users/{index + 1}/providers", lines)
            self.assertEqual(answer.status, 200, answer)

    def attempts(self, recipient, text="hello", user=1):
        """Provider and error of each attempt of a message that arrives."""
        receipt = self.server.send(user, recipient, text)
        message = self.server.wait_for_end(receipt, 15)
        self.assertEqual(message["status"], "success", message)
        chain = message["recipients"][0]["transactions"]
        self.assertFalse(any(one["possible_duplicate"] for one in chain), chain)
        return [(one["provider"], one["error_code"]) for one in chain]

    def circuit(self, name):
        return self.server.request("GET", f"/v1/providers/{name}").json["circuit"]["state"]

    def finish(self):
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_the_object_of_signal_cli_rest_api_is_a_success(self):
        self.start("signal-rest")
        name, = self.names
        self.assertEqual(self.attempts("+15551234567"), [(name, None)])
        self.assertEqual(self.sim.tally(name)["calls"], 1)
        self.assertEqual(self.sim.tally(BEHIND)["calls"], 0)
        self.finish()

    def test_texts_of_signal_cli_go_to_the_next_provider_at_once(self):
        self.start("signal-rest", len(SIGNAL_TEXTS))
        for index, (text, (error, circuit)) in enumerate(SIGNAL_TEXTS.items()):
            name = self.names[index]
            self.sim.behave(name, by_recipient={"+15551234567": {"status": 400, "message": text}})
            with self.subTest(text):
                self.assertEqual(self.attempts("+15551234567", user=index + 1),
                                 [(name, error), (BEHIND, None)])
                self.assertEqual(self.sim.tally(name)["calls"], 1)
                self.assertEqual(self.circuit(name), circuit)
                if circuit == "closed":
                    self.assertEqual(self.attempts("+15557654321", user=index + 1), [(name, None)])
        self.finish()

    def test_a_printed_time_is_that_of_a_message_that_was_sent(self):
        self.start("signal-rest")
        name, = self.names
        self.sim.behave(name, outcomes={"reply": 1}, reply={
            "status": 400, "accepted": True,
            "message": "1763869200123org.whispersystems.AuthorizationFailedException: [401] "
                       "Authorization failed!"})
        receipt = self.server.send(1, "+15551234567", "hello", on_unknown="hold")
        message = self.server.wait_for_end(receipt)
        one, = message["recipients"][0]["transactions"]
        self.assertEqual((one["provider"], one["error_code"]), (name, "outcome_unknown"), one)
        self.assertEqual(self.circuit(name), "closed")
        self.assertEqual(self.sim.tally(BEHIND)["calls"], 0)
        self.finish()

    def test_what_mail_servers_say_of_the_sender_is_not_the_recipients(self):
        self.start("mail", len(MAIL_ANSWERS))
        for index, (stage, status, code, text, error, goes_on) in enumerate(MAIL_ANSWERS):
            name = self.names[index]
            self.sim.behave(name, by_recipient={"ann@example.org": {
                "status": status, "enhanced": code, "stage": stage, "message": text}})
            with self.subTest(text):
                ann = {"email": "ann@example.org", "phone": "+15551234567"}
                bob = {"email": "bob@example.org", "phone": "+15557654321"}
                self.assertEqual(self.attempts(ann, user=index + 1),
                                 [(name, error), (BEHIND, None)])
                self.assertEqual(self.attempts(bob, user=index + 1),
                                 [(name if goes_on else BEHIND, None)])
                self.assertEqual(self.circuit(name),
                                 "open" if error == "misconfigured" else "closed")
        self.finish()

    def test_an_endpoint_that_names_an_hour_leaves_its_message_to_the_next_provider(self):
        self.start("hooks")
        name, = self.names
        self.sim.behave(name, by_recipient={"/hook/1": {"status": 429, "retry_after": "3600"}})
        url = f"http://127.0.0.1:{self.sim.ports[name]}/hook/"
        begin = time.time()
        self.assertEqual(self.attempts({"url": url + "1", "phone": "+15551234567"}),
                         [(name, "throttled"), (BEHIND, None)])
        self.assertLess(time.time() - begin, 5)
        self.assertEqual(self.attempts({"url": url + "2", "phone": "+15557654321"}),
                         [(name, None)])
        self.finish()

    def test_twilio_is_called_again_at_the_date_that_it_named(self):
        self.start("twilio")
        name, = self.names
        begin = time.time()
        date = email.utils.formatdate(begin + 4, usegmt=True)
        self.sim.behave(name, by_recipient={"+15551234567": [
            {"status": 429, "code": 20429, "message": "Too many", "retry_after": date}, "accept"]})
        self.assertEqual(self.attempts("+15551234567"), [(name, None)])
        self.assertGreaterEqual(time.time() - begin, 3)
        self.assertLess(time.time() - begin, 12)
        self.assertEqual(self.sim.tally(name)["calls"], 2)
        self.finish()

    def test_a_text_too_long_for_signal_is_left_to_the_next_provider(self):
        self.start("signal-rest")
        sent = self.server.request("POST", "/send/message", {
            "user_id": 1, "recipients": ["+15551234567"], "message": "x" * 65_537})
        self.assertEqual(sent.status, 422, sent)
        self.assertIn("65536", sent.body.decode())
        self.assertEqual(self.attempts("+15551234567", "x" * 65_536), [(self.names[0], None)])
        self.finish()

    def test_errors_of_twilio_about_recipients_do_not_open_its_circuit(self):
        self.start("twilio")
        name, = self.names
        codes = [21265, 21266, 21618, 21910, 21265, 21266, 99999]
        refused = {f"+1555000{place:04}": {"status": 400, "code": code, "message": "no"}
                   for place, code in enumerate(codes)}
        self.sim.behave(name, by_recipient=refused)
        for number, rule in refused.items():
            wanted = "message_rejected" if rule["code"] == 21618 else "recipient_rejected"
            self.assertEqual(self.attempts(number), [(name, wanted), (BEHIND, None)])
        self.assertEqual(self.circuit(name), "closed")
        self.assertEqual(self.attempts("+15559999999"), [(name, None)])
        self.finish()

    def test_errors_of_twilio_about_its_sender_hold_it(self):
        codes = (21660, 21607)
        self.start("twilio", len(codes))
        for index, code in enumerate(codes):
            name = self.names[index]
            self.sim.behave(name, outcomes={"reply": 1},
                            reply={"status": 400, "code": code, "message": "no"})
            with self.subTest(code):
                self.assertEqual(self.attempts("+15551234567", user=index + 1),
                                 [(name, "misconfigured"), (BEHIND, None)])
                self.assertEqual(self.circuit(name), "open")
        self.finish()


if __name__ == "__main__":
    unittest.main()
