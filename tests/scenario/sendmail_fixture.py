"""The links that a machine has to postrider, and a server that takes its mail, for scenarios of
sendmail and its spool."""

import os
import subprocess

from harness import Scenario, program


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
