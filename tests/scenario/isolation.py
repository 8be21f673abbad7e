"""One provider hangs and another goes on as if nothing were. The test is that the other finishes
all its messages while the first still hangs; the figures that it prints are for people.
"""

import statistics
import unittest

from channels import CHANNELS, SECRETS, start_channels
from harness import Scenario, wait_until
from time_text import seconds_between

MESSAGES = 1000


class Isolation(Scenario):
    def setUp(self):
        super().setUp()
        by_name = {one.name: one for one in CHANNELS}
        self.pairs = [(by_name[hangs], by_name[works]) for hangs, works in
                      (("hooks", "kannel"), ("mail", "signal-rest"), ("signal-rpc", "mail"))]

    def latencies(self, message_id):
        message = self.server.message(message_id)
        took = []
        for recipient in message["recipients"]:
            self.assertEqual(recipient["status"], "success", recipient)
            self.assertEqual(len(recipient["transactions"]), 1)
            one = recipient["transactions"][0]
            took.append(seconds_between(one["created_at"], one["completed_at"]))
        return statistics.median(took), statistics.quantiles(took, n=100)[98]

    def run_batch(self, channel, first):
        sent = self.server.request("POST", "/v1/messages", {
            "user_id": 2, "message": f"batch {first}",
            "recipients": [channel.address(self.sim, first + i) for i in range(MESSAGES)]})
        self.assertEqual(sent.status, 202, sent)
        wait_until(lambda: self.server.message(sent.json["message_id"])["status"] == "success", 50,
                   "the other provider has finished")
        return self.latencies(sent.json["message_id"])

    def processing(self):
        return wait_until(self.server.rows, 10, "the rows are counted")["processing"]

    def check(self, hangs, works):
        database = self.open_database()
        self.sim = start_channels(self, [hangs, works])
        self.server = self.make_server(
            database, [one.provider(self.sim, timeout="60s") for one in (hangs, works)],
            node={"lease": "3m"}, messaging={"default_provider_type": works.type})
        self.server.environment.update(SECRETS)
        self.server.start()
        for user, channel in ((1, hangs), (2, works)):
            answer = self.server.request("PUT", f"/v1/users/{user}/providers",
                                         [{"provider": channel.name}])
            self.assertEqual(answer.status, 200, answer)
        self.run_batch(works, 0)  # connections, caches
        before = self.run_batch(works, 10_000)
        self.sim.behave(hangs.name, outcomes={"never_answer": 1})
        stuck = self.server.request("POST", "/v1/messages", {
            "user_id": 1, "message": "stuck",
            "recipients": [hangs.address(self.sim, i) for i in range(100)]})
        self.assertEqual(stuck.status, 202, stuck)
        # One host has a quarter of the calls of webhooks until it answers: those at least, for what
        # was called before it hung may have raised that.
        calls = 8 if hangs.type == "webhook" else 32
        wait_until(lambda: self.processing() >= calls, 10, "the provider hangs")
        during = self.run_batch(works, 20_000)
        self.assertGreaterEqual(self.processing(), calls)
        print(f"{hangs.name} hangs, {works.name}: median {before[0] * 1e3:.0f} ms -> "
              f"{during[0] * 1e3:.0f} ms ({during[0] / before[0]:.2f}), 99th percentile "
              f"{before[1] * 1e3:.0f} ms -> {during[1] * 1e3:.0f} ms "
              f"({during[1] / before[1]:.2f})", flush=True)
        self.server.kill()
        self.sim.process.kill()

    def test_a_webhook_that_hangs_does_not_delay_text_messages(self):
        self.check(*self.pairs[0])

    def test_a_mail_server_that_hangs_does_not_delay_signal(self):
        self.check(*self.pairs[1])

    def test_a_signal_daemon_that_hangs_does_not_delay_mail(self):
        self.check(*self.pairs[2])


if __name__ == "__main__":
    unittest.main()
