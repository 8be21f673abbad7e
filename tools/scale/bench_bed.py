"""The programs and the database of a measurement, all of its own and all gone afterwards."""

import contextlib
import os
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../tests/scenario"))
# pylint: disable=wrong-import-position
import databases  # noqa: E402
import harness  # noqa: E402
import fill  # noqa: E402



class Bed:
    # False: `postrider verify` is left out.
    verifies = True
    # MariaDB's, in MiB; as large as that of a small server.
    pool = 128

    def __init__(self, folder, kind, stack):
        self.folder = folder
        self.stack = stack
        self.watched = []
        os.makedirs(folder)
        if kind == "sqlite":
            self.database = databases.Sqlite(folder)
        else:
            # Some versions let the pool grow only up to its size at the start.
            server = stack.enter_context(databases.private_mariadb(
                folder, f"--innodb-buffer-pool-size={fill.FILL_POOL}"))
            self.database = stack.enter_context(databases.mysql_database(server.url))
            self.database.execute(f"SET GLOBAL innodb_buffer_pool_size = {self.pool << 20}")
            self.watched.append(server)
        self.run("migrate", "--database", self.database.url)

    def run(self, *arguments):
        """One of postrider's commands; how long it took."""
        begin = time.monotonic()
        done = subprocess.run([harness.program("postrider"), *arguments], capture_output=True,
                              text=True, timeout=1800, check=False)
        if done.returncode != 0:
            raise AssertionError(f"postrider {arguments[0]}: "
                                 f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return time.monotonic() - begin

    def run_measured(self, *arguments):
        """The same; also the most memory that it had, in MiB."""
        begin = time.monotonic()
        most = 0
        with tempfile.TemporaryFile() as output, subprocess.Popen(
                [harness.program("postrider"), *arguments], stdout=output,
                stderr=subprocess.STDOUT) as child:
            while child.poll() is None:
                # It has ended, or has not begun to be this program.
                with contextlib.suppress(OSError, KeyError):
                    most = max(most, memory_mib(child.pid)[1])
                time.sleep(0.02)
            if child.returncode != 0:
                output.seek(0)
                raise AssertionError(f"postrider {arguments[0]}: {output.read()[-2000:]!r}")
        return time.monotonic() - begin, most

    def watch(self, server):
        self.watched.append(server)

    def cpu_seconds(self):
        """CPU seconds of postrider and of its database server."""
        return sum(cpu_seconds(server.process.pid) for server in self.watched)

    def pages_read(self):
        """Pages that the server had to read from its files so far; SQLite counts none."""
        if self.database.name == "sqlite":
            return 0
        return int(self.database.rows("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_reads'")[0][1])

    def verify(self, report):
        if not self.verifies:
            return report.say("verify", "skipped")
        took, most = self.run_measured("verify", "--database", self.database.url)
        return report.say("verify, which finds it valid", f"{took:.2f} s, {most:.1f} MiB at most")

    def start_sim(self, names, *options):
        sim = harness.ProviderSim(self.folder, names, *options)
        self.stack.callback(sim.process.kill)
        return sim

    def make_server(self, providers, **sections):
        server = harness.Server(self.folder, self.database, providers, **sections)
        self.stack.callback(lambda: server.process and server.process.kill())
        return server

    def start_load(self, server, **options):
        # Its output is read as one report, so each has a folder of its own.
        folder = tempfile.mkdtemp(prefix="load-", dir=self.folder)
        bench = harness.Bench(folder, server, **{"mode": "open", **options})
        self.stack.callback(bench.process.kill)
        return bench


def stop(server):
    code, _ = server.stop()
    if code != 0:
        raise AssertionError(f"postrider ended with {code}: {server.process.errors()[-2000:]}")


def memory_mib(pid):
    """Resident memory now and at most, in MiB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as lines:
        fields = dict(line.split(":", 1) for line in lines)
    return tuple(int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM"))


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as line:
        # The second field is the name in brackets; utime and stime are the 14th and 15th.
        fields = line.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def now_us():
    return time.time_ns() // 1000


@contextlib.contextmanager
def timed(report, what):
    begin = time.monotonic()
    yield
    report.figure(what, time.monotonic() - begin, "s")
