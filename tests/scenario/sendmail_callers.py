"""Programs that send mail with sendmail: git, s-nail, mutt, PHP and cron, with the server there and
with the server away."""

import os
import shutil
import stat
import subprocess
import unittest

from harness import program, wait_until
from sendmail_peers import WithPeer


def needs(name):
    return unittest.skipUnless(shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"),
                               f"{name} is missing; run tools/setup.sh --tests")


def may_unshare():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True,
                                                check=False).returncode == 0


class WithCallers(WithPeer):
    """Each program sends a mail with a text that has "last" in its last line."""

    def git(self):
        def run(*arguments):
            return self.run_program("git", "-c", "user.name=Ann Bee", "-c",
                                    "user.email=ann@example.org", *arguments)
        if not os.path.exists(os.path.join(self.folder, "tree")):
            run("init", "-q", "tree")
            with open(os.path.join(self.folder, "tree", "a"), "w", encoding="utf-8") as file:
                file.write("one\n.\nlast\n")
            run("-C", "tree", "add", "a")
            run("-C", "tree", "commit", "-qm", "Change j\u00f6rg's file")
            run("-C", "tree", "format-patch", "-o", "..", "--root")
        run("send-email", "--smtp-server=" + self.sendmail, "--to=Bob <bob@example.org>",
            "--cc=cy@example.org", "--from=Ann Bee <ann@example.org>", "--suppress-cc=all",
            "--confirm=never", "--quiet", "--envelope-sender=auto",
            "0001-Change-j-rg-s-file.patch")

    def mailx(self, code=0):
        self.run_program("s-nail", "-:/", "-S", "mta=" + self.sendmail, "-S", "sendwait",
                         "-r", "ann@example.org", "-s", "Backup \u00fcber", "root",
                         "bob@example.org", given="first\n.\nlast\n", code=code)

    def mutt(self):
        self.run_program("mutt", "-n", "-F", "/dev/null",
                         "-e", f'set sendmail="{self.sendmail} -oem -oi"',
                         "-e", "set sendmail_wait=60", "-e", "set record=",
                         "-e", "set from=ann@example.org", "-e", "set use_envelope_from=yes",
                         "-s", "News", "-b", "eve@example.org", "--", "bob@example.org",
                         given="last of mutt\n")

    def php(self, code=0):
        script = ('exit(mail("Bob <bob@example.org>, cy@example.org", "News", '
                  '"hello\\n.\\nlast", '
                  '"From: Ann <ann@example.org>\\r\\nBcc: eve@example.org", '
                  '"-fbounce@example.org") '
                  "? 0 : 1);")
        self.run_program("php", "-n", "-d", f"sendmail_path={self.sendmail} -t -i", "-r", script,
                         code=code)

    def python(self):
        code = ("import email.message, subprocess, sys\n"
                "mail = email.message.EmailMessage()\n"
                "mail['To'], mail['Subject'] = 'bob@example.org', 'N\u00e4chste'\n"
                "mail.set_content('last')\n"
                "subprocess.run([sys.argv[1], '-t', '-oi'], input=bytes(mail), check=True)\n")
        self.run_program("/usr/bin/python3", "-c", code, self.sendmail)


