"""Mail while the server is killed, is full, or has no database: the client sends it again, and it
arrives once."""

import threading
import time
import unittest

from database_lock import database_locked
from harness import http_request, wait_until
from smtp_fixture import WithMail, mail_text


class Killed(WithMail):
    def more_sections(self):
        # A kill in the midst of a call makes its outcome unknown; then it is sent again.
        return {"messaging": {"retry_delay": "1s"}}

    def sent(self, number, delay):
        """Sends a mail, kills the server so many seconds after its last byte (None: when it has
        answered), and sends the mail again."""
        text = mail_text(f"Mail {number}.", message_id=f"mail-{number}")
        client = self.session()
        client.begin("pair@x")
        client.send(text.replace("\n", "\r\n"))
        client.send(".\r\n")
        if delay is None:
            self.assertEqual(client.reply(), 250, client.text)
        else:
            time.sleep(delay)
        self.server.kill()
        self.server.start()
        self.session().mail(text, "pair@x")

    def test_a_mail_is_stored_once_wherever_the_kill_falls(self):
        # The moments are around a commit, which takes some milliseconds.
        delays = [0, 0.001, 0.002, 0.004, 0.008, 0.012, 0.02, None]
        for number, delay in enumerate(delays):
            self.sent(number, delay)
        self.wait_for("Mail 7.")
        self.server.stop()
        rows = self.database.rows("SELECT subject, COUNT(*) FROM message GROUP BY subject")
        # One to each of the two recipients.
        self.assertEqual(sorted((subject, int(count)) for subject, count in rows),
                         [(f"Mail {number}.", 2) for number in range(len(delays))])
        self.assert_verified(self.database.url)


class Full(WithMail):
    def more_sections(self):
        return {"limits": {"accepts_in_flight": 1}}

    def test_a_full_server_says_451_and_takes_the_mail_later(self):
        codes = []

        def send(number):
            client = self.session()
            text = mail_text(f"Full {number}.", message_id=f"full-{number}")
            while not codes or codes[-1] != (number, 250):
                client.begin()
                client.send(text.replace("\n", "\r\n") + ".\r\n")
                code = client.reply()
                codes.append((number, code))
                if code == 250:
                    return
                self.assertEqual(code, 451, client.text)
                self.assertIn("4.3.1", client.text)

        senders = [threading.Thread(target=send, args=(number,)) for number in range(12)]
        for one in senders:
            one.start()
        for one in senders:
            one.join(60)
        self.assertEqual(sum(code == 250 for _, code in codes), 12)
        self.assertIn(451, [code for _, code in codes])
        for number in range(12):
            self.wait_for(f"Full {number}.")
        self.assertEqual(sum(self.arrived().values()), 12)
        self.assertGreater(self.figures()["mails"]["unavailable"], 0)


class DatabaseAway(WithMail):
    SECONDS = 3

    def more_sections(self):
        return {"database": {"statement_timeout": "1s", "connect_timeout": "1s"}}

    def test_the_mail_is_refused_for_now_and_arrives_once(self):
        text = mail_text("Through the outage", message_id="outage")
        client = self.session()
        with database_locked(self.database):
            until = time.monotonic() + self.SECONDS
            while time.monotonic() < until:
                self.assertIn("4.3.0", client.mail(text, code=451))
        def taken():
            client.begin()
            client.send(text.replace("\n", "\r\n") + ".\r\n")
            return client.reply() == 250
        wait_until(taken, 30, "the mail was taken")
        self.wait_for("Through the outage")
        client.mail(text)
        self.assertEqual(self.stored("Through the outage"), 1)
        wait_until(self.server.drained, 20, "all that was stored has ended")
        self.assertEqual(sum(self.arrived().values()), 1)
        results = [one["result"] for one in self.requests()]
        self.assertEqual(results[0], "repeated")
        self.assertIn("unavailable", results)

    def test_metrics_count_what_was_refused_for_now(self):
        client = self.session()
        with database_locked(self.database):
            client.mail(mail_text("Not now"), code=451)
        metrics = http_request(self.server.port, "GET", "/metrics").body.decode()
        self.assertIn('postrider_smtp_mails_total{result="unavailable"} 1', metrics)


if __name__ == "__main__":
    unittest.main()
