"""A mail server that offers other ways to log in than it takes, and whose mails can be read whole:
what the simulator does not do."""

import base64
import email.utils
import re
import socketserver
import threading
import time
import unittest
from datetime import datetime, timezone

from harness import Scenario

LOGIN = ("robot@example.net", "mail-password-0f1e2d3c")


class Session(socketserver.StreamRequestHandler):
    timeout = 30

    def reply(self, *lines):
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    def line(self):
        return self.rfile.readline().decode().rstrip("\r\n")

    def asked(self, prompt):
        self.reply("334 " + base64.b64encode(prompt.encode()).decode())
        return base64.b64decode(self.line()).decode()

    def on_login(self, line):
        # A client may send its user name with the command (RFC 4954).
        _, mechanism, *initial = line.split(" ")
        self.server.logins.append(mechanism)
        # As Exchange refuses a way that it offers and this client cannot go.
        if mechanism != "LOGIN":
            return self.reply("535 5.7.3 Authentication unsuccessful")
        user = base64.b64decode(initial[0]).decode() if initial else self.asked("Username:")
        if (user, self.asked("Password:")) != LOGIN:
            return self.reply("535 5.7.3 Authentication unsuccessful")
        return self.reply("235 2.7.0 Accepted")

    def on_data(self):
        self.reply("354 go on")
        mail = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            mail.append(raw.decode().rstrip("\r\n"))
        else:
            return  # it broke off
        self.server.mails.append("\n".join(mail))
        later = len(self.server.mails) <= self.server.refusals
        self.reply("451 4.3.0 try again later" if later else "250 2.0.0 queued")

    def handle(self):
        self.reply("220 mx.example.org ESMTP")
        for line in iter(self.line, ""):
            command = line.split(" ")[0].upper()
            if command == "EHLO":
                self.reply("250-mx.example.org", "250-AUTH GSSAPI NTLM LOGIN", "250 8BITMIME")
            elif command == "AUTH":
                self.on_login(line)
            elif command == "DATA":
                self.on_data()
            elif command == "QUIT":
                self.reply("221 bye")
                return
            else:
                self.reply("250 2.0.0 ok")


class MailPeer(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.logins, self.mails = [], []
        self.refusals = 0  # of the first mails, for now
        threading.Thread(target=self.serve_forever, daemon=True).start()


class OneMailServer(Scenario):
    def start(self):
        self.peer = MailPeer()
        self.stack.callback(self.peer.server_close)
        self.stack.callback(self.peer.shutdown)
        self.database = self.open_database()
        port = self.peer.server_address[1]
        self.server = self.make_server(self.database, [{
            "name": "mail", "type": "email", "url": f"smtp://127.0.0.1:{port}", "starttls": "never",
            "from": "Postrider <robot@example.net>", "username": LOGIN[0],
            "password_env": "MAIL_PASSWORD", "timeout": "5s", "circuit": {"failures": 100}}],
            messaging={"default_provider_type": "email", "retry_delay": "1s"})
        self.server.environment["MAIL_PASSWORD"] = LOGIN[1]
        self.server.start()

    def finish(self, receipt):
        message = self.server.wait_for_end(receipt, 30)
        self.assertEqual(message["status"], "success", message)
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_login_is_used_where_gssapi_and_ntlm_are_offered_first(self):
        self.start()
        receipt = self.server.send(1, "ann@example.org", "hello")
        self.finish(receipt)
        self.assertEqual(self.peer.logins, ["LOGIN"])
        self.assertEqual(len(self.peer.mails), 1)

    def test_the_date_is_that_of_the_first_due_attempt(self):
        self.start()
        self.peer.refusals = 1
        due = int(time.time()) + 4
        receipt = self.server.send(
            1, "ann@example.org", "hello",
            send_at=datetime.fromtimestamp(due, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        self.finish(receipt)
        dates = [re.search(r"^Date: (.*)$", mail, re.MULTILINE)[1] for mail in self.peer.mails]
        self.assertEqual(len(dates), 2)
        for date in dates:
            self.assertEqual(email.utils.parsedate_to_datetime(date).timestamp(), due)


if __name__ == "__main__":
    unittest.main()
