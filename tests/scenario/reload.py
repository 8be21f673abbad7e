"""Providers are added, changed and removed by SIGHUP under load: no request fails, nothing is lost
or sent twice, and the others do not notice.

POSTRIDER_RELOAD_RATE messages a second and POSTRIDER_RELOAD_ROUNDS make it harder: 2000 and 20 by
hand.
"""

import collections
import os
import unittest

from accounting import Ledger, duplicates_in, problems_of
from harness import Scenario, wait_until

RATE = int(os.environ.get("POSTRIDER_RELOAD_RATE", 300))
ROUNDS = int(os.environ.get("POSTRIDER_RELOAD_ROUNDS", 3))
NAMES = ("first", "second", "third")


class Reload(Scenario):
    def start(self, names):
        self.database = self.open_database()
        self.sim = self.start_sim(*NAMES, options=["--keep-texts"])
        for name in NAMES:
            self.sim.behave(name, latency_ms=[1, 30])
        self.server = self.make_server(self.database, self.providers(names),
                                       messaging={"retry_delay": "1s", "max_retries": 5})
        self.server.start()

    def providers(self, names, **keys):
        return [self.sim.provider(name, priority=place + 1, **{"max_in_flight": 20, **keys})
                for place, name in enumerate(names)]

    def change(self, names, **keys):
        self.server.configure(self.providers(names, **keys))
        return self.server.reload()

    def accepted(self, name):
        return self.sim.tally(name)["accepted"]

    def works_through(self, name):
        before = self.accepted(name)
        wait_until(lambda: self.accepted(name) > before + 20, 20, f"messages go through {name}")

    def test_providers_come_change_and_go_under_load(self):
        self.start(["first", "second"])
        bench = self.start_bench(self.server, mode="open", rate=RATE, connections=16,
                                 duration=3600, timeout=10)
        self.works_through("first")
        for _ in range(ROUNDS):
            self.assertIn("added: third", self.change(["third", "first", "second"]))
            self.works_through("third")
            # The slow one keeps work in flight and in its queue when it goes.
            self.sim.behave("third", latency_ms=[200, 400])
            wait_until(lambda: self.queued("third") > 20, 20, "messages wait for the slow provider")
            self.assertIn("removed: third", self.change(["first", "second"]))
            self.sim.behave("third", latency_ms=[1, 30])
            self.works_through("first")
            self.assertIn("changed: first", self.change(["first", "second"], max_in_flight=10))
            self.works_through("first")
            self.assertIn("removed: first", self.change(["second"], max_in_flight=10))
            self.works_through("second")
            self.assertIn("added: first", self.change(["first", "second"]))
            self.works_through("first")
        report = bench.end()
        wait_until(self.server.drained, 60, f"all is delivered; rows: {self.server.rows()}")
        restarts = self.server.request("GET", "/admin/inspect?section=supervisor")
        self.assertEqual(restarts.json["supervisor"]["restarts"], 0)
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        accepted = collections.Counter()
        for name in NAMES:
            accepted.update(self.sim.accepted(name))
        ledger = Ledger.read(self.database)
        again = sum(len(attempts) - 1 for attempts in ledger.attempts.values())
        print(f"\nreload on {self.database.name}: {RATE}/s, {ROUNDS * 5} changes, "
              f"{sum(one['status'] == 'ok' for one in bench.history())} acked, {len(accepted)} "
              "delivered, "
              f"{again} attempts more than messages", flush=True)
        self.assertEqual(report["errors"], 0, report)
        self.assertEqual(problems_of(bench.history(), ledger, accepted), {})
        self.assertEqual(duplicates_in(accepted), {})
        # Nothing failed, so nothing was tried twice.
        self.assertEqual(again, 0)

    def queued(self, name):
        senders = self.server.request("GET", "/admin/inspect?section=senders").json["senders"]
        return sum(next(one for one in senders if one["provider"] == name)["queued"].values())

    def test_a_wrong_configuration_changes_nothing(self):
        self.start(["first", "second"])
        self.server.configure(self.providers(["second"], tiemout="5s"))
        self.assertIn("nothing changed", self.server.reload())
        self.assertIn('did you mean "timeout"', self.server.process.errors())
        receipt = self.server.send(1, "+15550000001", "as before")
        message = self.server.wait_for_end(receipt)
        self.assertEqual(message["recipients"][0]["transactions"][0]["provider"], "first")
        self.assert_stops(self.server)

    def test_what_needs_a_restart_is_named(self):
        self.start(["first"])
        self.server.sections["messaging"]["retry_delay"] = "7s"
        self.assertIn("the providers are the same", self.change(["first"]))
        self.assertIn("restart it for messaging.retry_delay", self.server.process.errors())
        self.assert_stops(self.server)

    def test_a_provider_whose_settings_were_wrong_works_when_they_are_mended(self):
        self.start(["first"])
        self.sim.behave("first", outcomes={"account_unknown": 1})
        receipt = self.server.send(1, "+15550000001", "wrong account")
        wait_until(lambda: self.circuit("first")["held"], 20, "the provider is held")
        self.assertIsNotNone(self.circuit("first")["open_until"])
        warnings = self.server.request("GET", "/readyz").json["warnings"]
        self.assertTrue(any("first is held" in one and "tried again in 5 min" in one
                            for one in warnings), warnings)
        self.sim.behave("first")
        self.change(["first"])
        self.assertEqual(self.server.wait_for_end(receipt)["status"], "success")
        self.assertFalse(self.circuit("first")["held"])
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def circuit(self, name):
        return self.server.request("GET", f"/v1/providers/{name}").json["circuit"]


if __name__ == "__main__":
    unittest.main()
