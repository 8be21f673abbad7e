"""The two kinds of databases that the scenarios run on, and a MariaDB that can be hurt."""

import contextlib
import glob
import os
import shutil
import signal
import sqlite3
import subprocess
import time
import urllib.parse

from processes import Process

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SCRIPT = os.path.join(SOURCE, "tools", "private-mariadb.sh")


class Sqlite:
    name = "sqlite"

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "postrider.db")
        self.url = "sqlite:" + self.path

    def rows(self, sql):
        """Only while no server has the file: the last one to close it changes it."""
        with contextlib.closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql).fetchall()

    @contextlib.contextmanager
    def frozen(self):
        """A copy of the files that a crash left: looking at them must not repair them."""
        copy = os.path.join(self.folder, "frozen")
        os.makedirs(copy)
        try:
            for path in glob.glob(self.path + "*"):
                if not path.endswith((".lock", ".sock")):
                    shutil.copy(path, copy)
            yield Sqlite(copy)
        finally:
            shutil.rmtree(copy)


class Mysql:
    name = "mysql"

    def __init__(self, server_url, name):
        parts = urllib.parse.urlsplit(server_url)
        self.database = name
        self.url = urllib.parse.urlunsplit(parts._replace(path="/" + name))
        socket = urllib.parse.parse_qs(parts.query).get("socket")
        self.options = ["--no-defaults", f"--user={parts.username or 'root'}", "-N", "-B"]
        if socket:
            self.options.append(f"--socket={socket[0]}")
        else:
            self.options += [f"--host={parts.hostname}", f"--port={parts.port or 3306}"]

    def execute(self, sql, database=None):
        command = ["mariadb", *self.options, *([database] if database else []), "-e", sql]
        return subprocess.run(command, check=True, capture_output=True, text=True,
                              timeout=60).stdout

    def rows(self, sql):
        """As texts."""
        return [tuple(line.split("\t")) for line in self.execute(sql, self.database).splitlines()]

    @contextlib.contextmanager
    def frozen(self):
        yield self


class MariaDbServer:
    """A MariaDB of the scenario's own: a child that can be killed, stopped and started again."""

    def __init__(self, folder, *options):
        self.folder = os.path.join(folder, "mariadb")
        self.log = os.path.join(folder, "mariadbd")
        environment = {key: value for key, value in os.environ.items()
                       if key != "POSTRIDER_TEST_MYSQL"}
        # The script makes the data and knows the options; then the server is ours.
        subprocess.run([SCRIPT, "start", self.folder, *options], check=True, env=environment,
                       stdout=subprocess.DEVNULL, timeout=180)
        with open(os.path.join(self.folder, "pid"), encoding="ascii") as pid:
            path = f"/proc/{pid.read().strip()}/cmdline"
        with open(path, encoding="utf-8") as line:
            self.command = line.read().rstrip("\0").split("\0")
        subprocess.run([SCRIPT, "stop", self.folder], check=True, env=environment, timeout=60)
        with open(os.path.join(self.folder, "url"), encoding="utf-8") as url:
            self.url = url.read().strip()
        self.process = None
        self.start()

    def start(self, seconds=120):
        self.process = Process(self.command, self.log)
        until = time.monotonic() + seconds
        while not self.answers():
            if time.monotonic() > until or not self.process.running():
                raise AssertionError("MariaDB does not start:\n" + self.process.errors()[-3000:])
            time.sleep(0.05)

    def answers(self):
        try:
            Mysql(self.url, "mysql").execute("SELECT 1")
            return True
        except subprocess.CalledProcessError:
            return False

    def kill(self):
        self.process.kill()

    def freeze(self):
        self.process.signal(signal.SIGSTOP)

    def thaw(self):
        self.process.signal(signal.SIGCONT)


@contextlib.contextmanager
def private_mariadb(folder, *options):
    server = MariaDbServer(folder, *options)
    try:
        yield server
    finally:
        server.process.kill()


@contextlib.contextmanager
def mysql_database(server_url):
    """A database of its own on that server."""
    database = Mysql(server_url, f"postrider_scenario_{os.getpid()}")
    database.execute(f"DROP DATABASE IF EXISTS {database.database};"
                     f"CREATE DATABASE {database.database} CHARACTER SET utf8mb4")
    try:
        yield database
    finally:
        database.execute(f"DROP DATABASE {database.database}")


@contextlib.contextmanager
def open_database(folder):
    """The one that POSTRIDER_TEST_DATABASE names."""
    if os.environ.get("POSTRIDER_TEST_DATABASE", "sqlite") == "sqlite":
        yield Sqlite(folder)
        return
    with contextlib.ExitStack() as stack:
        url = os.environ.get("POSTRIDER_TEST_MYSQL")
        fixture = os.environ.get("POSTRIDER_TEST_MYSQL_DIR")
        if not url and fixture:
            with open(os.path.join(fixture, "url"), encoding="utf-8") as file:
                url = file.read().strip()
        if not url:
            url = stack.enter_context(private_mariadb(folder)).url
        yield stack.enter_context(mysql_database(url))
