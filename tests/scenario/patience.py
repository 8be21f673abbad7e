"""Providers that are down for longer than any number of retries: each message arrives once."""

import os
import time
import unittest

from harness import Scenario, wait_until
from time_text import seconds_between

# On two databases they are the run's minute; by hand as long as one likes.
OUTAGE_S = float(os.environ.get("PATIENCE_OUTAGE_S", "30"))
NAMES = ("one", "two", "three", "four", "five", "six")


class Patience(Scenario):
    def start(self, names=NAMES, **messaging):
        self.names = names
        self.database = self.open_database()
        self.sim = self.start_sim(*names)
        self.server = self.make_server(
            self.database,
            [self.sim.provider(name, circuit={"open_for": "1s"}) for name in names],
            messaging={"retry_delay": "1s", "retry_delay_max": "5s", "max_retries": 0, **messaging})
        self.server.start()

    def all_behave(self, **behaviour):
        for name in self.names:
            self.sim.behave(name, **behaviour)

    def accepted(self):
        return sum(self.sim.tally(name)["accepted"] for name in self.names)

    def finish(self):
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def chain(self, receipt):
        return self.server.message(receipt["message_id"])["recipients"][0]["transactions"]

    def test_six_dead_providers_are_each_called_and_the_message_arrives_when_one_is_back(self):
        self.start()
        self.all_behave(down=True)
        receipts = [self.server.send(1, f"+1555000000{i}", f"patience {i}") for i in range(3)]
        for receipt in receipts:
            wait_until(lambda one=receipt: len(self.chain(one)) == len(NAMES), 20,
                       "all providers were tried")
        time.sleep(OUTAGE_S)
        for receipt in receipts:
            chain = self.chain(receipt)
            # The same transaction, however often it was tried.
            self.assertEqual(len(chain), len(NAMES))
            # A probe has it now and then.
            unsent = ("pending", "processing")
            self.assertIn(chain[-1]["status"], unsent)
            self.assertIn(self.server.message(receipt["message_id"])["status"], unsent)
        self.sim.behave("four")
        for receipt in receipts:
            self.assertEqual(self.server.wait_for_end(receipt, 30)["status"], "success")
            self.assertFalse(any(one["possible_duplicate"] for one in self.chain(receipt)))
        self.assertEqual(self.accepted(), len(receipts))
        self.finish()

    def test_down_up_down_and_the_server_restarted_in_between(self):
        # The kill may come in the middle of a call, which is then made again.
        self.start(names=("only",), max_retries=2)
        receipts = []
        for phase in range(4):
            self.sim.behave("only", down=phase % 2 == 0)
            receipts += [self.server.send(1, f"+155500000{phase}{i}", f"phase {phase}.{i}")
                         for i in range(3)]
            time.sleep(min(3.0, OUTAGE_S))
            if phase == 2:
                self.server.kill()
                self.server.start()
        for receipt in receipts:
            self.assertEqual(self.server.wait_for_end(receipt, 30)["status"], "success")
        self.assertEqual(self.sim.tally("only")["accepted"], len(receipts))
        self.finish()

    def test_what_nobody_takes_ends_after_its_patience_and_says_so(self):
        patience_s = 4
        self.start(names=("one", "two"), give_up_after=f"{patience_s}s")
        self.all_behave(down=True)
        receipts = [self.server.send(1, f"+1555000000{i}", f"patience {i}") for i in range(5)]
        for receipt in receipts:
            self.assertEqual(self.server.wait_for_end(receipt, 30)["status"], "failed")
            first, *_, last = self.chain(receipt)
            # Both are cut to milliseconds.
            self.assertGreater(seconds_between(first["created_at"], last["completed_at"]),
                               patience_s - 0.002)
            self.assertEqual(last["error_code"], "unavailable")
            self.assertIn("give_up_after", last["error_message"])
        self.assertIn("give_up_after", self.server.process.errors())
        self.finish()


if __name__ == "__main__":
    unittest.main()
