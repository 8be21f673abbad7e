"""A client of SMTP that sends exactly the bytes that it is given, for dialogues that no program
would have."""

import base64
import socket
import ssl


class Refused(AssertionError):
    """The server closed the connection."""


class SmtpClient:
    def __init__(self, to, context=None, greeting=220, timeout=30, source="127.0.0.1"):
        """`to`: a port of this machine, or the path of a Unix socket. `source`: its own address."""
        if isinstance(to, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(timeout)
            self.socket.connect(to)
        else:
            self.socket = socket.create_connection(("127.0.0.1", to), timeout, (source, 0))
        self.buffer = b""
        self.text = ""
        if context:
            self.wrap(context)
        if greeting:
            self.expect(greeting)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def wrap(self, context):
        self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def send(self, data):
        self.socket.sendall(data.encode() if isinstance(data, str) else data)

    def line(self):
        while b"\r\n" not in self.buffer:
            try:
                more = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError):
                more = b""
            if not more:
                raise Refused(f"closed after {self.text!r}")
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode()

    def reply(self):
        """The code of the next reply; `text` is all of it."""
        lines = [self.line()]
        while lines[-1][3:4] == "-":
            lines.append(self.line())
        self.text = "\n".join(lines)
        return int(lines[-1][:3])

    def expect(self, *codes):
        for code in codes:
            found = self.reply()
            assert found == code, f"{self.text!r} in place of {code}"
        return self.text

    def ask(self, data, *codes):
        self.send(data + "\r\n" if isinstance(data, str) else data)
        return self.expect(*codes)

    def closed(self):
        """Whether nothing comes any more but the end."""
        try:
            while True:
                self.line()
        except Refused:
            return True
        except socket.timeout:
            return False

    def hello(self):
        return self.ask("EHLO client.example", 250)

    def start_tls(self, context):
        self.ask("STARTTLS", 220)
        self.wrap(context)

    def log_in(self, key, code=235):
        pair = base64.b64encode(b"\0anybody\0" + key.encode()).decode()
        return self.ask("AUTH PLAIN " + pair, code)

    def begin(self, *to, sender="cron@host.example"):
        self.ask(f"MAIL FROM:<{sender}>", 250)
        for one in to or ("alerts@anything",):
            self.ask(f"RCPT TO:<{one}>", 250)
        self.ask("DATA", 354)

    def mail(self, content, *to, code=250):
        """Sends one mail, whose lines end with LF here."""
        self.begin(*to)
        lines = content.replace("\n", "\r\n").replace("\r\n.", "\r\n..")
        self.send(lines + "\r\n.\r\n")
        return self.expect(code)
