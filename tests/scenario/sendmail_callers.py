"""Programs that send mail with sendmail: git, s-nail, mutt, PHP and cron, with the server there and
with the server away."""

import os
import shutil
import stat
import subprocess
import unittest

from harness import program, wait_until
from sendmail_fixture import WithSendmail


def needs(name):
    return unittest.skipUnless(shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin"),
                               f"{name} is missing; run tools/setup.sh --tests")


def may_unshare():
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "true"], capture_output=True,
                                                check=False).returncode == 0


class Callers(WithSendmail):
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
        def git(*arguments):
            return self.run_program("git", "-c", "user.name=Ann Bee", "-c",
                                    "user.email=ann@example.org", *arguments)
        git("init", "-q", "tree")
        with open(os.path.join(self.folder, "tree", "a"), "w", encoding="utf-8") as file:
            file.write("one\n.\ntwo\n")
        git("-C", "tree", "add", "a")
        git("-C", "tree", "commit", "-qm", "Change j\u00f6rg's file")
        git("-C", "tree", "format-patch", "-o", "..", "--root")
        mail = self.arrives(lambda: git(
            "send-email", "--smtp-server=" + self.sendmail, "--to=Bob <bob@example.org>",
            "--cc=cy@example.org", "--from=Ann Bee <ann@example.org>", "--suppress-cc=all",
            "--confirm=never", "--quiet",
            "--envelope-sender=auto", "0001-Change-j-rg-s-file.patch"))
        self.assertEqual(mail.sender, "ann@example.org")
        self.assertIn("bob@example.org", mail.recipients)
        self.assertEqual(mail.message["Subject"], "[PATCH] Change j\u00f6rg's file")
        self.assertIn("+one\n+.\n+two\n", mail.text.replace("\r\n", "\n"))

    @needs("s-nail")
    def test_mailx(self):
        mail = self.arrives(lambda: self.run_program(
            "s-nail", "-:/", "-S", "mta=" + self.sendmail, "-S", "sendwait",
            "-r", "ann@example.org", "-s", "Backup \u00fcber", "root", "bob@example.org",
            given="first\n.\nlast\n"))
        self.assertEqual(mail.sender, "ann@example.org")
        self.assertEqual(len(mail.recipients), 2)
        self.assertTrue(mail.recipients[0].startswith("root@"), mail.recipients)
        self.assertEqual(mail.message["Subject"], "Backup \u00fcber")
        self.assertEqual(mail.text.split(), ["first", ".", "last"])

    @needs("mutt")
    def test_mutt(self):
        mail = self.arrives(lambda: self.run_program(
            "mutt", "-n", "-F", "/dev/null", "-e", f'set sendmail="{self.sendmail} -oem -oi"',
            "-e", "set sendmail_wait=60", "-e", "set record=", "-e", "set from=ann@example.org",
            "-e", "set use_envelope_from=yes",
            "-s", "News", "-b", "eve@example.org", "--", "bob@example.org", given="hello\n"))
        self.assertEqual(mail.sender, "ann@example.org")
        self.assertEqual(sorted(mail.recipients), ["bob@example.org", "eve@example.org"])
        self.assertNotIn(b"eve@example.org", mail.content)
        self.assertEqual(mail.message["Subject"], "News")

    @needs("php")
    def test_php(self):
        code = ('exit(mail("Bob <bob@example.org>, cy@example.org", "News", "hello\\n.\\nbye", '
                '"From: Ann <ann@example.org>\\r\\nBcc: eve@example.org", "-fbounce@example.org") '
                "? 0 : 1);")
        mail = self.arrives(lambda: self.run_program(
            "php", "-n", "-d", f"sendmail_path={self.sendmail} -t -i", "-r", code))
        self.assertEqual(mail.sender, "bounce@example.org")
        self.assertEqual(mail.recipients, ["bob@example.org", "cy@example.org", "eve@example.org"])
        self.assertNotIn(b"eve@example.org", mail.content)
        self.assertEqual(mail.text.split(), ["hello", ".", "bye"])

    def test_python(self):
        code = ("import email.message, subprocess, sys\n"
                "mail = email.message.EmailMessage()\n"
                "mail['To'], mail['Subject'] = 'bob@example.org', 'N\u00e4chste'\n"
                "mail.set_content('hello')\n"
                "subprocess.run([sys.argv[1], '-t', '-oi'], input=bytes(mail), check=True)\n")
        mail = self.arrives(lambda: self.run_program("/usr/bin/python3", "-c", code, self.sendmail))
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


class Names(WithSendmail):
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
