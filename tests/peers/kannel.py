"""Text messages through a real Kannel: bearerbox, smsbox, and its fake network."""

import signal
import unittest
import urllib.parse

from peers import Kannel, wait_until
from harness import Scenario, http_request


class KannelPeer(Scenario):
    def setUp(self):
        super().setUp()
        self.kannel = Kannel(self.folder)
        self.stack.callback(self.kannel.stop)
        self.kannel.start()
        self.database = self.open_database()

    def serve(self, *more, retries=2, **keys):
        sms = {"name": "sms", "type": "sms", "api": "kannel", "priority": 1,
               "url": f"http://127.0.0.1:{self.kannel.port}", "username": self.kannel.USER,
               "password_env": "KANNEL_PASSWORD", "from": self.kannel.SENDER, "timeout": "2s",
               "connect_timeout": "1s", **keys}
        self.server = self.make_server(
            self.database, [sms, *more], receipts={},
            messaging={"retry_delay": "1s", "retry_jitter": 0.0, "max_retries": retries,
                       "default_provider_type": "sms"})
        self.server.environment["KANNEL_PASSWORD"] = keys.pop("secret", self.kannel.PASSWORD)
        self.server.start()

    def first(self, receipt):
        return self.server.transaction(receipt["transactions"][0]["id"])

    def wait_for_receipt(self, receipt, kind, seconds=20):
        wait_until(lambda: self.first(receipt)["receipt"] == kind, seconds,
                   f"the receipt is {kind}: {self.first(receipt)}")

    def finish(self):
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_delivers_and_hears_of_it(self):
        self.serve()
        sent = self.server.send(1, "+15551234567", "50% off & more: a+b=c?")
        self.assertEqual(self.server.wait_for_end(sent)["status"], "success")
        self.wait_for_receipt(sent, "delivered")
        wait_until(self.kannel.received, 10, "the network has it")
        [(to, kind, text)] = self.kannel.received()
        self.assertEqual((to.lstrip("+"), kind), ("15551234567", "text"))
        self.assertIn("50% off", text.replace("+", " ").replace("%25", "%"))
        self.finish()

    def test_splits_as_we_count(self):
        self.serve()
        texts = {"G" * 160: 1, "G" * 161: 2, "\u20ac" * 80: 1, "\u20ac" * 81: 2, "\u0416" * 70: 1,
                 "\u0416" * 71: 2, "G" * 1530: 10}
        for text, parts in texts.items():
            before = len(self.kannel.received())
            sent = self.server.send(1, "+15551234567", text)
            self.assertEqual(self.server.wait_for_end(sent)["status"], "success")
            wait_until(lambda: len(self.kannel.received()) >= before + parts, 10,
                       f"{parts} parts of {text[:3]}...")
            self.wait_for_receipt(sent, "delivered")
            self.assertEqual(len(self.kannel.received()) - before, parts, text[:10])
        # Kannel would cut it off silently.
        refused = self.server.request("POST", "/send/message", {
            "user_id": 1, "recipients": ["+15551234567"], "message": "G" * 1531})
        self.assertEqual(refused.status, 422)
        self.assertIn("segments", refused.json["errors"][0]["detail"])
        self.finish()

    def ask(self, path="/cgi-bin/sendsms", **changes):
        """Status and text of the smsbox itself; a field that is None is left out."""
        fields = {"username": self.kannel.USER, "password": self.kannel.PASSWORD,
                  "from": self.kannel.SENDER, "to": "+15551234567", "coding": "0",
                  "charset": "UTF-8", "text": "hello", **changes}
        query = urllib.parse.urlencode({name: value for name, value in fields.items()
                                        if value is not None})
        answer = http_request(self.kannel.port, "GET", f"{path}?{query}")
        return answer.status, answer.body.decode()

    def test_it_answers_as_our_table_has_it(self):
        """The rows of actors/providers/sms/sms_kannel.cpp and of the page providers-evidence.md."""
        rows = [
            ({}, 202, "0: Accepted for delivery"),
            ({"to": None}, 400, "Missing receiver number"),
            ({"to": ""}, 400, "Empty receiver"),
            ({"to": "+1555abc"}, 400, "Number(s) has/have been denied"),
            ({"from": None}, 400, "Sender missing"),
            ({"dlr-mask": "-2"}, 400, "DLR-Mask field"),
            ({"dlr-mask": "31", "dlr-url": "not-a-url"}, 400, "DLR-URL field"),
            ({"coding": "7"}, 400, "Coding field"),
            ({"charset": "no-such-charset"}, 400, "Charset or body misformed"),
            ({"to": self.kannel.UNROUTABLE + "5551234"}, 403, "Not routable"),
            ({"password": "wrong"}, 403, "Authorization failed for sendsms"),
            ({"path": "/cgi-bin/sendmail"}, 404, "Unknown request."),
        ]
        for changes, status, text in rows:
            with self.subTest(changes):
                told = self.ask(**changes)
                self.assertEqual(told[0], status, told)
                self.assertTrue(told[1].startswith(text), told)
        # Without a network it waits in the spool, until that is full.
        self.kannel.leave_network()
        told = [self.ask() for _ in range(self.kannel.QUEUE_LIMIT + 5)]
        self.assertEqual({one for one in told if one[0] == 202},
                         {(202, "3: Queued for later delivery")})
        self.assertEqual(told[-1][0], 503, told)
        self.assertTrue(told[-1][1].startswith("Temporal failure"), told)

    def test_a_number_without_a_route_is_rejected(self):
        self.serve()
        sent = self.server.send(1, "+" + self.kannel.UNROUTABLE + "5551234", "hello")
        self.assertEqual(self.server.wait_for_end(sent)["status"], "failed")
        self.assertEqual(self.first(sent)["error_code"], "recipient_rejected")
        self.finish()

    def test_a_wrong_password_is_a_misconfiguration(self):
        self.serve()
        self.server.kill()
        self.server.environment["KANNEL_PASSWORD"] = "not-the-password"
        self.server.start()
        sent = self.server.send(1, "+15551234567", "hello")
        # It waits until somebody mends the password.
        wait_until(lambda: [one["last"]["outcome"] for one in self.first(sent)["attempts"]]
                   == ["misconfigured"], 10, "the attempt failed")
        self.assertNotIn("not-the-password", self.server.process.errors())

    def test_a_stopped_bearerbox_that_goes_on_has_sent_it_and_says_so(self):
        self.serve(on_unknown="hold")
        self.kannel.bearerbox.signal(signal.SIGSTOP)
        sent = self.server.send(1, "+15551234567", "hello")
        message = self.server.wait_for_end(sent)
        self.assertEqual(message["status"], "failed")
        self.assertEqual(self.first(sent)["error_code"], "outcome_unknown")
        self.kannel.bearerbox.signal(signal.SIGCONT)
        self.wait_for_receipt(sent, "delivered")
        self.assertEqual(self.server.message(sent["message_id"])["status"], "success")
        wait_until(self.kannel.received, 10, "the network has it")
        self.assertEqual(len(self.kannel.received()), 1)
        self.finish()

    def test_a_killed_bearerbox_is_unavailable_and_comes_back(self):
        # As many as it takes until both are back.
        self.serve(retries=20, circuit={"failures": 1000, "open_for": "1s"})
        self.kannel.bearerbox.kill()
        sent = self.server.send(1, "+15551234567", "while it is dead")
        wait_until(lambda: self.first(sent)["attempts"], 10, "it was tried")
        self.kannel.smsbox.kill()
        self.kannel.start_bearerbox()
        self.kannel.start_smsbox()
        self.assertEqual(self.server.wait_for_end(sent, 60)["status"], "success")
        message = self.server.message(sent["message_id"])
        chain = message["recipients"][0]["transactions"]
        self.assertTrue(all(one["error_code"] in ("unavailable", "outcome_unknown")
                            for one in chain[:-1]), chain)
        # fakesmsc ends with the bearerbox it was connected to; the message waits in the spool.
        self.finish()


if __name__ == "__main__":
    unittest.main()
