"""Harm to the SQLite file and its disk: a second server by another name, a file that is moved or
cut, a disk without room. The server refuses with what to do, says so at /readyz and in the log, and
loses nothing that it accepted.
"""

import contextlib
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import time
import unittest

from accounting import Ledger, duplicates_in, problems_of
from database_outage import Client
from databases import Sqlite
from disk import Disk
from harness import Scenario, program, wait_until

KNOWN_WITHIN_SECONDS = 1.0
READY_AGAIN_WITHIN_SECONDS = 1.0
# For this machine.
SLACK_SECONDS = 0.5


class Storage(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal", options=["--keep-texts"])

    def start(self, database=None):
        self.database = database or Sqlite(self.folder)
        self.server = self.make_server(self.database, [self.sim.provider("signal")],
                                       messaging={"retry_delay": "1s"})
        self.server.start()

    def start_client(self):
        self.client = Client(self.server)
        self.client.start()
        self.stack.callback(self.client.stop)
        wait_until(lambda: len(self.client.seen) > 10, 20, "messages are accepted")

    def serve_on(self, url):
        """Another `serve` with that database, which is expected to end by itself."""
        environment = {**os.environ, "POSTRIDER_DATABASE__URL": url,
                       "POSTRIDER_HTTP__LISTEN": "127.0.0.1:0"}
        return subprocess.run([program("postrider"), "serve", "--config", self.server.config],
                              capture_output=True, text=True, timeout=30, env=environment,
                              check=False)

    def assert_refused_start(self, url, *words):
        done = self.serve_on(url)
        self.assertEqual(done.returncode, 1, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def not_ready(self):
        answer = self.server.request("GET", "/readyz", timeout=5)
        return answer if answer.status == 503 else None

    def assert_known_soon(self, reason):
        began = time.monotonic()

        def says_so():
            answer = self.not_ready()
            return answer and reason in " ".join(answer.json["reasons"])
        wait_until(says_so, KNOWN_WITHIN_SECONDS + SLACK_SECONDS, f"/readyz says 503: {reason}")
        after = time.monotonic() - began
        post = self.post("while it is away")
        self.assertEqual(post.status, 503)
        self.assertIn("nothing was stored", post.json["detail"])
        print(f"\n{self.id()}: known after {after:.2f} s", flush=True)

    def post(self, text):
        return self.server.request("POST", "/send/message",
                                   {"user_id": 1, "recipients": ["+15559999999"], "message": text},
                                   timeout=5)

    def writer_lines(self):
        return [line for line in self.server.process.errors().splitlines()
                if "[ledger_writer" in line]

    def assert_said_once(self, trouble, *words):
        lines = self.writer_lines()
        said = [line for line in lines if trouble in line]
        self.assertEqual(len(said), 1, lines)
        for word in words:
            self.assertIn(word, said[0])
        ended = [line for line in lines if "can be used again" in line]
        self.assertEqual(len(ended), 1, lines)
        self.assertEqual(len(lines), 2, lines)
        self.assertRegex(ended[0], r"failed meanwhile: [1-9]")

    def assert_nothing_lost(self):
        """After the client has been stopped."""
        wait_until(self.server.drained, 30, f"all is delivered; rows: {self.server.rows()}")
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        accepted, ledger = self.sim.accepted("signal"), Ledger.read(self.database)
        self.assertEqual(self.client.hung, [])
        self.assertEqual(problems_of(self.client.history(), ledger, accepted), {})
        self.assertEqual(duplicates_in(accepted), {})
        refused = {one.body for one in self.client.seen if one.status == 503 and one.retry_after}
        self.assertEqual(refused & set(ledger.messages), set(), "refused although it was stored")
        print(f"{self.id()}: {sum(one.status == 202 for one in self.client.seen)} accepted,"
              f" {len(refused)} refused, {len(accepted)} delivered", flush=True)

    # ---- two servers -----------------------------------------------------------------------------

    def test_a_second_server_is_refused_under_every_name_of_the_file(self):
        self.start()
        link = os.path.join(self.folder, "link.db")
        os.symlink(self.database.path, link)
        self.assert_refused_start("sqlite:" + link, "link.db is used by another process")
        os.makedirs(os.path.join(self.folder, "elsewhere"))
        second = os.path.join(self.folder, "elsewhere", "second.db")
        os.link(self.database.path, second)
        self.assert_refused_start("sqlite:" + second, "2 names (hard links)",
                                  "remove the other names")
        self.assertEqual(os.listdir(os.path.dirname(second)), ["second.db", "second.db.lock"])
        self.assertTrue(self.server.ready(), "the first one is not disturbed")
        self.assertEqual(self.writer_lines(), [])
        # At the next start the first one is told too.
        self.assert_stops(self.server)
        self.assert_refused_start(self.database.url, "2 names (hard links)")
        os.remove(second)
        self.server.start()
        self.assert_stops(self.server)

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_a_second_server_is_refused_where_the_file_is_mounted_under_another_name(self):
        self.start()
        mounted = os.path.join(self.folder, "mounted.db")
        with open(mounted, "wb"):
            pass
        subprocess.run(["mount", "--bind", self.database.path, mounted], check=True)
        self.stack.callback(lambda: subprocess.run(["umount", mounted], check=True))
        self.assert_refused_start("sqlite:" + mounted, "has the same file under another name")
        self.assertTrue(self.server.ready(), "the first one is not disturbed")
        self.assert_stops(self.server)

    # ---- the file is gone ------------------------------------------------------------------------

    def test_a_file_that_is_moved_away_and_back(self):
        self.start()
        self.start_client()
        aside = self.database.path + ".aside"
        os.rename(self.database.path, aside)
        self.assert_known_soon("file was moved")
        # A new file under the old name is not touched, however long it takes.
        time.sleep(1)
        self.assertFalse(os.path.exists(self.database.path))
        os.rename(aside, self.database.path)
        began = time.monotonic()
        wait_until(self.server.ready, READY_AGAIN_WITHIN_SECONDS + SLACK_SECONDS, "ready again")
        print(f"{self.id()}: ready again after {time.monotonic() - began:.2f} s", flush=True)
        wait_until(lambda: self.client.seen[-1].status == 202, 10, "messages are accepted again")
        self.client.stop()
        self.assert_said_once("takes no changes", "was removed or renamed",
                              "The database file is gone")
        self.assert_nothing_lost()

    def test_a_quiet_server_sees_that_its_file_was_replaced(self):
        self.start()
        other = self.database.path + ".other"
        sqlite3.connect(other).close()
        with open(other, "wb"):
            pass
        os.replace(other, self.database.path)
        self.assert_known_soon("file was moved")
        self.assertIn("was replaced by another file", self.server.process.errors())

    def test_what_was_removed_is_saved_as_the_documentation_says(self):
        self.start()
        self.start_client()
        os.remove(self.database.path)
        self.assert_known_soon("file was moved")
        self.client.stop()
        saved = Sqlite(os.path.join(self.folder, "saved"))
        os.makedirs(saved.folder)
        self.save_open_files(saved)
        self.server.kill()
        self.assert_verified(saved.url)
        stored = Ledger.read(saved).messages
        acknowledged = {one.body for one in self.client.seen if one.status == 202}
        self.assertEqual(acknowledged - set(stored), set(), "acknowledged and not saved")

    def save_open_files(self, saved):
        """docs/operation.md, "The database file is gone"."""
        folder = f"/proc/{self.server.process.pid}/fd"
        for suffix in ("", "-wal"):
            name = f"{self.database.path}{suffix}"
            found = [number for number in os.listdir(folder)
                     if os.readlink(os.path.join(folder,
                                                 number)).removesuffix(" (deleted)") == name]
            shutil.copy(os.path.join(folder, found[0]), saved.path + suffix)

    # ---- the file is cut -------------------------------------------------------------------------

    def test_a_database_that_is_cut_is_refused_at_the_start(self):
        self.start()
        self.start_client()
        self.client.stop()
        wait_until(self.server.drained, 30, "all is delivered")
        # The first stop brings all pages to the file; the log that the crash leaves has a few.
        self.server.stop()
        self.server.start()
        self.post("one more")
        self.server.kill()
        os.truncate(self.database.path, os.path.getsize(self.database.path) // 2)
        self.assert_refused_start(self.database.url, "is cut at its end", "Restore a backup")

    # ---- no room ---------------------------------------------------------------------------------

    def sit_out_full_disk(self, fill, make_room):
        fill()
        began = time.monotonic()
        wait_until(lambda: self.client.seen[-1].status == 503, 20, "messages are refused")
        answer = wait_until(self.not_ready, 1, "/readyz says 503")
        self.assertIn("no room left", " ".join(answer.json["reasons"]))
        self.assertIn("no room left", self.post("while it is full").json["detail"])
        self.assertIn('postrider_database_state{state="full"} 1',
                      self.server.request("GET", "/metrics").body.decode())
        wait_until(lambda: time.monotonic() > began + 3, 5, "it lasts")
        self.assertIsNotNone(self.not_ready(), "still full")
        make_room()
        room = time.monotonic()
        wait_until(self.server.ready, READY_AGAIN_WITHIN_SECONDS + SLACK_SECONDS, "ready again")
        print(f"\n{self.id()}: ready {time.monotonic() - room:.2f} s after there is room",
              flush=True)
        wait_until(lambda: self.client.seen[-1].status == 202, 10, "messages are accepted again")
        self.client.stop()
        self.assert_said_once("has no room left", "make room on the disk")
        self.assert_nothing_lost()

    def test_a_file_that_may_not_grow_any_more(self):
        self.start()
        self.start_client()
        log = self.database.path + "-wal"

        def limit(size):
            resource.prlimit(self.server.process.pid, resource.RLIMIT_FSIZE,
                             (size, resource.RLIM_INFINITY))
        self.sit_out_full_disk(lambda: limit(os.path.getsize(log) + 20_000),
                               lambda: limit(resource.RLIM_INFINITY))

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_a_disk_that_fails(self):
        disk = Disk(self.folder)
        if not disk.mount():
            self.skipTest("there is no loop device")
        self.addCleanup(disk.unmount)
        self.stack.callback(lambda: self.server.kill())
        self.start(Sqlite(disk.path))
        self.start_client()
        disk.shut_down()
        self.assert_known_soon("takes no changes")
        self.assertIn('postrider_database_state{state="failing"} 1',
                      self.server.request("GET", "/metrics").body.decode())
        self.client.stop()
        acknowledged = {one.body for one in self.client.seen if one.status == 202}
        self.server.kill()
        disk.unmount()
        self.assertTrue(disk.mount())
        self.server.start()
        wait_until(self.server.drained, 30, "all is delivered")
        self.server.stop()
        stored = Ledger.read(self.database).messages
        self.assertEqual(acknowledged - set(stored), set(), "acknowledged and not stored")

    @unittest.skipUnless(os.geteuid() == 0, "only root may mount")
    def test_a_full_disk(self):
        disk = os.path.join(self.folder, "disk")
        os.makedirs(disk)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "postrider-test", disk],
                       check=True)
        # The scenario's own end must not need the mount.
        self.addCleanup(subprocess.run, ["umount", disk], check=True)
        self.stack.callback(lambda: self.server.kill())
        self.start(Sqlite(disk))
        self.start_client()
        ballast = os.path.join(disk, "ballast")

        def fill():
            # To the last byte.
            with open(ballast, "wb", buffering=0) as file, contextlib.suppress(OSError):
                while file.write(b"\0" * 4096):
                    pass
        self.sit_out_full_disk(fill, lambda: os.remove(ballast))


if __name__ == "__main__":
    unittest.main()
