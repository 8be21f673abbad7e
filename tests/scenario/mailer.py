"""A client that sends one mail after another, each until it is taken."""

import threading
import time

from database_outage import Seen
from smtp_client import Refused, SmtpClient

STORED = 202  # HTTP's word for what SMTP calls 250.


class Mailer(threading.Thread):
    """In the form of database_outage's Client: `seen` has mails that were taken, `hung` the one
    that was not when it had to stop."""

    def __init__(self, server, name="mailer "):
        super().__init__(daemon=True)
        self.server, self.name_in_texts = server, name
        self.seen, self.hung = [], []
        self.ending = threading.Event()
        self.client = None

    def run(self):
        while not self.ending.wait(0.02):
            body = f"{self.name_in_texts}{len(self.seen)}"
            begin = time.monotonic()
            reply = self.send_until_taken(body)
            if reply is None:
                self.hung.append((body, "not taken", time.monotonic() - begin))
                return
            self.seen.append(Seen(begin, time.monotonic() - begin, STORED, None,
                                  reply.split()[-1], body, None))

    def send_until_taken(self, body):
        identity = body.replace(" ", ".")
        mail = f"From: a@b.example\nMessage-ID: <{identity}@host.example>\n\n{body}\n"
        while not self.ending.is_set():
            try:
                if self.client is None:
                    self.client = SmtpClient(self.server.mail_port, timeout=10)
                    self.client.hello()
                return self.client.mail(mail)
            except (OSError, Refused, AssertionError):
                if self.client:
                    self.client.close()
                self.client = None
                self.ending.wait(0.02)
        return None

    def history(self):
        return [{"body": one.body, "status": "ok", "message_id": one.message_id}
                for one in self.seen]

    def stop(self):
        self.ending.set()
        self.join(30)
