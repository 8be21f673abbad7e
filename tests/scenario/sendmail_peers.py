"""Servers at a Unix socket that are not Postrider's, for scenarios of sendmail and its spool."""

import gc
import os
import socketserver
import threading
import warnings
from email import message_from_bytes, policy

from aiosmtpd.controller import UnixSocketController
from harness import wait_until
from sendmail_fixture import WithSendmail


class Mail:
    def __init__(self, envelope):
        self.sender = envelope.mail_from
        self.recipients = envelope.rcpt_tos
        self.content = envelope.content
        self.message = message_from_bytes(envelope.content, policy=policy.default)

    @property
    def text(self):
        return self.message.get_content()


class AioServer:
    """aiosmtpd, a server that is not ours. `mails` are all that it took, in order."""

    def __init__(self, socket):
        self.socket = socket
        self.mails = []
        self.answers = []
        # Recipients that it refuses.
        self.unknown = []
        self.controller = None

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.unknown:
            return "550 5.1.1 no such recipient"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server, _session, envelope):
        answer = self.answers.pop(0) if self.answers else "250 2.0.0 OK"
        if answer.startswith("250"):
            self.mails.append(Mail(envelope))
        return answer

    def start(self):
        self.controller = UnixSocketController(self, unix_socket=self.socket)
        self.controller.start()

    def stop(self):
        if self.controller:
            self.controller.stop()
        self.controller = None
        # aiosmtpd forgets its connections open: their clients would wait for an answer.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
        if os.path.exists(self.socket):
            os.remove(self.socket)


class ScriptedServer(socketserver.ThreadingUnixStreamServer):
    """Says what no real server can be made to say: each connection ends at `stage`, which is a
    command or "greeting" or "dot"; "hang" keeps it open in silence."""
    daemon_threads = True

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            def ends_here(stage):
                if stage != self.server.stage:
                    return False
                if self.server.hang:
                    self.server.released.wait(60)
                return True

            if ends_here("greeting"):
                return
            self.wfile.write(b"220 here\r\n")
            for line in self.rfile:
                command = line[:4].decode().strip().upper()
                if ends_here(command):
                    return
                self.wfile.write(b"354 go on\r\n" if command == "DATA" else b"250 ok\r\n")
                if command != "DATA":
                    continue
                for text in self.rfile:
                    if text == b".\r\n":
                        break
                self.server.whole += 1
                if ends_here("dot"):
                    return
                self.wfile.write(b"250 ok\r\n")

    def __init__(self, path, stage, hang=False):
        self.stage, self.hang, self.whole = stage, hang, 0
        self.released = threading.Event()
        super().__init__(path, self.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.released.set()
        self.shutdown()
        self.server_close()
        os.remove(self.server_address)


class WithPeer(WithSendmail):
    def start_aio_server(self):
        server = AioServer(self.socket)
        server.start()
        self.stack.callback(server.stop)
        return server

    def wait_for_mails(self, server, count, seconds=20):
        wait_until(lambda: len(server.mails) >= count, seconds, f"{count} mails have arrived")
        self.assertEqual(len(server.mails), count)
        return server.mails
