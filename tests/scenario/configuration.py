"""A server that cannot work as configured does not start, and says exactly why."""

import os
import sqlite3
import subprocess
import unittest

from databases import Sqlite
from harness import Scenario, free_port, program

GOOD = """\
[http]
listen = "127.0.0.1:{port}"
[database]
url = "sqlite:{folder}/postrider.db"
[[provider]]
name = "signal"
type = "signal"
url = "http://127.0.0.1:9"
account = "+15550001111"
timeout = "5s"
"""

# A text in place of another: the line and column of the mistake, and what is said about it.
MISTAKES = {
    "an unknown key": (
        'listen = "', 'lisen = "127.0.0.1:1"\nlisten = "', (2, 1),
        ["lisen", 'did you mean "listen"']),
    "an unknown section": ("[http]", "[htpp]", (1, 2), ["htpp", 'did you mean "http"']),
    "an unknown key of a provider": (
        'account = ', 'acount = "+1"\naccount = ', (9, 1), ["acount", 'did you mean "account"']),
    "an unknown type": ('type = "signal"', 'type = "signl"', (7, 8),
                        ["signl", 'did you mean "signal"']),
    "a wrong kind of value": ('timeout = "5s"', "timeout = true", (10, 11), ["timeout", "true"]),
    "a duration without a unit": ('timeout = "5s"', 'timeout = "5"', (10, 11), ["timeout"]),
    "a section without a name": ("[http]", "[~]", (1, 2), ["~"]),
    "a Greek section": ("[http]", "[\u03a5]", (1, 2), ["\u03a5"]),
    "not TOML": ("[database]", "[database", (3, None), ["]"]),
    "a key twice": ('timeout = "5s"', 'timeout = "5s"\ntimeout = "6s"', (11, None), ["timeout"]),
    "an account that is none": ('"+15550001111"', '"5550001111"', (9, None), ["account"]),
    "a required key that is missing": ('account = "+15550001111"\n', "", (5, None), ["account"]),
    "every address": ('"127.0.0.1:{port}"', '"0.0.0.0:{port}"', (2, 10),
                      ["0.0.0.0", "others can reach", "127.0.0.1:8080"]),
    "a name in place of an address": ('"127.0.0.1:{port}"', '"localhost"', (2, 10), ["localhost"]),
    "a password in the URL": (
        '"sqlite:{folder}/postrider.db"', '"mysql://root:geheim@localhost/postrider"', (4, 7),
        ["password_file", "password_env"]),
    "a password as a key": (
        "[database]", '[database]\npassword = "geheim"', (4, 1), ["password_file", "password_env"]),
    "two mistakes at once": (
        "[http]", "[http]\nthread = 2\n[nod]\n", (2, 1),
        ['did you mean "threads"', 'did you mean "node"']),
}
SECRET = "geheim"


class Configuration(Scenario):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.path = os.path.join(self.folder, "config.toml")

    def write(self, text):
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(text.replace("{port}", str(self.port)).replace("{folder}", self.folder))

    def run_postrider(self, *arguments, **environment):
        return subprocess.run([program("postrider"), *arguments], capture_output=True, text=True,
                              timeout=20, env={**os.environ, **environment}, check=False)

    def serve(self, **environment):
        return self.run_postrider("serve", "--config", self.path, **environment)

    def test_a_mistake_stops_the_start_and_is_shown_where_it_is(self):
        for name, (good, bad, (line, column), said) in MISTAKES.items():
            with self.subTest(name):
                self.assertIn(good, GOOD)
                self.write(GOOD.replace(good, bad, 1))
                done = self.serve()
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f"{self.path}:{line}:{column or ''}", done.stderr)
                for part in said:
                    self.assertIn(part, done.stderr)
                self.assertNotIn(SECRET, done.stderr + done.stdout)
                checked = self.run_postrider("check-config", "--config", self.path)
                self.assertEqual(checked.returncode, 1)
                self.assertEqual(checked.stderr.splitlines()[0], done.stderr.splitlines()[0])
        self.assertFalse(os.path.exists(os.path.join(self.folder, "postrider.db")))

    def test_the_environment_is_checked_like_the_file(self):
        self.write(GOOD)
        done = self.serve(POSTRIDER_HTTP__LISTEN="0.0.0.0:8080")
        self.assertEqual(done.returncode, 1)
        self.assertIn("POSTRIDER_HTTP__LISTEN", done.stderr)
        self.assertIn("others can reach", done.stderr)

    def test_a_file_that_is_not_there(self):
        done = self.serve()
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.path, done.stderr)

    def test_a_command_line_that_is_wrong_has_an_exit_code_of_its_own(self):
        done = self.run_postrider("serve", "--confg", self.path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--confg", done.stderr)

    def test_a_port_that_is_taken(self):
        sim = self.start_sim("signal")
        self.write(GOOD)
        done = self.serve(POSTRIDER_HTTP__LISTEN=f"127.0.0.1:{sim.port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn(str(sim.port), done.stderr)

    def start_server(self):
        sim = self.start_sim("signal")
        server = self.make_server(Sqlite(self.folder), [sim.provider("signal")])
        server.start()
        return server

    def test_a_second_server_on_the_same_file_says_whose_it_is(self):
        server = self.start_server()
        done = self.run_postrider("serve", "--config", server.config,
                                  POSTRIDER_HTTP__LISTEN=f"127.0.0.1:{self.port}")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("postrider.db is used by another process", done.stderr)
        self.assertTrue(server.ready(), "the first one is not disturbed")
        self.assert_stops(server)

    def set_schema_version(self, path, version):
        connection = sqlite3.connect(path)
        with connection:
            changed = connection.execute("UPDATE schema_version SET version = ?",
                                         (version,)).rowcount
        connection.close()
        self.assertEqual(changed, 1)

    def test_another_schema_is_not_touched(self):
        server = self.start_server()
        self.assert_stops(server)
        for version, word in ((1, "older"), (1000, "newer")):
            with self.subTest(word):
                self.set_schema_version(server.database.path, version)
                done = self.run_postrider("serve", "--config", server.config)
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn(f"the schema is {word} than this program", done.stderr)
                self.assertIn("postrider migrate", done.stderr)
                found = server.database.rows("SELECT version FROM schema_version")
                self.assertEqual(found, [(version,)])
                verified = self.run_postrider("verify", "--database", server.database.url)
                self.assertEqual(verified.returncode, 1)
                self.assertIn("postrider migrate", verified.stderr)

    def test_a_database_that_is_none(self):
        with open(os.path.join(self.folder, "postrider.db"), "w", encoding="ascii") as file:
            file.write("This is no database.\n" * 1000)
        self.write(GOOD)
        done = self.serve()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("not a database", done.stderr)

    def test_a_folder_that_is_not_there(self):
        self.write(GOOD.replace("postrider.db", "nowhere/postrider.db"))
        done = self.serve()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("nowhere", done.stderr)


if __name__ == "__main__":
    unittest.main()
