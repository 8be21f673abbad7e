"""Nodes on one MariaDB that are frozen, or cut off from it without a word: the others take over at
the end of the lease and go on all the time, nothing is lost, and nothing is sent twice unmarked.
"""

import os
import random
import signal
import time
import unittest
import urllib.parse

from accounting import UNMARKED, Ledger, problems_of
from database_outage import Client
from databases import mysql_database, private_mariadb
from harness import Scenario, Server, wait_until
from network import Network

# The shortest that covers the timeout of a provider, two seconds.
LEASE_SECONDS = 18
# The server ends a session that is idle inside a transaction after three seconds.
LONGEST_GAP_SECONDS = 4
CUT_SECONDS = float(os.environ.get("POSTRIDER_CUT", 20))
BACK_WITHIN_SECONDS = 5


class NodesOnOneDatabase(Scenario):
    def setUp(self):
        super().setUp()
        self.mariadb = self.stack.enter_context(private_mariadb(self.folder))
        self.database = self.stack.enter_context(mysql_database(self.mariadb.url))
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.sim.behave("signal", latency_ms=[1, 20])
        self.clients = []

    def start_node(self, name, url=None, **database):
        folder = os.path.join(self.folder, name)
        os.makedirs(folder, exist_ok=True)
        server = self.use(Server(folder, self.database,
                                 [self.sim.provider("signal", max_in_flight=8, timeout="2s")],
                                 messaging={"retry_delay": "1s", "max_retries": 20},
                                 node={"lease": f"{LEASE_SECONDS}s"},
                                 database={"url": url or self.database.url, **database}))
        self.took_to_start = server.start()
        return server

    def start_clients(self, server, count, name):
        mine = [Client(server, f"{name}{number}-") for number in range(count)]
        for client in mine:
            client.start()
            self.stack.callback(client.stop)
        self.clients += mine
        wait_until(lambda: all(len(client.seen) > 5 for client in mine), 20, "load runs")
        return mine

    def node_rows(self):
        return {int(number): alive == "1"
                for number, alive in self.database.rows("SELECT id, alive FROM node")}

    def open_transactions(self, of_connections):
        """Connections among them that idle inside a transaction with locks."""
        rows = self.database.rows(
            "SELECT p.id FROM information_schema.innodb_trx t JOIN information_schema.processlist p"
            " ON p.id = t.trx_mysql_thread_id WHERE p.command = 'Sleep' AND t.trx_rows_locked > 0")
        return {int(row[0]) for row in rows} & of_connections

    def connections(self):
        return {int(row[0]) for row in self.database.rows(
            "SELECT id FROM information_schema.processlist WHERE db = DATABASE()")}

    def freeze_inside_a_transaction(self, server, connections):
        for _ in range(200):
            server.process.signal(signal.SIGSTOP)
            # InnoDB keeps what it says of transactions until nobody has asked for 0.1 s
            # (CACHE_MIN_IDLE_TIME_NS in storage/innobase/trx/trx0i_s.cc).
            time.sleep(0.15)
            held = self.open_transactions(connections)
            if held:
                return held
            server.process.signal(signal.SIGCONT)
            time.sleep(random.uniform(0.001, 0.02))
        raise AssertionError("never frozen inside a transaction")

    @staticmethod
    def longest_gap(clients, begin, end):
        """The longest time without a 202 to any of them."""
        answered = sorted(one.at + one.seconds for client in clients for one in client.seen
                          if one.status == 202)
        inside = [begin, *(at for at in answered if begin < at < end), end]
        return max(later - earlier for earlier, later in zip(inside, inside[1:]))

    def assert_nothing_lost(self, *servers):
        for client in self.clients:
            client.stop()
        wait_until(servers[0].drained, 60, f"all is delivered; rows: {servers[0].rows()}")
        for server in servers:
            self.assert_stops(server)
        self.assert_verified(self.database.url)
        accepted, ledger = self.sim.accepted("signal"), Ledger.read(self.database)
        history = [one for client in self.clients for one in client.history()]
        # A client whose node was frozen never heard what became of its message.
        history += [{"body": body, "status": "unknown"} for client in self.clients
                    for body, _, _ in client.hung]
        problems = problems_of(history, ledger, accepted)
        print(f"{self.id()}: {sum(one['status'] == 'ok' for one in history)} accepted,"
              f" {len(accepted)} delivered, unmarked {len(problems.get(UNMARKED, []))}", flush=True)
        self.assertEqual(problems, {})


