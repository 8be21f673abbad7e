"""Rounds of harm under load, and the account of every message; tools/campaign.sh runs it."""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

from accounting import SUCCESS, UNMARKED, Ledger, duplicates_in, problems_of
from database_outage import Client
from databases import Sqlite, mysql_database, private_mariadb
from harness import WORK, ProviderSim, Server, free_port, program, wait_until
from disk import Disk
from mailer import Mailer
from network import Network

# The shortest that covers the timeout of a provider, two seconds.
LEASE_SECONDS = 18
CLIENTS = 8


class Campaign:
    """One kind of harm. A round is `harm`; `servers` are those that must work all the time."""

    def __init__(self, rounds, seed):
        self.rounds = rounds
        self.random = random.Random(seed)
        self.stack = contextlib.ExitStack()
        os.makedirs(WORK, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="campaign-", dir=WORK)
        self.servers, self.clients = [], []
        self.gaps = []

    def run(self):
        with self.stack:
            self.sim = ProviderSim(self.folder, ["signal"], "--keep-texts")
            self.stack.callback(self.sim.process.kill)
            self.sim.behave("signal", latency_ms=[1, 30], seed=self.random.randrange(1000))
            self.set_up()
            for number in range(self.rounds):
                begin = time.monotonic()
                self.harm()
                self.gaps.append(self.longest_gap(begin, time.monotonic()))
                print(f"round {number + 1}: longest time without a 202 {self.gaps[-1]:.2f} s",
                      flush=True)
            found = self.account()
        shutil.rmtree(self.folder, ignore_errors=True)
        return found

    # ---- parts -----------------------------------------------------------------------------------

    def open_mariadb(self):
        self.mariadb = self.stack.enter_context(private_mariadb(self.folder))
        self.database = self.stack.enter_context(mysql_database(self.mariadb.url))

    def start_server(self, name, url=None, **sections):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        server = Server(folder, self.database,
                        [self.sim.provider("signal", max_in_flight=16, timeout="2s")],
                        messaging={"retry_delay": "1s", "max_retries": 20},
                        node={"lease": f"{LEASE_SECONDS}s"},
                        database={"url": url or self.database.url, "statement_timeout": "3s",
                                  "connect_timeout": "1s"}, **sections)
        self.stack.callback(lambda: server.process and server.process.kill())
        server.start()
        self.servers.append(server)
        return server

    def start_clients(self, server, kind=Client):
        begun = [kind(server, f"{os.path.basename(server.folder)} {len(self.clients) + number}-")
                 for number in range(CLIENTS)]
        for client in begun:
            client.start()
            self.stack.callback(client.stop)
        self.clients += begun
        wait_until(lambda: all(client.seen for client in begun), 20, "load runs")

    def pause(self, least, most):
        time.sleep(self.random.uniform(least, most))

    # ---- the account -----------------------------------------------------------------------------

    def longest_gap(self, begin, end):
        """The longest gap of all clients together, as users see it behind a load balancer."""
        answered = sorted(one.at + one.seconds for client in self.clients
                          for one in list(client.seen)
                          if one.status == 202)
        points = [begin, *(at for at in answered if begin < at < end), end]
        return max(later - earlier for earlier, later in zip(points, points[1:]))

    def account(self):
        for client in self.clients:
            client.stop()
        with contextlib.suppress(AssertionError):
            wait_until(self.servers[0].drained, 120, "all is delivered")
        for server in self.servers:
            server.stop()
        verified = subprocess.run([program("postrider"), "verify", "--database", self.database.url],
                                  capture_output=True, text=True, timeout=600, check=False)
        accepted, ledger = self.sim.accepted("signal"), Ledger.read(self.database)
        history = [one for client in self.clients for one in client.history()]
        history += [{"body": body, "status": "unknown"} for client in self.clients
                    for body, _, _ in client.hung]
        problems = problems_of(history, ledger, accepted)
        problems.update(self.more_problems())
        unfinished = int(self.database.rows("SELECT COUNT(*) FROM message_transaction")[0][0])
        lost = sum(len(bodies) for what, bodies in problems.items()
                   if what.startswith("answered 202"))
        found = {
            "acknowledged": sum(one["status"] == "ok" for one in history),
            "delivered": sum(any(each.status == SUCCESS for each in ledger.of(body))
                             for body in ledger.messages),
            "lost": lost,
            "twice": len(duplicates_in(accepted)),
            "unmarked": len(problems.get(UNMARKED, [])),
            "stuck": unfinished,
            "other": sum(map(len, problems.values())) - lost - len(problems.get(UNMARKED, [])),
            "verified": verified.returncode == 0,
            "longest_gap": max(self.gaps, default=0),
        }
        if problems or verified.returncode != 0:
            print(problems, verified.stdout, verified.stderr, file=sys.stderr)
        return found


    def more_problems(self):
        return {}