class Callers(WithCallers):
    def arrives(self, call):
        """The mail of `call` arrives once, whether the server is there or comes later. Returns the
        second one."""
        server = self.start_aio_server()
        call()
        first = self.wait_for_mails(server, 1)[0]
        self.assertEqual(self.waiting(), [])
        server.stop()
        call()
        self.assertEqual(len(self.waiting()), 1)
        server.start()
        self.spool_command("send")
        second = self.wait_for_mails(server, 2)[1]
        self.assertEqual(self.waiting(), [])
        self.assertEqual((first.sender, first.recipients), (second.sender, second.recipients))
        for mail in (first, second):
            for field in ("Message-ID", "Date", "From"):
                self.assertEqual(len(mail.message.get_all(field)), 1, field)
        return second

    @needs("git")
    def test_git_send_email(self):
        mail = self.arrives(self.git)
        self.assertEqual(mail.sender, "ann@example.org")
        self.assertIn("bob@example.org", mail.recipients)
        self.assertEqual(mail.message["Subject"], "[PATCH] Change j\u00f6rg's file")
        self.assertIn("+one\n+.\n+last\n", mail.text.replace("\r\n", "\n"))

    @needs("s-nail")
    def test_mailx(self):
        mail = self.arrives(self.mailx)
        self.assertEqual(mail.sender, "ann@example.org")
        self.assertEqual(len(mail.recipients), 2)
        self.assertTrue(mail.recipients[0].startswith("root@"), mail.recipients)
        self.assertEqual(mail.message["Subject"], "Backup \u00fcber")
        self.assertEqual(mail.text.split(), ["first", ".", "last"])

    @needs("mutt")
    def test_mutt(self):
        mail = self.arrives(self.mutt)
        self.assertEqual(mail.sender, "ann@example.org")
        self.assertEqual(sorted(mail.recipients), ["bob@example.org", "eve@example.org"])
        self.assertNotIn(b"eve@example.org", mail.content)
        self.assertEqual(mail.message["Subject"], "News")

    @needs("php")
    def test_php(self):
        mail = self.arrives(self.php)
        self.assertEqual(mail.sender, "bounce@example.org")
        self.assertEqual(mail.recipients, ["bob@example.org", "cy@example.org", "eve@example.org"])
        self.assertNotIn(b"eve@example.org", mail.content)
        self.assertEqual(mail.text.split(), ["hello", ".", "last"])

    def test_python(self):
        mail = self.arrives(self.python)
        self.assertEqual(mail.recipients, ["bob@example.org"])
        self.assertEqual(mail.message["Subject"], "N\u00e4chste")

    @needs("cron")
    @unittest.skipUnless(may_unshare(), "a private /usr/sbin needs root and mount namespaces")
    def test_cron(self):
        """Debian's cron calls /usr/sbin/sendmail: the test runs it where that is a link to us."""
        machine = os.path.join(self.folder, "machine")
        for name in ("sbin", "crontabs"):
            os.makedirs(os.path.join(machine, name))
        shutil.copy("/usr/sbin/cron", os.path.join(machine, "sbin/cron"))
        os.symlink(program("postrider"), os.path.join(machine, "sbin/sendmail"))
        crontab = os.path.join(machine, "crontabs/root")
        with open(crontab, "w", encoding="utf-8") as file:
            file.write("MAILTO=alerts\n"
                       "@reboot printf '10\\%\\%\\r100\\%\\%\\nfailed\\n.\\nhere\\n'\n")
        os.chmod(crontab, 0o600)
        # No job of this machine may run. sendmail has cron's environment, not that of the crontab.
        script = ("mount -t tmpfs none /run && mount -t tmpfs none /etc/cron.d && "
                  "mount --bind /dev/null /etc/crontab && mount --bind \"$1/crontabs\" "
                  "/var/spool/cron/crontabs && mount --bind \"$1/sbin\" /usr/sbin && "
                  "exec /usr/sbin/cron -f")

        def run_cron(done):
            cron = subprocess.Popen(["unshare", "-m", "sh", "-c", script, "sh", machine],
                                    stdin=subprocess.DEVNULL, env=self.environment)
            try:
                wait_until(done, 30, "cron's mail")
            finally:
                cron.terminate()
                cron.wait(20)

        run_cron(lambda: len(self.waiting()) == 1)
        server = self.start_aio_server()
        self.spool_command("send")
        run_cron(lambda: len(server.mails) == 2)
        for mail in self.wait_for_mails(server, 2):
            self.assertTrue(mail.message["Subject"].startswith("Cron <root@"), mail.content)
            self.assertTrue(mail.recipients[0].startswith("alerts@"), mail.recipients)
            self.assertIn(b"\r\nFrom: root (Cron Daemon)", b"\r\n" + mail.content)
            self.assertEqual(mail.text.split(), ["10%", "100%", "failed", ".", "here"])


