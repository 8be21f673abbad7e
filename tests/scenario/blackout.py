"""One of three providers goes down for a while under load and comes back: nothing is lost or sent
twice, the dead one is asked once a second at most, what waits there goes to the others, and it has
its share again soon after its return. The test asserts counts; the speeds that it prints are for
people.

POSTRIDER_BLACKOUT_RATE messages a second and POSTRIDER_BLACKOUT_SECONDS make it longer or harder:
2000 and 60 by hand. A quarter of the time passes before the blackout, which is half of it.
"""

import collections
import math
import os
import time
import unittest

from accounting import Ledger, duplicates_in, problems_of
from harness import Scenario, wait_until

RATE = int(os.environ.get("POSTRIDER_BLACKOUT_RATE", 300))
SECONDS = float(os.environ.get("POSTRIDER_BLACKOUT_SECONDS", 8))
NAMES = ("first", "second", "third")
DEAD = NAMES[0]
IN_FLIGHT = 10
# So many wait at the provider when it goes.
WAITING = 50


class Blackout(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()
        self.sim = self.start_sim(*NAMES, options=["--keep-texts"])
        for name in NAMES:
            self.sim.behave(name, latency_ms=[1, 5])
        self.server = self.make_server(
            self.database,
            [self.sim.provider(name, max_in_flight=IN_FLIGHT,
                               timeout="2s" if name == DEAD else "10s",
                               circuit={"failures": 5, "open_for": "1s"}) for name in NAMES],
            messaging={"retry_delay": "1s", "max_retries": 20})
        self.server.start()
        # A third of the users begins with each provider, and each has the two others behind it.
        for place in range(len(NAMES)):
            line = NAMES[place:] + NAMES[:place]
            answer = self.server.request("PUT", f"/v1/users/{place + 1}/providers",
                                         [{"provider": name, "priority": number + 1}
                                          for number, name in enumerate(line)])
            self.assertEqual(answer.status, 200, answer)

    def sender(self, name):
        senders = self.server.request("GET", "/admin/inspect?section=senders").json["senders"]
        return next(one for one in senders if one["provider"] == name)

    def failures(self):
        """Calls of the dead provider that came to nothing."""
        outcomes = self.sender(DEAD)["outcomes"]
        return sum(count for kind, count in outcomes.items() if kind != "accepted")

    def queued(self):
        return sum(self.sender(DEAD)["queued"].values())

    def accepted(self):
        return {name: self.sim.tally(name)["accepted"] for name in NAMES}

    def circuit(self):
        return self.sender(DEAD)["circuit"]["state"]

    def rerouted(self):
        answer = self.server.request("GET", "/admin/inspect?section=scheduler")
        return answer.json["scheduler"]["rerouted"]

    def back_in_full(self):
        sender = self.sender(DEAD)
        return (sender["circuit"]["state"] == "closed"
                and sender["allowed_in_flight"] == sender["max_in_flight"])

    def stretch(self, seconds):
        """Lets the load go on for so long; what each provider accepted meanwhile, by the second."""
        before, begin = self.accepted(), time.monotonic()
        time.sleep(seconds)
        after, took = self.accepted(), time.monotonic() - begin
        return {name: round((after[name] - before[name]) / took) for name in NAMES}

    def test_a_provider_that_is_down_costs_its_messages_nothing_but_the_way_to_another(self):
        bench = self.start_bench(self.server, mode="open", rate=RATE, users=len(NAMES),
                                 connections=16, duration=3600, timeout=10)
        wait_until(lambda: all(self.accepted().values()), 20, "all providers have something to do")
        before = self.stretch(SECONDS / 4)

        # First it hangs, so that something waits there and nothing under way is accepted when it
        # goes.
        self.sim.behave(DEAD, outcomes={"never_answer": 1})
        wait_until(lambda: self.queued() >= WAITING, 20,
                   "messages wait for the provider that hangs")
        down_at = time.monotonic()
        self.sim.behave(DEAD, down=True)
        wait_until(lambda: self.circuit() != "closed", 20, "the circuit has opened")
        # The calls that were under way have ended by then; from now on there are probes only, which
        # are refused at once.
        wait_until(lambda: self.sender(DEAD)["calls"] == 0, 20, "no call is under way")
        probes_from, opened_with = time.monotonic(), self.failures()
        during = self.stretch(SECONDS / 2)
        probes, probed_for = self.failures() - opened_with, time.monotonic() - probes_from
        waiting, rerouted = self.queued(), self.rerouted()

        self.sim.behave(DEAD, latency_ms=[1, 5])
        up_at = time.monotonic()
        # Its accepted messages show that calls arrive, and its sender that it may have all of them.
        alive_from = self.accepted()[DEAD]
        wait_until(lambda: self.back_in_full() and self.accepted()[DEAD] > alive_from, 10,
                   "the provider has its full share again")
        back_after = time.monotonic() - up_at
        after = self.stretch(SECONDS / 4)
        report = bench.end()
        wait_until(self.server.drained, 60, f"all is delivered; rows: {self.server.rows()}")
        failures = self.failures()
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

        accepted = collections.Counter()
        for name in NAMES:
            accepted.update(self.sim.accepted(name))
        ledger = Ledger.read(self.database)
        print(f"\nblackout on {self.database.name}: {RATE}/s, down for {up_at - down_at:.1f} s, "
              f"{sum(one['status'] == 'ok' for one in bench.history())} acked, "
              f"{len(accepted)} delivered; accepted/s before {before}, during {during}, "
              f"after {after}; {probes} probes in {probed_for:.1f} s, {rerouted} rerouted, "
              f"full rate {back_after:.1f} s after its return", flush=True)
        self.assertEqual(report["errors"], 0, report)
        self.assertEqual(problems_of(bench.history(), ledger, accepted), {})
        # A refused call was surely not sent.
        self.assertEqual(duplicates_in(accepted), {})
        # One each second, from the end of the one before on.
        self.assertLessEqual(probes, math.floor(probed_for) + 1)
        self.assertEqual(during[DEAD], 0)
        # Messages that waited there were rerouted, except the probes.
        self.assertGreaterEqual(rerouted, WAITING - probes - 1)
        self.assertEqual(waiting, 0)
        # Only what was called in vain has used up a retry.
        tried_again = sum(len(attempts) - 1 for attempts in ledger.attempts.values())
        self.assertLessEqual(tried_again, failures)


if __name__ == "__main__":
    unittest.main()