class KillsOnSqlite(Campaign):
    def set_up(self):
        self.database = Sqlite(self.folder)
        self.start_clients(self.start_server("one"))

    def harm(self):
        self.pause(0.2, 1.5)
        self.servers[0].kill()
        self.servers[0].start(60)


class KillsOnMariadb(KillsOnSqlite):
    def set_up(self):
        self.open_mariadb()
        self.start_clients(self.start_server("one"))


class MailKillsOnSqlite(KillsOnSqlite):
    """Clients send each mail until it is taken, as mail servers do."""

    def set_up(self):
        self.database = Sqlite(self.folder)
        port = free_port()
        server = self.start_server(
            "one", smtp={"listen": [f"127.0.0.1:{port}"]},
            source=[{"name": "alerts", "type": "mail", "to": ["+15559999999"], "user_id": 1}])
        server.mail_port = port
        self.start_clients(server, Mailer)

    def more_problems(self):
        twice = self.database.rows("SELECT body FROM message GROUP BY body HAVING COUNT(*) > 1")
        return {"stored twice for one Message-ID": twice} if twice else {}


class Frozen(Campaign):
    def set_up(self):
        self.open_mariadb()
        for name in ("left", "right"):
            self.start_clients(self.start_server(name))

    def harm(self):
        one = self.random.choice(self.servers)
        self.pause(0.2, 1)
        one.process.signal(signal.SIGSTOP)
        try:
            self.pause(LEASE_SECONDS - 2, LEASE_SECONDS + 4)
        finally:
            one.process.signal(signal.SIGCONT)
        wait_until(one.ready, 60, "the frozen node works again")


class Cuts(Campaign):
    def set_up(self):
        self.open_mariadb()
        parts = urllib.parse.urlsplit(self.database.url)
        socket = urllib.parse.parse_qs(parts.query)["socket"][0]
        self.networks = []
        for name in ("left", "right"):
            network = Network(socket)
            self.stack.callback(network.close)
            self.networks.append(network)
            url = f"mysql://root@127.0.0.1:{network.port}{parts.path}"
            self.start_clients(self.start_server(name, url))

    def harm(self):
        number = self.random.randrange(len(self.servers))
        self.pause(0.2, 1)
        self.networks[number].cut()
        self.pause(2, 20)
        self.networks[number].mend()
        wait_until(self.servers[number].ready, 60, "the node that was cut off works again")


class PowerCuts(Campaign):
    """The disk forgets what was not synced."""

    def set_up(self):
        self.disk = Disk(self.folder)
        assert self.disk.mount(), "the image of a disk cannot be mounted"
        self.stack.callback(self.disk.unmount)
        self.database = Sqlite(self.disk.path)
        self.start_clients(self.start_server("one"))

    def harm(self):
        self.pause(0.2, 1.5)
        self.disk.shut_down()
        self.servers[0].kill()
        self.disk.unmount()
        assert self.disk.mount(), "the image of a disk cannot be mounted again"
        self.servers[0].start(60)


KINDS = {"kills-sqlite": KillsOnSqlite, "kills-mariadb": KillsOnMariadb,
         "mail-sqlite": MailKillsOnSqlite, "frozen": Frozen, "cuts": Cuts, "power": PowerCuts}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=[*KINDS, "all"])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    failed = False
    for name in KINDS if given.kind == "all" else [given.kind]:
        if name == "power" and os.geteuid() != 0:
            print("power: only root can cut it, left out")
            continue
        found = KINDS[name](given.rounds, given.seed).run()
        print(f"{name}, {given.rounds} rounds, seed {given.seed}: acknowledged "
              f"{found['acknowledged']},"
              f" lost {found['lost']}, twice {found['twice']}, unmarked {found['unmarked']},"
              f" stuck {found['stuck']}, other {found['other']},"
              f" {'verified' if found['verified'] else 'NOT VERIFIED'},"
              f" longest time without a 202 {found['longest_gap']:.2f} s", flush=True)
        failed |= (found["lost"] + found["unmarked"] + found["stuck"] + found["other"] > 0
                   or not found["verified"])
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
