"""The manual page, the completions and the service's unit: true to the program, and as strict as
they should be.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGING = os.path.join(SOURCE, "packaging")
POSTRIDER = os.environ.get("POSTRIDER", os.path.join(SOURCE, "build/dev/bin/postrider"))
sys.path.insert(0, PACKAGING)
from man_page import commands, escaped  # pylint: disable=wrong-import-position


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, check=True, **more).stdout


class ManualPage(unittest.TestCase):
    def test_it_has_every_command_and_groff_has_nothing_to_say(self):
        page = run(sys.executable, os.path.join(PACKAGING, "man_page.py"), POSTRIDER,
                   os.path.join(PACKAGING, "postrider.1"))
        found = list(commands(POSTRIDER))
        self.assertIn(["serve"], [path for path, _, _ in found])
        for path, description, arguments in found:
            self.assertIn(f".B postrider {escaped(' '.join(path))}", page)
            self.assertIn(escaped(description), page)
            text = run(POSTRIDER, *path, "--help")
            # The page has everything that the program lists, with a sentence.
            listed = {word for word in re.findall(r"^  (?:-\w,)?(--[a-z-]+|-\w)", text,
                                                  re.MULTILINE) if word != "--help"}
            self.assertEqual({re.search(r"--[a-z-]+|-\w", spelling).group()
                              for spelling, _ in arguments if spelling.startswith("-")}, listed,
                             path)
            usage = re.search(r"^Usage: postrider (.*)$", text, re.MULTILINE).group(1)
            names = [word for word in usage.replace("[OPTIONS]", "").split()[len(path):]
                     if "SUBCOMMAND" not in word]
            self.assertEqual([spelling.replace("...", "") for spelling, _ in arguments
                              if not spelling.startswith("-")],
                             [name.strip("[].") for name in names], path)
            for spelling, sentence in arguments:
                self.assertRegex(sentence, r"[a-z]{2}", f"{path} {spelling}")
                self.assertIn(f".B {escaped(spelling)}\n{escaped(sentence)}\n", page)
        self.assertNotRegex(page, "@[A-Z_]+@")
        for variable in ("POSTRIDER_URL", "POSTRIDER_KEY", "POSTRIDER_CA_FILE",
                         "POSTRIDER_MAIL_SOCKET", "POSTRIDER_SPOOL", "POSTRIDER_SPOOL_MAX_MAILS",
                         "POSTRIDER_SPOOL_MAX_MIB", "NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS"):
            self.assertRegex(page, rf"\.BR? .*{variable}")
        if shutil.which("groff"):
            shown = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=page, text=True,
                                   capture_output=True, check=True)
            self.assertEqual(shown.stderr, "")


class Reference(unittest.TestCase):
    def test_the_page_has_every_command(self):
        with open(os.path.join(SOURCE, "docs/reference/cli.md"), encoding="utf-8") as file:
            listed = re.findall(r"^\| `([a-z][a-z -]*)` \|", file.read(), re.MULTILINE)
        paths = [" ".join(path) for path, _, _ in commands(POSTRIDER)]
        # A command with commands of its own is in the page by those.
        known = {path for path in paths
                 if not any(other.startswith(path + " ") for other in paths)
                 or path in ("providers", "spool")}
        self.assertEqual(set(listed), known)


class Completion(unittest.TestCase):
    def setUp(self):
        self.script = run(POSTRIDER, "completion", "bash")

    def complete(self, *words):
        asked = self.script + """
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_postrider
printf '%s\\n' "${COMPREPLY[@]}"
"""
        return run("bash", "-c", asked, "bash", "postrider", *words).split()

    def test_bash_knows_every_command_and_option(self):
        for path, _, options in commands(POSTRIDER):
            self.assertIn(path[-1], self.complete(*path[:-1], path[-1][:2]))
            known = self.complete(*path, "--")
            for option, _ in options:
                for spelling in re.findall(r"--[a-z-]+", option):
                    self.assertIn(spelling, known, path)

    def test_bash_completes_files_where_a_file_is_expected(self):
        self.assertIn("/etc/passwd", self.complete("serve", "--config", "/etc/pass"))
        self.assertEqual(self.complete("sta"), ["status"])

    def test_zsh_knows_every_command_and_option(self):
        script = run(POSTRIDER, "completion", "zsh")
        self.assertTrue(script.startswith("#compdef postrider\n"))
        for path, _, options in commands(POSTRIDER):
            name = "_postrider_" + "_".join(path).replace("-", "_")
            body = script.split(f"\n{name}() {{\n", 1)[1].split("\n}\n", 1)[0]
            for option, _ in options:
                for spelling in re.findall(r"--[a-z-]+", option):
                    self.assertIn(f"'{spelling}[", body, path)
        if shutil.which("zsh"):
            run("zsh", "-n", "-c", script)


def systemd_complains(unit, *others, user=False):
    """The lines that systemd has about a unit, with a program that is there."""
    with tempfile.TemporaryDirectory() as folder:
        for path in (unit, *others):
            with open(os.path.join(PACKAGING, path), encoding="utf-8") as file:
                text = file.read().replace("/usr/bin/postrider", "/bin/true")
            with open(os.path.join(folder, os.path.basename(path)), "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run(["systemd-analyze", *(["--user"] if user else []), "verify",
                               "--man=no", os.path.join(folder, os.path.basename(unit))],
                              env={**os.environ, "XDG_RUNTIME_DIR": folder},
                              capture_output=True, text=True, timeout=60, check=False)
    return [line for line in done.stderr.splitlines() if "postrider" in line]


class Unit(unittest.TestCase):
    UNIT = os.path.join(PACKAGING, "postrider.service")

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is missing")
    def test_it_is_exposed_as_little_as_can_be(self):
        said = run("systemd-analyze", "security", "--offline=true", "--threshold=15", self.UNIT)
        level = float(re.search(r"exposure level for \S+: ([0-9.]+)", said).group(1))
        self.assertLessEqual(level, 1.5)

    def test_it_names_what_the_package_has(self):
        with open(self.UNIT, encoding="utf-8") as file:
            unit = file.read()
        self.assertIn("Type=notify\n", unit)
        self.assertIn("ExecStart=/usr/bin/postrider serve --migrate", unit)
        self.assertIn("--migrate", run(POSTRIDER, "serve", "--help"))
        self.assertNotIn("ReadWritePaths", unit)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is missing")
    def test_systemd_understands_the_socket(self):
        self.assertEqual(systemd_complains("postrider.socket", "postrider.service"), [])

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is missing")
    def test_systemd_understands_the_timers_of_the_spool(self):
        spool = ("postrider-spool.timer", "postrider-spool.service")
        self.assertEqual(systemd_complains(*spool), [])
        self.assertEqual(systemd_complains(*("user/" + name for name in spool), user=True), [])

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is missing")
    def test_the_sender_of_the_spool_may_do_little_more(self):
        said = run("systemd-analyze", "security", "--offline=true", "--threshold=30",
                   os.path.join(PACKAGING, "postrider-spool.service"))
        level = float(re.search(r"exposure level for \S+: ([0-9.]+)", said).group(1))
        self.assertLessEqual(level, 3.0)
        with open(os.path.join(PACKAGING, "postrider-spool.service"), encoding="utf-8") as file:
            unit = file.read()
        self.assertIn("ExecStart=/usr/bin/postrider spool send --all\n", unit)
        self.assertIn("--all", run(POSTRIDER, "spool", "send", "--help"))
        self.assertIn("75 the server is away", run(POSTRIDER, "spool", "send", "--help"))


if __name__ == "__main__":
    unittest.main()
