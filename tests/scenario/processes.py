"""Programs that a scenario starts, and that always end with it."""

import contextlib
import ctypes
import fcntl
import os
import random
import signal
import socket
import subprocess
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK = os.environ.get("POSTRIDER_SCENARIO_DIR", os.path.join(SOURCE, "build/scenario"))
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def program(name):
    variable = name.upper().replace("-", "_")
    path = os.environ.get(variable, os.path.join(SOURCE, "build/dev/bin", name))
    if not os.access(path, os.X_OK):
        raise FileNotFoundError(f"{path} is missing: build it, or set {variable}")
    return path


def wait_until(condition, seconds, what):
    """Asks until the condition gives something true, and returns that."""
    until = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() >= until:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.01)


# Locked files of the ports that this process took; they end with it.
TAKEN_PORTS = []


def take_port(port):
    """Keeps the port from other scenarios until this process ends, also while nothing listens."""
    folder = os.path.join(tempfile.gettempdir(), f"postrider-ports-{os.getuid()}")
    os.makedirs(folder, exist_ok=True)
    lock = open(os.path.join(folder, str(port)), "ab")  # pylint: disable=consider-using-with
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        return False
    TAKEN_PORTS.append(lock)
    return True


def free_port():
    """A port below the range of outgoing connections, so that a server which is away for a moment
    finds its port free again."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as limits:
        first_outgoing = int(limits.read().split()[0])
    # Where that range begins early there is nothing better than a port that is free now.
    limits = (10_000, first_outgoing) if first_outgoing > 12_000 else (20_000, 60_000)
    for _ in range(1000):
        port = random.SystemRandom().randrange(*limits)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            if take_port(port):
                return port
    raise RuntimeError("no free port")


def die_with_parent():
    """Even a test that is killed leaves no process behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """A child with its output in files of the scenario's folder. Ended by its own id only."""

    def __init__(self, command, log, environment=None, prepare=die_with_parent, descriptors=()):
        self.log = log
        with open(log + ".out", "ab") as out, open(log + ".err", "ab") as err:
            self.child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                env={**os.environ, **(environment or {})}, preexec_fn=prepare,
                pass_fds=descriptors)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, seconds):
        return self.child.wait(seconds)

    def kill(self):
        if self.running():
            self.child.kill()
        self.child.wait(10)

    def errors(self):
        with open(self.log + ".err", encoding="utf-8", errors="replace") as err:
            return err.read()

    def output(self):
        with open(self.log + ".out", encoding="utf-8", errors="replace") as out:
            return out.read()
