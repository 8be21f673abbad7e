"""Programs that send mail, as Debian ships them: swaks, curl, msmtp and Postfix's smtp-source, each
plainly and, where it can, by TLS and with a key."""

import os
import shutil
import subprocess
import unittest

from peers import ROOT, peer_program
from harness import wait_until
from smtp_fixture import WithMail, WithMailByTls, mail_text
from way_in_fixture import NUMBER, OTHER


def debian(name):
    found = shutil.which(name)
    if not found:
        raise FileNotFoundError(f"{name} is missing: run tools/setup.sh --tests")
    return found


class MailIn(WithMailByTls):
    def run_program(self, *command, text=None, environment=None, code=0):
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60,
                              env={**os.environ, **(environment or {})}, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def swaks(self, subject, *options, port=None, code=0):
        return self.run_program(
            debian("swaks"), "--server", f"localhost:{port or self.port}", "--from", "a@b.example",
            "--to", "alerts@x", "--header", f"Subject: {subject}", *options, code=code)

    def test_swaks(self):
        login = ("--auth-user", "anybody", "--auth-password", self.key)
        for mechanism in ("PLAIN", "LOGIN"):
            self.swaks(f"swaks {mechanism}.", "--tls", "--auth", mechanism, *login)
            self.wait_for(f"swaks {mechanism}.")
        self.swaks("swaks at once", "--tlsc", "--auth", *login, port=self.tls_port)
        self.wait_for("swaks at once")
        self.swaks("swaks pipelined", "--tls", "--pipeline", "--auth", *login, "--to",
                   "alerts@x,user+8@x")
        self.wait_for("swaks pipelined", OTHER)
        attachment = os.path.join(self.folder, "report.csv")
        with open(attachment, "w", encoding="ascii") as file:
            file.write("a,b\n" * 100)
        self.swaks("swaks with a file", "--tls", "--auth", *login, "--attach",
                   f"@{attachment}", "--body", "See the report.")
        self.assertIn("report.csv", self.wait_for("swaks with a file"))
        # Refusals: 24 is its code for RCPT, 28 for a login, 23 for MAIL.
        self.assertIn("550 5.1.1", self.swaks("x", "--tls", "--auth", *login, "--to", "nobody@x",
                                              code=24))
        self.assertIn("535 5.7.8", self.swaks("x", "--tls", "--auth", "--auth-user", "x",
                                              "--auth-password", "pr_wrong", code=28))
        self.assertIn("530 5.7.0", self.swaks("x", "--tls", code=23))

    def curl(self, url, subject, *options, code=0):
        return self.run_program(
            debian("curl"), "-sS", url, "--cacert", self.certificate, "--mail-from", "a@b.example",
            "--mail-rcpt", "alerts@x", "--crlf", "-T", "-", *options, text=mail_text(subject),
            code=code)

    def test_curl(self):
        login = ("--user", f"anybody:{self.key}")
        self.curl(f"smtp://localhost:{self.port}", "curl STARTTLS", "--ssl-reqd", *login)
        self.wait_for("curl STARTTLS")
        self.curl(f"smtps://localhost:{self.tls_port}", "curl smtps", *login)
        self.wait_for("curl smtps")
        self.curl(f"smtps://localhost:{self.tls_port}", "curl LOGIN", *login, "--login-options",
                  "AUTH=LOGIN", "--mail-rcpt", "user+8@x")
        self.wait_for("curl LOGIN", OTHER)
        # 67: the login was refused; 55: the mail.
        self.curl(f"smtps://localhost:{self.tls_port}", "x", "--user", "anybody:wrong", code=67)
        self.curl(f"smtps://localhost:{self.tls_port}", "x", code=55)

    def msmtp(self, subject, *options, to=("alerts@x",), code=0):
        return self.run_program(
            debian("msmtp"), "--host=localhost", "--from=a@b.example", "--auth=on",
            "--user=anybody", f"--passwordeval=echo {self.key}",
            f"--tls-trust-file={self.certificate}", *options, *to, text=mail_text(subject),
            environment={"HOME": self.folder}, code=code)

    def test_msmtp(self):
        self.msmtp("msmtp STARTTLS", f"--port={self.port}", "--tls=on", "--tls-starttls=on")
        self.wait_for("msmtp STARTTLS")
        self.msmtp("msmtp TLS", f"--port={self.tls_port}", "--tls=on", "--tls-starttls=off",
                   to=("alerts@x", "user+8@x"))
        self.wait_for("msmtp TLS", OTHER)
        # EX_DATAERR and EX_NOUSER of sysexits.h tell a mail program not to try again.
        said = self.msmtp("x", f"--port={self.port}", "--tls=on", "--tls-starttls=on",
                          to=("nobody@x",), code=65)
        self.assertIn("is no recipient here", said)


class SmtpSource(WithMail):
    def test_a_hundred_mails_on_eight_connections(self):
        done = subprocess.run(
            [peer_program("usr/sbin/smtp-source"), "-d", "-s", "8", "-m", "100", "-l", "2000",
             "-f", "a@b.example", "-t", "alerts@x", f"127.0.0.1:{self.port}"],
            capture_output=True, text=True, timeout=60, check=False,
            env={**os.environ, "LD_LIBRARY_PATH": os.path.join(ROOT, "usr/lib/postfix")})
        self.assertEqual(done.returncode, 0, done.stderr)
        wait_until(lambda: sum(self.arrived(NUMBER).values()) == 100, 30, "a hundred arrived")
        self.assertEqual(self.figures()["mails"]["stored"], 100)


if __name__ == "__main__":
    unittest.main()
