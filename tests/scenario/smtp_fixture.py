"""A server that takes mail, for the scenarios of SMTP."""

import os
import ssl
import subprocess

from harness import Scenario, free_port, program, wait_until
from smtp_client import SmtpClient

NUMBER, OTHER = "+15557654321", "+15551234567"


def mail_text(subject, body="The disk is full.", message_id=None, headers=""):
    own = f"Message-ID: <{message_id}@host.example>\n" if message_id else ""
    return (f"From: Cron <cron@host.example>\nTo: alerts@anything\nSubject: {subject}\n{own}"
            f"{headers}\n{body}\n")


class WithMail(Scenario):
    KEYS = False
    SMTP = {}

    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.database = self.open_database()
        self.port = free_port()
        self.server = self.make_server(
            self.database, [self.sim.provider("signal")], auth={"required": self.KEYS},
            log={"level": "debug"}, source=self.sources(),
            smtp={"listen": [f"127.0.0.1:{self.port}"], **self.smtp_section()},
            **self.more_sections())
        self.root = None
        if self.KEYS:
            self.root = self.make_key("root", "--scope", "admin")
            self.key = self.make_key("mail", "--scope", "ingest")
        self.server.start()
        self.set_user(7, NUMBER)
        self.set_user(8, OTHER)

    def sources(self):
        return [{"name": "alerts", "type": "mail", "to": ["user:7"]},
                {"name": "pair", "type": "mail", "to": ["user:7", "user:8"]},
                {"name": "hook", "type": "json", "to": ["user:7"]}]

    def smtp_section(self):
        return {}

    def more_sections(self):
        return {}

    def admin(self):
        return {"Authorization": "Bearer " + self.root} if self.root else {}

    def make_key(self, name, *options):
        done = subprocess.run(
            [program("postrider"), "keys", "create", "--name", name, *options, "--config",
             self.server.config], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def set_user(self, user, number):
        answer = self.server.request("PUT", f"/v1/users/{user}/providers",
                                     [{"provider": "signal", "address": number}], self.admin())
        self.assertEqual(answer.status, 200, answer)

    def connect(self, to=None, **options):
        client = SmtpClient(to or self.port, **options)
        self.stack.callback(client.close)
        return client

    def session(self):
        client = self.connect()
        client.hello()
        return client

    def arrived(self, number=NUMBER):
        return {text: count for (to, text), count in
                self.sim.accepted_by_recipient("signal").items() if to == number}

    def wait_for(self, word, number=NUMBER, seconds=20):
        """Until a message with this in it has arrived; its whole text."""
        def found():
            return [one for one in self.arrived(number) if word in one]
        return wait_until(found, seconds, f"{word!r} has arrived")[0]

    def stored(self, subject):
        """The number of messages in the ledger with this subject."""
        rows = self.database.rows(f"SELECT COUNT(*) FROM message WHERE subject = '{subject}'")
        return int(rows[0][0])

    def requests(self, source="alerts"):
        answer = self.server.request("GET", f"/v1/sources/{source}/requests", None, self.admin())
        self.assertEqual(answer.status, 200, answer)
        return answer.json["data"]

    def figures(self):
        answer = self.server.request("GET", "/admin/inspect?section=smtp", None, self.admin())
        self.assertEqual(answer.status, 200, answer)
        return answer.json["smtp"]


def make_certificate(folder):
    """A self-signed one for localhost: the paths of it and of its key."""
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-days", "30", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost,IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True, capture_output=True, timeout=60)
    os.chmod(key, 0o600)
    return certificate, key


def trusting(certificate):
    return ssl.create_default_context(cafile=certificate)
