"""A server at a Unix socket and the links that a machine has to postrider, for scenarios of
sendmail and its spool."""

import os
import socketserver
import subprocess
import threading
from email import message_from_bytes, policy

from aiosmtpd.controller import UnixSocketController
from harness import Scenario, program, wait_until


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
        self.controller = None

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


class WithSendmail(Scenario):
    def setUp(self):
        super().setUp()
        self.socket = os.path.join(self.folder, "mail.sock")
        self.spool = os.path.join(self.folder, "spool")
        self.home = os.path.join(self.folder, "home")
        os.mkdir(self.home)
        self.sendmail = os.path.join(self.folder, "sendmail")
        for name in ("sendmail", "mailq", "newaliases"):
            os.symlink(program("postrider"), os.path.join(self.folder, name))
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.home, "LANG": "C.UTF-8",
                            "POSTRIDER_MAIL_SOCKET": self.socket, "POSTRIDER_SPOOL": self.spool}

    def start_aio_server(self):
        server = AioServer(self.socket)
        server.start()
        self.stack.callback(server.stop)
        return server

    def start_postrider(self):
        """Postrider's own server; `sim` is its provider."""
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.database = self.open_database()
        self.server = self.make_server(
            self.database, [self.sim.provider("signal", timeout="2s")],
            messaging={"retry_delay": "1s", "max_retries": 20},
            source=[{"name": "machine", "type": "mail", "to": ["+15551234567"], "user_id": 1}],
            smtp={"local_socket": self.socket, "local_source": "machine"})
        self.server.start()

    def run_program(self, *command, given="", code=0, seconds=60, **variables):
        """Its standard output and error."""
        done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=seconds,
                              env={**self.environment, **variables}, cwd=self.folder, check=False)
        self.assertEqual(done.returncode, code, f"{command}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    def send(self, text, *arguments, code=0, **variables):
        return self.run_program(self.sendmail, *arguments, given=text, code=code, **variables)

    def spool_command(self, *arguments, code=0):
        return self.run_program(program("postrider"), "spool", *arguments, code=code)

    def waiting(self):
        """The ids of the mails that wait, in order."""
        if not os.path.isdir(self.spool):
            return []
        return sorted((name for name in os.listdir(self.spool) if name.isdigit()), key=int)

    def refused(self):
        folder = os.path.join(self.spool, "refused")
        return sorted(os.listdir(folder), key=int) if os.path.isdir(folder) else []

    def wait_for_mails(self, server, count, seconds=20):
        wait_until(lambda: len(server.mails) >= count, seconds, f"{count} mails have arrived")
        self.assertEqual(len(server.mails), count)
        return server.mails
