"""A webhook endpoint that never answers: the messages to other endpoints do not wait for it."""

import time
import unittest

from channels import CHANNELS, SECRETS, SIM_OPTIONS
from harness import Scenario, wait_until

HOOKS, = (channel for channel in CHANNELS if channel.name == "hooks")
MESSAGES = 60
# Each call of the one that hangs takes so long: longer than the test.
TIMEOUT_S = 60


class WebhookHosts(Scenario):
    def url(self, name, number):
        return f"http://127.0.0.1:{self.sim.ports[name]}/hook/{number}"

    def test_one_that_hangs_does_not_hold_up_the_others(self):
        self.sim = self.start_sim("hooks", "hangs", options=SIM_OPTIONS)
        self.sim.behave("hangs", outcomes={"never_answer": 1})
        database = self.open_database()
        self.server = self.make_server(
            database, [HOOKS.provider(self.sim, timeout=f"{TIMEOUT_S}s", max_in_flight=8)],
            messaging={"default_provider_type": "webhook"}, node={"lease": "180s"})
        self.server.environment.update(SECRETS)
        self.server.start()
        for number in range(MESSAGES):
            self.server.send(1, self.url("hangs", number), "hello")
        begin = time.monotonic()
        for number in range(MESSAGES):
            self.server.send(1, self.url("hooks", number), "hello")
        wait_until(lambda: self.sim.tally("hooks")["accepted"] == MESSAGES, TIMEOUT_S / 2,
                   "the others have all their messages")
        took = time.monotonic() - begin
        self.assertEqual(self.sim.tally("hangs")["calls"], 2, "a quarter of the calls")
        print(f"\n{MESSAGES} messages beside {MESSAGES} to an endpoint that hangs: {took:.1f} s",
              flush=True)
        # Its calls are still under way: a stop would wait for them.
        self.server.kill()
        self.assert_verified(database.url)


if __name__ == "__main__":
    unittest.main()
