"""Postrider's server goes away, for seconds or for an hour, and is killed before and after, while
programs send mail: all mail arrives, once, and in the order of each program.

POSTRIDER_AWAY_SECONDS and POSTRIDER_AWAY_SEED choose the time and the chance; tools/campaign.sh
sendmail-away sets them.
"""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import unittest

from harness import program, wait_until
from sendmail_fixture import WithSendmail

SECONDS = float(os.environ.get("POSTRIDER_AWAY_SECONDS", "8"))
SEED = int(os.environ.get("POSTRIDER_AWAY_SEED", "1"))
CALLERS = 3
# Mails that one caller sends while the server is away, about.
CALLS = 200
# Fewer than all of them: the spool is full for a part of the time.
ROOM = 100


class Ending:
    """A thread that ends when it is told to."""

    def __init__(self):
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def start(self):
        self.thread.start()

    def stop(self):
        self.stopped.set()
        self.thread.join(120)

    def run(self):
        raise NotImplementedError


class Caller(Ending):
    """A program that sends one mail after the other, each until it is told that it was taken."""

    def __init__(self, world, name):
        super().__init__()
        self.world, self.name = world, name
        self.random = random.Random(f"{SEED} {name}")
        self.promised, self.unknown, self.other = [], [], []
        self.full = 0

    def run(self):
        number = 0
        while not self.stopped.is_set():
            number += 1
            self.send(f"{self.name}-{number:06}")
            self.stopped.wait(self.random.uniform(0, 2) * min(SECONDS / CALLS, 20))

    def send(self, token):
        mail = f"Subject: {token}\nMessage-ID: <{token}@test>\n\nThis is {token}.\n".encode()
        while True:
            caller = subprocess.Popen([self.world.sendmail, "-i", "root"], stdin=subprocess.PIPE,
                                      stderr=subprocess.PIPE, env=self.world.environment)
            killed = self.random.random() < 0.05
            if killed:
                timer = threading.Timer(self.random.uniform(0, 0.02), caller.kill)
                timer.start()
            try:
                said = caller.communicate(mail, timeout=120)[1]
            except BrokenPipeError:
                said = b""
            if caller.returncode == 0:
                return self.promised.append(token)
            if caller.returncode < 0:
                return self.unknown.append(token)
            if caller.returncode != os.EX_TEMPFAIL or b"is full: " not in said:
                return self.other.append((token, caller.returncode, said))
            self.full += 1
            if self.stopped.wait(min(SECONDS / CALLS, 20)):
                return self.unknown.append(token)


class Timer(Ending):
    """The timer of the package: it sends the spool again and again. One sender in five is
    killed."""

    def __init__(self, world):
        super().__init__()
        self.world = world
        self.random = random.Random(f"{SEED} timer")
        self.killed = 0

    def run(self):
        while not self.stopped.wait(min(SECONDS / 20, 60)):
            sender = subprocess.Popen([program("postrider"), "spool", "send"],
                                      env=self.world.environment, stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
            if self.random.random() < 0.2:
                time.sleep(self.random.uniform(0, 0.05))
                sender.send_signal(signal.SIGKILL)
                self.killed += 1
            sender.wait(600)


class Away(WithSendmail):
    def setUp(self):
        super().setUp()
        self.random = random.Random(SEED)
        self.environment["POSTRIDER_SPOOL_MAX_MAILS"] = str(ROOM)
        self.start_postrider()

    def kill_server_sometimes(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            time.sleep(self.random.uniform(0, seconds / 2))
            self.server.kill()
            self.server.start()

    def stored(self):
        """The tokens of all messages in the order in which the server took them."""
        rows = self.database.rows("SELECT subject, body FROM message ORDER BY created_at, id")
        return [re.search(r"c\d-\d{6}", " ".join(map(str, row))).group() for row in rows]

    def test_everything_arrives_once_and_in_order(self):
        callers = [Caller(self, f"c{number}") for number in range(CALLERS)]
        timer = Timer(self)
        for each in (timer, *callers):
            each.start()
            self.stack.callback(each.stop)
        self.kill_server_sometimes(min(SECONDS / 4, 120))
        self.server.kill()
        time.sleep(SECONDS)
        waited = len(self.waiting())
        self.server.start()
        self.kill_server_sometimes(min(SECONDS / 4, 120))
        for each in (timer, *callers):
            each.stop()

        def is_empty():
            subprocess.run([program("postrider"), "spool", "send"], env=self.environment,
                           capture_output=True, timeout=600, check=False)
            return not self.waiting()
        wait_until(is_empty, 120, "the spool is empty")
        self.assertEqual(self.refused(), [])
        for caller in callers:
            self.assertEqual(caller.other, [], "an exit code that is no answer")
        promised = [token for caller in callers for token in caller.promised]
        full, unknown = (sum(caller.full for caller in callers),
                         sum(len(caller.unknown) for caller in callers))
        wait_until(self.server.drained, 120, "all is delivered")
        texts = " ".join(self.sim.accepted("signal"))
        self.assert_stops(self.server)
        stored = self.stored()
        lost = set(promised) - set(stored)
        twice = len(stored) - len(set(stored))
        late = [token for caller in callers
                for earlier, token in zip(caller.promised, caller.promised[1:])
                if earlier in stored and token in stored
                and stored.index(earlier) > stored.index(token)]
        print(f"away {SECONDS:.0f} s, seed {SEED}: {len(promised)} mails taken, {len(lost)} lost, "
              f"{twice} twice, {len(late)} overtaken; {waited} waited at the end, the spool was "
              f"full {full} times, {unknown} callers and {timer.killed} senders were killed",
              file=sys.stderr, flush=True)
        self.assertEqual((lost, twice, late), (set(), 0, []))
        self.assertGreater(full, 0, "the spool was never full")
        self.assertGreater(unknown, 0, "no caller was killed")
        self.assertEqual([token for token in promised if token not in texts], [])


if __name__ == "__main__":
    unittest.main()
