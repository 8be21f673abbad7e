"""A server that takes mail, for the scenarios of SMTP."""

import os
import ssl
import subprocess

from harness import free_port
from smtp_client import SmtpClient
from way_in_fixture import WithWayIn


def mail_text(subject, body="The disk is full.", message_id=None, headers=""):
    own = f"Message-ID: <{message_id}@host.example>\n" if message_id else ""
    return (f"From: Cron <cron@host.example>\nTo: alerts@anything\nSubject: {subject}\n{own}"
            f"{headers}\n{body}\n")


class WithMail(WithWayIn):
    KEYS = False

    def sections(self):
        self.port = free_port()
        return {"auth": {"required": self.KEYS}, "source": self.sources(),
                "smtp": {"listen": [f"127.0.0.1:{self.port}"], **self.smtp_section()},
                **self.more_sections()}

    def make_keys(self):
        if self.KEYS:
            super().make_keys()
            self.key = self.make_key("mail", "--scope", "ingest")

    def sources(self):
        return [{"name": "alerts", "type": "mail", "to": ["user:7"]},
                {"name": "pair", "type": "mail", "to": ["user:7", "user:8"]},
                {"name": "hook", "type": "json", "to": ["user:7"]}]

    def smtp_section(self):
        return {}

    def more_sections(self):
        return {}

    def connect(self, to=None, **options):
        client = SmtpClient(to or self.port, **options)
        self.stack.callback(client.close)
        return client

    def session(self):
        client = self.connect()
        client.hello()
        return client

    def stored(self, subject):
        """The number of messages in the ledger with this subject."""
        rows = self.database.rows(f"SELECT COUNT(*) FROM message WHERE subject = '{subject}'")
        return int(rows[0][0])

    def figures(self):
        answer = self.server.request("GET", "/admin/inspect?section=smtp", None, self.admin())
        self.assertEqual(answer.status, 200, answer)
        return answer.json["smtp"]


class WithMailByTls(WithMail):
    """With STARTTLS, a port that begins with TLS, and keys."""
    KEYS = True

    def smtp_section(self):
        self.certificate, key = make_certificate(self.folder)
        self.tls_port = self.port + 1
        return {"tls_certificate": self.certificate, "tls_key": key,
                "tls_listen": [f"127.0.0.1:{self.tls_port}"]}


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