class FrozenNode(NodesOnOneDatabase):
    def test_a_node_frozen_inside_a_transaction_is_taken_over_and_nobody_notices(self):
        frozen = self.start_node("frozen")
        own = self.connections()
        healthy = self.start_node("healthy")
        self.start_clients(frozen, 4, "frozen ")
        clients = self.start_clients(healthy, 2, "healthy ")
        self.addCleanup(self.thaw, frozen)
        self.freeze_inside_a_transaction(frozen, own)
        began = time.monotonic()
        number = min(self.node_rows())
        wait_until(lambda: not self.node_rows()[number], LEASE_SECONDS + 3, "it is taken over")
        taken_over = time.monotonic() - began
        third = self.start_node("third")
        ended = time.monotonic()
        gap = self.longest_gap(clients, began, ended)
        print(f"\n{self.id()}: taken over after {taken_over:.1f} s, longest time without a 202"
              f" {gap:.2f} s, a third node was ready in {self.took_to_start:.1f} s", flush=True)
        self.assertLess(gap, LONGEST_GAP_SECONDS)
        self.assertEqual({one.status for client in clients for one in client.seen}, {202})
        self.assertLess(self.took_to_start, 5)
        frozen.process.signal(signal.SIGCONT)
        wait_until(lambda: frozen.ready() and len(self.node_rows()) == 4, 30,
                   "it is back as a new node")
        self.assert_nothing_lost(healthy, third, frozen)

    def thaw(self, server):
        if server.process.running():
            server.process.signal(signal.SIGCONT)


class CutNetwork(NodesOnOneDatabase):
    def setUp(self):
        super().setUp()
        parts = urllib.parse.urlsplit(self.database.url)
        self.network = Network(urllib.parse.parse_qs(parts.query)["socket"][0])
        self.stack.callback(self.network.close)
        self.url = f"mysql://root@127.0.0.1:{self.network.port}{parts.path}"

    @staticmethod
    def wait_for_a_202(clients):
        """One that is answered from now on."""
        before = [len(client.seen) for client in clients]
        wait_until(lambda: any(one.status == 202 for client, seen in zip(clients, before)
                               for one in client.seen[seen:]), BACK_WITHIN_SECONDS, "a 202")

    def test_one_node_alone_works_soon_after_the_network_is_back(self):
        server = self.start_node("alone", self.url, statement_timeout="3s", connect_timeout="1s")
        clients = self.start_clients(server, 8, "")
        self.network.cut()
        began = time.monotonic()
        wait_until(lambda: not server.ready(), 10, "it is known")
        known = time.monotonic() - began
        wait_until(lambda: time.monotonic() > began + CUT_SECONDS, CUT_SECONDS + 5, "it is over")
        self.network.mend()
        mended = time.monotonic()
        self.wait_for_a_202(clients)
        print(f"\n{self.id()}: known after {known:.1f} s, a 202"
              f" {time.monotonic() - mended:.2f} s after the network is back", flush=True)
        self.assert_nothing_lost(server)

    def test_a_short_cut_leaves_no_lock_behind(self):
        server = self.start_node("alone", self.url, statement_timeout="1s", connect_timeout="1s")
        clients = self.start_clients(server, 8, "")
        for _ in range(3):
            self.network.cut()
            wait_until(lambda: not server.ready(), 10, "it is known")
            self.network.mend()
            mended = time.monotonic()
            self.wait_for_a_202(clients)
            print(f"\n{self.id()}: a 202 {time.monotonic() - mended:.2f} s after", flush=True)
        self.assert_nothing_lost(server)


if __name__ == "__main__":
    unittest.main()
