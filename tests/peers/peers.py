"""Real servers of other makers, as tools/setup.sh --tests unpacks them, each started on free
loopback ports in a folder of its own and ended by its process id."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../scenario"))

from harness import (  # noqa: E402
    SOURCE, Process, die_with_parent, free_port, http_request, wait_until)

ROOT = os.path.join(SOURCE, "build/deps/peers/root")
JUDGES = os.path.join(SOURCE, "build/deps/judges")


def peer_program(path):
    found = os.path.join(ROOT, path)
    if not os.access(found, os.X_OK):
        raise FileNotFoundError(f"{found} is missing: run tools/setup.sh --tests")
    return found


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Kannel:
    """bearerbox, smsbox, and fakesmsc in place of a network. User "tester", password "kannel-pw".
    """

    USER, PASSWORD, SENDER = "tester", "kannel-pw", "12345"
    UNROUTABLE = "1666"  # numbers that begin so have no route
    QUEUE_LIMIT = 40  # of messages that wait for the network

    def __init__(self, folder):
        self.folder = folder
        os.makedirs(os.path.join(folder, "spool"), exist_ok=True)
        self.port = free_port()
        self.box_port, self.admin_port, self.smsc_port = free_port(), free_port(), free_port()
        self.config = os.path.join(folder, "kannel.conf")
        with open(self.config, "w", encoding="ascii") as file:
            file.write(self.configuration())
        self.bearerbox = self.smsbox = self.smsc = None

    def configuration(self):
        groups = {
            "core": {
                "admin-port": self.admin_port, "admin-interface": '"127.0.0.1"',
                "admin-password": '"admin-pw"', "status-password": '"status-pw"',
                "admin-deny-ip": '"*.*.*.*"', "admin-allow-ip": '"127.0.0.1"',
                "smsbox-port": self.box_port, "smsbox-interface": '"127.0.0.1"',
                "box-deny-ip": '"*.*.*.*"', "box-allow-ip": '"127.0.0.1"',
                "log-file": f'"{self.folder}/bearerbox.log"', "log-level": 0,
                "dlr-storage": "internal", "store-type": "file",
                "store-location": f'"{self.folder}/spool/store"',
                "sms-outgoing-queue-limit": self.QUEUE_LIMIT,
                "sms-resend-freq": 2, "sms-resend-retry": 3},
            "smsc": {
                "smsc": "fake", "smsc-id": "FAKE", "our-host": '"127.0.0.1"',
                "port": self.smsc_port, "connect-allow-ip": '"127.0.0.1"',
                "denied-prefix": f'"{self.UNROUTABLE};+{self.UNROUTABLE}"'},
            "smsbox": {
                "smsbox-id": "box", "bearerbox-host": '"127.0.0.1"',
                "bearerbox-port": self.box_port, "sendsms-port": self.port,
                "sendsms-interface": '"127.0.0.1"', "sendsms-chars": '"0123456789 +-"',
                "log-file": f'"{self.folder}/smsbox.log"', "log-level": 0},
            "sendsms-user": {
                "username": f'"{self.USER}"', "password": f'"{self.PASSWORD}"',
                "max-messages": 10, "concatenation": "true"},
            "sms-service": {
                "keyword": "default", "catch-all": "true", "omit-empty": "true",
                "max-messages": 0, "text": '""'},
        }
        return "\n".join(f"group = {name}\n" + "".join(f"{key} = {value}\n"
                                                        for key, value in keys.items())
                         for name, keys in groups.items())

    def start(self):
        self.start_bearerbox()
        self.start_smsbox()
        # A client of bearerbox; it ends when its standard input does.
        with open(os.path.join(self.folder, "fakesmsc.log"), "ab") as log:
            self.smsc = subprocess.Popen(
                [peer_program("usr/lib/kannel/test/fakesmsc"), "-H", "127.0.0.1", "-r",
                 str(self.smsc_port), "-m", "0"],
                stdin=subprocess.PIPE, stdout=log, stderr=log, preexec_fn=die_with_parent)
        wait_until(lambda: "online" in self.status(), 20, "the SMSC is online")

    def leave_network(self):
        self.end_smsc()
        wait_until(lambda: "online" not in self.status(), 20, "the SMSC has gone")

    def end_smsc(self):
        if not self.smsc:
            return
        self.smsc.stdin.close()
        self.smsc.kill()
        self.smsc.wait(10)
        self.smsc = None

    def start_bearerbox(self):
        self.bearerbox = Process([peer_program("usr/sbin/bearerbox"), self.config],
                                 os.path.join(self.folder, "bearerbox"))
        wait_until(lambda: listens(self.box_port), 20, "bearerbox listens")

    def start_smsbox(self):
        self.smsbox = Process([peer_program("usr/sbin/smsbox"), self.config],
                              os.path.join(self.folder, "smsbox"))
        wait_until(lambda: listens(self.port), 20, "smsbox listens")

    def status(self):
        with contextlib.suppress(OSError):
            return http_request(self.admin_port, "GET",
                                "/status.txt?password=status-pw").body.decode()
        return ""

    def received(self):
        """Parts of messages that reached the network: [(to, coding, text)]."""
        with open(os.path.join(self.folder, "fakesmsc.log"), encoding="latin-1") as log:
            return re.findall(r"Got message \d+: <\S+ (\S+) (?:udh \S+ )?(text|data|ucs-2) (.*)>",
                              log.read())

    def stop(self):
        for process in (self.smsbox, self.bearerbox):
            if process:
                process.signal(signal.SIGCONT)
                process.kill()
        self.end_smsc()


class Postfix:
    """A relay that takes mail for example.org and keeps it in a Maildir. Needs to be root, as
    Postfix's master does."""

    OWNER, SETGID, READER = "uucp", "dip", "nobody"  # accounts that every Debian has

    def __init__(self, message_size_limit=100_000, **settings):
        """`settings` are those of main.cf that differ."""
        # Its daemons give up root and must still reach their folders.
        self.folder = tempfile.mkdtemp(prefix="postrider-postfix-")
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.size_limit = message_size_limit
        self.settings = settings
        self.process = None

    def start(self):
        for name in ("conf", "data", "mail", *(f"spool/{part}" for part in (
                "active bounce corrupt defer deferred flush hold incoming maildrop pid private "
                "public saved trace").split())):
            os.makedirs(os.path.join(self.folder, name))
        self.own()
        with open(os.path.join(self.folder, "conf/main.cf"), "w", encoding="ascii") as file:
            file.write("".join(f"{key} = {value}\n" for key, value in self.main().items()))
        with open(os.path.join(self.folder, "conf/master.cf"), "w", encoding="ascii") as file:
            file.write(self.master())
        shutil.copy(os.path.join(ROOT, "usr/share/postfix/dynamicmaps.cf"),
                    os.path.join(self.folder, "conf"))
        environment = {**os.environ, "MAIL_CONFIG": os.path.join(self.folder, "conf"),
                       "LD_LIBRARY_PATH": os.path.join(ROOT, "usr/lib/postfix"),
                       "MAIL_LOGTAG": "postfix"}
        # It ends its whole process group with itself, so it needs one of its own.
        with open(os.path.join(self.folder, "master.out"), "ab") as log:
            self.process = subprocess.Popen(
                [peer_program("usr/lib/postfix/sbin/master"), "-c",
                 os.path.join(self.folder, "conf"), "-d"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment,
                start_new_session=True, preexec_fn=die_with_parent)
        wait_until(lambda: listens(self.port), 30, "Postfix listens: " + self.log())

    def own(self):
        shutil.chown(os.path.join(self.folder, "data"), self.OWNER)
        shutil.chown(os.path.join(self.folder, "mail"), self.READER)
        spool = os.path.join(self.folder, "spool")
        for name in os.listdir(spool):
            shutil.chown(os.path.join(spool, name), "root" if name == "pid" else self.OWNER)
        for name, mode in (("maildrop", 0o730), ("public", 0o710)):
            shutil.chown(os.path.join(spool, name), group=self.SETGID)
            os.chmod(os.path.join(spool, name), mode)
        os.chmod(os.path.join(spool, "private"), 0o700)

    def main(self):
        return {
            "compatibility_level": "3.6",
            "command_directory": os.path.join(ROOT, "usr/sbin"),
            "daemon_directory": os.path.join(ROOT, "usr/lib/postfix/sbin"),
            "shlib_directory": os.path.join(ROOT, "usr/lib/postfix"),
            "queue_directory": os.path.join(self.folder, "spool"),
            "data_directory": os.path.join(self.folder, "data"),
            "import_environment": "MAIL_CONFIG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH",
            "mail_owner": self.OWNER, "setgid_group": self.SETGID, "default_privs": self.READER,
            "myhostname": "relay.example.net", "mydestination": "", "local_recipient_maps": "",
            "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4",
            "mynetworks": "127.0.0.0/8", "relayhost": "",
            "virtual_mailbox_domains": "example.org",
            "virtual_mailbox_base": os.path.join(self.folder, "mail"),
            "virtual_mailbox_maps": "inline:{ {ann@example.org=ann/} {bob@example.org=bob/} }",
            "virtual_uid_maps": "static:65534", "virtual_gid_maps": "static:65534",
            "maillog_file": os.path.join(self.folder, "mail.log"),
            "maillog_file_prefixes": self.folder,
            "smtpd_relay_restrictions": "reject_unauth_destination",
            "smtpd_recipient_restrictions": "reject_unlisted_recipient",
            "message_size_limit": self.size_limit,
            "virtual_mailbox_limit": 0,
            **self.settings,
        }

    def master(self):
        services = ["cleanup unix n - n - 0 cleanup", "qmgr unix n - n 300 1 qmgr",
                    "rewrite unix - - n - - trivial-rewrite", "bounce unix - - n - 0 bounce",
                    "defer unix - - n - 0 bounce", "trace unix - - n - 0 bounce",
                    "verify unix - - n - 1 verify", "proxymap unix - - n - - proxymap",
                    "error unix - - n - - error", "retry unix - - n - - error",
                    "virtual unix - n n - - virtual", "anvil unix - - n - 1 anvil",
                    "postlog unix-dgram n - n - 1 postlogd", "smtp unix - - n - - smtp"]
        return "\n".join([f"{self.port} inet n - n - - smtpd", *services, ""])

    def mails(self, user="ann"):
        folder = os.path.join(self.folder, "mail", user, "new")
        if not os.path.isdir(folder):
            return []
        found = []
        for name in sorted(os.listdir(folder)):
            with open(os.path.join(folder, name), "rb") as file:
                found.append(file.read())
        return found

    def log(self):
        with contextlib.suppress(FileNotFoundError), \
                open(os.path.join(self.folder, "mail.log"), encoding="utf-8") as file:
            return file.read()[-2000:]
        return ""

    def stop(self):
        if self.process:
            self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)
