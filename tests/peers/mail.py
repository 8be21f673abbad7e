"""Mail through a real Postfix and through aiosmtpd, read by Python's own mail parser and checked by
an independent implementation of DKIM."""

import email
import email.policy
import os
import subprocess
import unittest

from peers import Postfix, free_port, listens, wait_until
from harness import Scenario

# Debian's packages belong to Debian's Python.
DEBIAN_PYTHON = "/usr/bin/python3"
AIOSMTPD = """
import ssl, sys
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import AuthResult
port, folder, certificate, key = int(sys.argv[1]), *sys.argv[2:]
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
def login(server, session, envelope, mechanism, data):
    good = (data.login, data.password) == (b"postrider", b"mail-pw")
    return AuthResult(success=good, handled=False)
controller = Controller(Mailbox(folder), hostname="127.0.0.1", port=port, tls_context=tls,
                        require_starttls=True, auth_required=True, authenticator=login)
controller.start()
sys.stdin.read()
"""
DKIM = """
import dkim, sys
print(dkim.verify(open(sys.argv[1], "rb").read(),
                  dnsfunc=lambda name, timeout=5: open(sys.argv[2], "rb").read()))
"""


class Mail(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()

    def serve(self, port, secrets=None, **keys):
        provider = {"name": "mail", "type": "email", "priority": 1,
                    "from": "Po\u0161ta \u017b <robot@example.net>", "timeout": "10s",
                    "connect_timeout": "1s", "url": f"smtp://127.0.0.1:{port}",
                    "helo": "postrider.example.net", **keys}
        self.server = self.make_server(
            self.database, [provider],
            messaging={"max_retries": 0, "give_up_after": "0s",
                       "default_provider_type": "email"})
        self.server.environment.update(secrets or {})
        self.server.start()

    def start_postfix(self, **options):
        if os.geteuid() != 0:
            self.skipTest("Postfix's master must be started by root")
        postfix = Postfix(**options)
        self.stack.callback(postfix.stop)
        postfix.start()
        return postfix

    def parsed(self, raw):
        return email.message_from_bytes(raw, policy=email.policy.default)

    def outcome(self, sent):
        message = self.server.wait_for_end(sent)
        return message["status"], message["recipients"][0]["transactions"][-1]

    def test_postfix_delivers_what_was_written(self):
        postfix = self.start_postfix()
        self.serve(postfix.port, starttls="never")
        texts = ["hello", ".\r\n..\r\n.dot\nFrom here on\n",
                 "\u017b\u00f3\u0142w \U0001f422\n" * 50,
                 "a" * 3000, "trailing space \nand tab\t\n", "=3D =\n--\nx"]
        subject = "Po\u0161ta:" + " \U0001f422\u017b\u00f3\u0142w" * 20
        for number, text in enumerate(texts):
            sent = self.server.send(1, "ann@example.org", text, subject=f"{number} {subject}")
            status, one = self.outcome(sent)
            self.assertEqual(status, "success", one)
            self.assertIn("queued as", one["provider_ref"])
        wait_until(lambda: len(postfix.mails()) == len(texts), 20, "all mails are in the mailbox")
        mails = {self.parsed(raw)["subject"].split()[0]: raw for raw in postfix.mails()}
        for number, text in enumerate(texts):
            raw = mails[str(number)]
            mail = self.parsed(raw)
            self.assertEqual(mail["subject"], f"{number} {subject}")
            self.assertEqual(mail.get_content().replace("\r\n", "\n").rstrip("\n"),
                             text.replace("\r\n", "\n").rstrip("\n"))
            self.assertEqual(mail["to"], "ann@example.org")
            self.assertEqual(mail["from"].addresses[0].display_name, "Po\u0161ta \u017b")
            self.assertEqual(mail["auto-submitted"], "auto-generated")
            self.assertRegex(mail["message-id"], r"^<[^<>@ ]+@example\.net>$")
            self.assertFalse(mail.defects)
            self.assertTrue(all(len(line) <= 998 for line in raw.splitlines()))
        self.assertEqual(len({self.parsed(raw)["message-id"] for raw in mails.values()}),
                         len(texts))
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_html_comes_beside_the_text(self):
        postfix = self.start_postfix()
        self.serve(postfix.port, starttls="never")
        self.outcome(self.server.send(1, "ann@example.org", "plain \u017b",
                                      html="<p>rich \u017b</p>", subject="both"))
        wait_until(postfix.mails, 20, "the mail is in the mailbox")
        mail = self.parsed(postfix.mails()[0])
        self.assertEqual(mail.get_content_type(), "multipart/alternative")
        self.assertEqual([part.get_content_type() for part in mail.iter_parts()],
                         ["text/plain", "text/html"])
        self.assertEqual(mail.get_body(("plain",)).get_content().strip(), "plain \u017b")
        self.assertEqual(mail.get_body(("html",)).get_content().strip(), "<p>rich \u017b</p>")

    def test_postfix_refuses_and_we_say_why(self):
        postfix = self.start_postfix(message_size_limit=20_000)
        self.serve(postfix.port, starttls="never")
        for address, text, error in (
                ("nobody@example.org", "hello", "recipient_rejected"),
                ("ann@elsewhere.example", "hello", "misconfigured"),  # no relaying
                ("ann@example.org", "x" * 30_000, "message_rejected")):
            status, one = self.outcome(self.server.send(1, address, text))
            self.assertEqual(status, "failed")
            self.assertEqual(one["error_code"], error, one)
            self.assertTrue(one["error_message"], one)
        self.assertEqual(postfix.mails(), [])

    def test_postfix_refuses_the_sender_at_the_recipient(self):
        cases = (
            ({"smtpd_client_restrictions": "check_client_access static:REJECT"},
             "Client host rejected", "misconfigured"),
            ({"smtpd_sender_restrictions": "check_sender_access static:REJECT"},
             "Sender address rejected", "misconfigured"),
            ({"smtpd_helo_restrictions": "reject_non_fqdn_helo_hostname"},
             "Helo command rejected", "misconfigured"))
        for settings, text, error in cases:
            with self.subTest(text):
                postfix = self.start_postfix(**settings)
                self.serve(postfix.port, starttls="never", helo="postrider")
                status, one = self.outcome(self.server.send(1, "ann@example.org", "hello"))
                self.assertEqual((status, one["error_code"]), ("failed", error), one)
                self.assertIn("RCPT TO", one["error_message"])
                self.assertIn(text, one["error_message"])
                self.server.stop()

    def test_postfix_refuses_a_recipient_and_takes_the_next(self):
        cases = (
            ({"smtpd_relay_restrictions": "reject_non_fqdn_recipient, reject_unauth_destination"},
             "bob@localhost", "need fully-qualified address", "recipient_rejected"),
            ({"smtpd_relay_restrictions": "defer_unauth_destination"},
             "bob@elsewhere.example", "Relay access denied", "unavailable"))
        for settings, address, text, error in cases:
            with self.subTest(text):
                postfix = self.start_postfix(**settings)
                self.serve(postfix.port, starttls="never")
                for _ in range(6):  # more than open a circuit
                    status, one = self.outcome(self.server.send(1, address, "hello"))
                    self.assertEqual((status, one["error_code"]), ("failed", error), one)
                    self.assertIn(text, one["error_message"])
                status, one = self.outcome(self.server.send(1, "ann@example.org", "hello"))
                self.assertEqual(status, "success", one)
                self.server.stop()

    def test_postfix_asks_to_slow_down(self):
        postfix = self.start_postfix(smtpd_client_message_rate_limit=2,
                                     smtpd_client_event_limit_exceptions="")
        self.serve(postfix.port, starttls="never")
        for _ in range(2):
            status, one = self.outcome(self.server.send(1, "ann@example.org", "hello"))
            self.assertEqual(status, "success", one)
        sent = self.server.send(1, "ann@example.org", "hello")
        wait_until(lambda: "Message delivery request rate limit exceeded" in postfix.log(), 20,
                   "Postfix has refused")
        # No retry is left: what counts as an attempt would end it.
        def sender():
            all_of_them = self.server.request("GET",
                                              "/admin/inspect?section=senders").json["senders"]
            return next(one for one in all_of_them if one["provider"] == "mail")
        wait_until(lambda: sender()["outcomes"].get("throttled"), 10, "it was throttled")
        self.assertIn("too much mail from", sender()["last_error"])
        self.assertGreater(sender()["paused_ms"], 0)
        # The sender knows it before the ledger does.
        wait_until(lambda: self.server.message(sent["message_id"])["status"] == "pending", 10,
                   "it waits")

    def test_without_tls_nothing_is_sent_where_tls_is_required(self):
        postfix = self.start_postfix()
        self.serve(postfix.port)
        status, one = self.outcome(self.server.send(1, "ann@example.org", "hello"))
        self.assertEqual((status, one["error_code"]), ("failed", "misconfigured"), one)
        self.assertEqual(postfix.mails(), [])

    def certificate(self):
        key, certificate = (os.path.join(self.folder, name) for name in ("key.pem", "cert.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                        "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, capture_output=True, timeout=60)
        return certificate, key

    def start_aiosmtpd(self, certificate, key):
        port = free_port()
        box = os.path.join(self.folder, "maildir")
        with open(os.path.join(self.folder, "aiosmtpd.log"), "ab") as log:
            process = subprocess.Popen(
                [DEBIAN_PYTHON, "-c", AIOSMTPD, str(port), box, certificate, key],
                stdin=subprocess.PIPE, stdout=log, stderr=log)

        def end():
            process.stdin.close()
            process.kill()
            process.wait(10)
        self.stack.callback(end)
        wait_until(lambda: listens(port), 20, "aiosmtpd listens")
        return port, box

    def mails_in(self, box):
        folder = os.path.join(box, "new")
        return [os.path.join(folder, name) for name in sorted(os.listdir(folder))] \
            if os.path.isdir(folder) else []

    def test_logs_in_over_starttls_and_signs_by_dkim(self):
        certificate, key = self.certificate()
        port, box = self.start_aiosmtpd(certificate, key)
        dkim_key = os.path.join(self.folder, "dkim.pem")
        subprocess.run(["openssl", "genrsa", "-out", dkim_key, "2048"], check=True,
                       capture_output=True, timeout=60)
        public = subprocess.run(["openssl", "rsa", "-in", dkim_key, "-pubout", "-outform", "PEM"],
                                check=True, capture_output=True, text=True, timeout=60).stdout
        record = os.path.join(self.folder, "dkim.txt")
        with open(record, "w", encoding="ascii") as file:
            file.write("v=DKIM1; k=rsa; p=" + "".join(public.splitlines()[1:-1]))
        for mechanism in ("PLAIN", "LOGIN"):
            self.serve(port, {"MAIL_PASSWORD": "mail-pw"}, ca_file=certificate,
                       username="postrider", password_env="MAIL_PASSWORD", mechanism=mechanism,
                       dkim={"domain": "example.net", "selector": "test", "key_file": dkim_key})
            status, one = self.outcome(self.server.send(1, "ann@example.org", "signed \u017b\n.\n"))
            self.assertEqual(status, "success", one)
            self.server.stop()
        mails = self.mails_in(box)
        self.assertEqual(len(mails), 2)
        for mail in mails:
            verdict = subprocess.run([DEBIAN_PYTHON, "-c", DKIM, mail, record], check=True,
                                     capture_output=True, text=True, timeout=60).stdout
            self.assertEqual(verdict.strip(), "True")
            with open(mail, "rb") as file:
                raw = file.read()
            with open(mail, "wb") as file:
                file.write(raw.replace(b"signed", b"forged"))
            verdict = subprocess.run([DEBIAN_PYTHON, "-c", DKIM, mail, record], check=False,
                                     capture_output=True, text=True, timeout=60).stdout
            self.assertNotEqual(verdict.strip(), "True")

    def test_a_wrong_password_or_an_unknown_certificate_sends_nothing_and_tells_no_secret(self):
        certificate, key = self.certificate()
        port, box = self.start_aiosmtpd(certificate, key)
        cases = [({"ca_file": certificate}, "wrong-password"), ({}, "mail-pw")]
        for keys, password in cases:
            self.serve(port, {"MAIL_PASSWORD": password}, username="postrider",
                       password_env="MAIL_PASSWORD", **keys)
            status, one = self.outcome(self.server.send(1, "ann@example.org", "hello"))
            self.assertEqual((status, one["error_code"]), ("failed", "misconfigured"), one)
            self.assertNotIn(password, self.server.process.errors())
            self.assertNotIn(password, str(one))
            self.server.stop()
        self.assertEqual(self.mails_in(box), [])


if __name__ == "__main__":
    unittest.main()