class Refused(WithCallers):
    def test_programs_learn_that_a_mail_is_nowhere(self):
        self.environment["POSTRIDER_SPOOL_MAX_MAILS"] = "1"
        self.send("Subject: first\n\nx\n", "root")
        if shutil.which("php"):
            self.php(code=1)
        if shutil.which("s-nail"):
            self.mailx(code=4)
        self.assertEqual(len(self.waiting()), 1)


class CallersOfPostrider(WithCallers):
    """The same programs, with Postrider's own server."""

    def arrives(self, call):
        self.start_postrider()
        call()
        self.assertEqual(self.waiting(), [])
        self.wait_for_texts(1)
        # Killed, it could not know whether the first one was sent, and would send it again.
        self.server.stop()
        call()
        self.assertEqual(len(self.waiting()), 1)
        self.server.start()
        self.spool_command("send")
        self.assertEqual(self.waiting(), [])
        for text in self.wait_for_texts(2):
            self.assertIn("last", text)

    def wait_for_texts(self, count):
        def arrived():
            texts = self.sim.accepted("signal")
            return texts if sum(texts.values()) >= count else None
        texts = wait_until(arrived, 20, f"{count} messages have arrived")
        self.assertEqual(sum(texts.values()), count)
        return texts

    @needs("git")
    def test_git_send_email(self):
        self.arrives(self.git)

    @needs("s-nail")
    def test_mailx(self):
        self.arrives(self.mailx)

    @needs("mutt")
    def test_mutt(self):
        self.arrives(self.mutt)

    @needs("php")
    def test_php(self):
        self.arrives(self.php)

    def test_python(self):
        self.arrives(self.python)

    def test_output_of_a_job_arrives_as_it_was_written(self):
        self.start_postrider()
        lines = "x" * 100_000
        for text in ("10%\r50%\r100%\nlast\n", ".\n..\nFrom here\nlast\n", "gr\u00fc\u00dfe last\n",
                     lines + " last\n", "\n\nlast"):
            self.send("Subject: job\n\n" + text, "-i", "root")
        self.assertEqual((self.waiting(), self.refused()), ([], []))
        texts = "\n".join(self.wait_for_texts(5))
        for part in ("10%\n50%\n100%\nlast", ".\n..\nFrom here\nlast", "gr\u00fc\u00dfe last"):
            self.assertIn(part, texts)

    def test_the_same_mail_twice_is_one_message(self):
        self.start_postrider()
        # A mail without a date gets that of its second, which makes it another mail.
        for _ in range(2):
            self.send("Subject: one\nMessage-ID: <one@test>\n"
                      "Date: Tue, 01 Dec 2026 01:00:00 +0000\n\nlast\n", "root")
        self.send("Subject: two\n\nlast\n", "root")
        self.wait_for_texts(2)


class Names(WithPeer):
    def test_each_name_does_what_it_says(self):
        self.assertEqual(self.run_program(os.path.join(self.folder, "newaliases")), "")
        mailq = os.path.join(self.folder, "mailq")
        self.assertEqual(self.run_program(mailq), "The spool is empty.\n")
        self.send("Subject: s\n\nx\n", "root")
        self.assertIn(self.waiting()[0], self.run_program(mailq))
        self.assertIn(self.waiting()[0], self.send("", "-bp"))
        server = self.start_aio_server()
        self.send("", "-q")
        self.wait_for_mails(server, 1)

    def test_the_spool_is_closed_to_others(self):
        self.send("x\n", "root")
        for path in (self.spool, os.path.join(self.spool, self.waiting()[0])):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode) & 0o077, 0, path)


if __name__ == "__main__":
    unittest.main()
