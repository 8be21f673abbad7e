"""The spool of sendmail: nothing is lost and nothing overtakes, whatever happens to the server and
to the sender."""

import fcntl
import os
import random
import signal
import subprocess
import threading
import time
import unittest

from harness import program, wait_until
from sendmail_peers import ScriptedServer, WithPeer


def subjects(server):
    return [mail.message["Subject"] for mail in server.mails]


class Spool(WithPeer):
    def send_numbered(self, number, **more):
        return self.send(f"Subject: {number}\n\ntext\n", "-i", "root", **more)

    def test_mails_keep_their_order_and_a_new_one_goes_behind_them(self):
        for number in range(5):
            self.send_numbered(number)
        self.assertEqual(len(self.waiting()), 5)
        server = self.start_aio_server()
        # The last attempt was a moment ago: this one waits too.
        self.send_numbered(5)
        self.assertEqual(len(self.waiting()), 6)
        os.remove(os.path.join(self.spool, ".last-failure"))
        self.send_numbered(6)
        self.assertEqual(subjects(server), [str(number) for number in range(7)])
        self.assertEqual(self.waiting(), [])

    def test_a_full_spool_is_the_callers_to_know(self):
        for number in range(3):
            self.send_numbered(number, POSTRIDER_SPOOL_MAX_MAILS="3")
        said = self.send_numbered(3, code=os.EX_TEMPFAIL, POSTRIDER_SPOOL_MAX_MAILS="3")
        self.assertIn("is full: 3 mails, 0 of them refused", said)
        server = self.start_aio_server()
        self.spool_command("send")
        self.send_numbered(3, POSTRIDER_SPOOL_MAX_MAILS="3")
        self.assertEqual(subjects(server), ["0", "1", "2", "3"])

    @unittest.skipUnless(os.geteuid() == 0, "a file system of its own needs root")
    def test_a_file_system_without_an_inode_left_is_the_callers_to_know(self):
        script = ('mount -t tmpfs -o nr_inodes=20 none "$1" && '
                  'export POSTRIDER_SPOOL="$1/spool" && echo waits | "$2" root && '
                  'rm "$1/spool/.last-failure" && n=0 && '
                  'while mkdir "$1/$n" 2>/dev/null; do n=$((n + 1)); done; echo lost | "$2" root')
        disk = os.path.join(self.folder, "disk")
        os.mkdir(disk)
        done = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", disk, self.sendmail],
                              env=self.environment, text=True, capture_output=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, os.EX_TEMPFAIL, done.stderr)
        self.assertIn(f"the file {disk}/spool/.sending cannot be locked: No space left on device",
                      done.stderr)
        self.assertIn(f"not stored, cannot write into {disk}/spool: No space left on device",
                      done.stderr)

    def test_a_server_that_ends_at_any_moment_loses_nothing(self):
        for stage in ("greeting", "EHLO", "MAIL", "RCPT", "DATA", "dot"):
            peer = ScriptedServer(self.socket, stage)
            self.send_numbered(stage)
            peer.end()
            self.assertEqual(peer.whole, 1 if stage == "dot" else 0)
            self.assertEqual(len(self.waiting()), 1, stage)
            server = self.start_aio_server()
            self.spool_command("send")
            self.assertEqual(subjects(server), [stage])
            server.stop()

    def test_a_server_that_puts_off_keeps_the_order(self):
        server = self.start_aio_server()
        server.answers = ["451 4.3.0 the database is away"]
        self.send_numbered(0)
        self.assertEqual(len(self.waiting()), 1)
        self.assertIn("451 4.3.0 the database is away", self.spool_command())
        self.send_numbered(1)
        server.answers = ["250 OK", "452 4.3.1 full"]
        self.assertIn("452 4.3.1 full", self.spool_command("send", code=os.EX_TEMPFAIL))
        self.spool_command("send")
        self.assertEqual(subjects(server), ["0", "1"])

    def test_a_refused_mail_is_kept_and_said(self):
        server = self.start_aio_server()
        server.answers = ["554 5.6.0 no"]
        said = self.send_numbered(0, code=os.EX_UNAVAILABLE)
        self.assertIn("the server refused the mail to root@", said)
        self.assertIn("554 5.6.0 no", said)
        server.stop()
        self.send_numbered(1)
        self.send_numbered(2)
        server.start()
        server.answers = ["554 5.6.0 not this one"]
        self.assertIn("554 5.6.0 not this one", self.spool_command("send", code=1))
        self.assertEqual(subjects(server), ["2"])
        self.assertEqual(len(self.refused()), 2)
        self.assertIn("554 5.6.0 not this one", self.spool_command("show", self.refused()[1]))
        self.spool_command("send", "--refused")
        self.assertEqual(subjects(server), ["2", "0", "1"])
        self.assertEqual(self.refused(), [])

    def test_a_recipient_that_the_server_refuses_is_the_callers_to_know(self):
        server = self.start_aio_server()
        server.unknown = ["nobody@example.org"]
        said = self.send("Subject: 0\n\nx\n", "root", "nobody@example.org", code=os.EX_NOUSER)
        self.assertIn("the server refused the mail to nobody@example.org: 550 5.1.1 no", said)
        self.assertEqual(subjects(server), ["0"])
        self.assertEqual(len(server.mails[0].recipients), 1)
        self.assertIn("to nobody@example.org\nreason 550 5.1.1 no such recipient\n",
                      self.spool_command("show", self.refused()[0]))

    def test_senders_at_once_send_each_mail_once(self):
        for number in range(30):
            self.send_numbered(number)
        server = self.start_aio_server()
        senders = [subprocess.Popen([program("postrider"), "spool", "send"], env=self.environment,
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                   for _ in range(6)]
        for sender in senders:
            self.assertIn(sender.wait(60), (0, os.EX_TEMPFAIL))
        self.assertEqual(subjects(server), [str(number) for number in range(30)])

    def test_callers_at_once_lose_nothing(self):
        """The server comes and goes; every caller was told 0."""
        server = self.start_aio_server()

        def call(first):
            for number in range(first, first + 10):
                self.send_numbered(number)
        callers = [threading.Thread(target=call, args=(10 * n,)) for n in range(6)]
        for caller in callers:
            caller.start()
        for _ in range(5):
            server.stop()
            server.start()
        for caller in callers:
            caller.join(100)
            self.assertFalse(caller.is_alive())
        self.spool_command("send")
        found = subjects(server)
        self.assertEqual(sorted(set(map(int, found))), list(range(60)))
        # Each caller's mails are in its order.
        for first in range(0, 60, 10):
            own = [number for number in map(int, found) if first <= number < first + 10]
            firsts = list(dict.fromkeys(own))
            self.assertEqual(firsts, sorted(firsts))

    def test_killed_callers_and_senders_leave_whole_mails(self):
        """kill -9 at any moment: a mail that was promised arrives, and the same mail is one
        Message-ID."""
        dice = random.Random(7)
        begin = time.monotonic()
        self.send_numbered("whole")
        usual = time.monotonic() - begin
        promised = ["whole"]
        for number in range(40):
            caller = subprocess.Popen([self.sendmail, "-i", "root"], stdin=subprocess.PIPE,
                                      env=self.environment, stderr=subprocess.DEVNULL)
            with caller.stdin as pipe:
                pipe.write(f"Subject: {number}\n\ntext\n".encode())
            try:
                caller.wait(dice.random() * 2 * usual)
            except subprocess.TimeoutExpired:
                caller.send_signal(signal.SIGKILL)
            if caller.wait(20) == 0:
                promised.append(str(number))
        server = self.start_aio_server()
        while self.waiting():
            sender = subprocess.Popen([program("postrider"), "spool", "send"],
                                      env=self.environment, stdout=subprocess.DEVNULL)
            try:
                sender.wait(dice.random() * 3 * usual)
            except subprocess.TimeoutExpired:
                sender.send_signal(signal.SIGKILL)
                sender.wait(20)
        self.assertLess(1, len(promised))
        self.assertLess(len(promised), 41, "no caller was killed")
        self.assertLessEqual(set(promised), set(subjects(server)))
        ids = {}
        for mail in server.mails:
            ids.setdefault(mail.message["Message-ID"], set()).add(mail.message["Subject"])
        self.assertEqual(len(ids), len(set(subjects(server))), "a repeat has the same Message-ID")
        self.assertEqual(self.refused(), [])

    def test_a_server_that_hangs_holds_one_caller_only(self):
        # The first one waits for the greeting; while it does, the others store their mails.
        self.send_numbered(0)
        os.remove(os.path.join(self.spool, ".last-failure"))
        peer = ScriptedServer(self.socket, "greeting", hang=True)
        first = subprocess.Popen([self.sendmail, "-i", "root"], stdin=subprocess.PIPE,
                                 env=self.environment)
        first.stdin.write(b"Subject: 1\n\ntext\n")
        first.stdin.close()
        self.wait_until_locked()
        self.send_numbered(2, code=0)
        self.assertEqual(len(self.waiting()), 2)
        peer.end()
        self.assertEqual(first.wait(60), 0)
        server = self.start_aio_server()
        self.spool_command("send")
        self.assertEqual(subjects(server), ["0", "2", "1"])

    def wait_until_locked(self):
        def locked():
            try:
                with open(os.path.join(self.spool, ".sending"), "rb") as file:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except FileNotFoundError:
                return False
            except BlockingIOError:
                return True
            return False
        wait_until(locked, 20, "the first caller sends")


@unittest.skipUnless(os.geteuid() == 0, "the spools of other users need root")
class AllUsers(WithPeer):
    USERS = (65533, 65532)

    def test_a_program_with_the_rights_of_root_trusts_no_variable_of_its_caller(self):
        # A setuid program calls sendmail: a folder of root must not become a spool.
        folder = os.path.join(self.folder, "of-root")
        os.mkdir(folder, 0o700)
        home = os.path.join(self.folder, "home-of-caller")
        done = subprocess.run(
            ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /root && mount -t tmpfs none '
             '/var/spool && exec "$@"', "sh", "setpriv", "--ruid=65533", "--euid=0", self.sendmail,
             "root"], input="Subject: s\n\nx\n", text=True, capture_output=True, timeout=60,
            env={**self.environment, "POSTRIDER_SPOOL": folder, "HOME": home,
                 "XDG_STATE_HOME": home}, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(os.listdir(folder), [])
        self.assertFalse(os.path.exists(home))

    def test_root_sends_the_mails_of_all_with_their_rights(self):
        # In a namespace of its own, /var/spool/postrider is as the package makes it.
        common = os.path.join(self.folder, "common")
        os.mkdir(common)
        os.chmod(common, 0o1733)
        os.chmod(self.folder, 0o755)
        environment = {**self.environment}
        del environment["POSTRIDER_SPOOL"]
        script = ('mkdir -p /var/spool && mount -t tmpfs none /var/spool && '
                  'mkdir /var/spool/postrider && mount --bind "$1" /var/spool/postrider && '
                  'shift && exec "$@"')

        # The rights of root that packaging/postrider-spool.service leaves.
        little = ("setpriv", "--bounding-set", "-all,+setuid,+setgid", "--inh-caps", "-all",
                  "--no-new-privs", program("postrider"), "spool")

        def run(*command, user=0, given="", code=0):
            done = subprocess.run(
                ["unshare", "-m", "sh", "-c", script, "sh", common, "setpriv", f"--reuid={user}",
                 f"--regid={user}", "--clear-groups", *command], input=given, text=True,
                capture_output=True, env={**environment, "HOME": "/"}, timeout=60, check=False)
            self.assertEqual(done.returncode, code, done.stdout + done.stderr)
            return done.stdout + done.stderr

        for user in self.USERS:
            run(self.sendmail, "root", user=user, given=f"Subject: of {user}\n\nx\n")
            self.assertEqual(os.stat(os.path.join(common, str(user))).st_uid, user)
        # A folder that claims to be another user's, and a link.
        os.mkdir(os.path.join(common, "65531"))
        os.symlink(os.path.join(common, "65533"), os.path.join(common, "65530"))
        self.assertIn("needs root", run(program("postrider"), "spool", "send", "--all",
                                        user=self.USERS[0], code=1))
        run(*little, "send", "--all", code=os.EX_TEMPFAIL)
        metrics = run(*little, "metrics", "--all")
        listed = run(*little, "--all")
        for user in self.USERS:
            self.assertRegex(listed, rf"(?m)^{user} +\d+ +waiting .* {user}@.* root@")
            self.assertIn(f'postrider_spool_mails{{user="{user}"}} 1\n', metrics)
        self.assertNotIn("6553" + "1", metrics)
        server = self.start_aio_server()
        os.chmod(self.socket, 0o666)
        run(*little, "send", "--all")
        self.assertEqual(sorted(subjects(server)), ["of 65532", "of 65533"])
        for user in self.USERS:
            self.assertEqual([name for name in os.listdir(os.path.join(common, str(user)))
                              if name.isdigit()], [])


if __name__ == "__main__":
    unittest.main()
