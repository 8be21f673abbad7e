"""Answers that a proxy in front of signal-cli gives while its server restarts, and a daemon that
does not know the account: the first hold nothing, the second is probed later, as /readyz says.
"""

import unittest

from harness import Scenario, wait_until

# A status with its text; a 429 says for how long.
OF_A_PROXY = [{"status": 404}, {"status": 405}, {"status": 408}, {"status": 429, "retry_after": 1},
              {"status": 400, "message": "<html>Bad Request</html>"}]


class ProxyAnswers(Scenario):
    def start(self):
        self.sim = self.start_sim("signal")
        self.database = self.open_database()
        self.server = self.make_server(self.database, [self.sim.provider("signal")],
                                       messaging={"retry_delay": "1s"})
        self.server.start()

    def circuit(self):
        return self.server.request("GET", "/v1/providers/signal").json["circuit"]

    def warnings(self):
        return self.server.request("GET", "/readyz").json["warnings"]

    def waits_for(self, receipt):
        recipient, = self.server.message(receipt["message_id"])["recipients"]
        return [one["waits_for"] and one["waits_for"]["reason"]
                for one in recipient["transactions"]]

    def test_one_answer_of_a_proxy_costs_a_second_and_holds_nothing(self):
        self.start()
        numbers = [f"+1555000{place:04}" for place in range(len(OF_A_PROXY))]
        self.sim.behave("signal", by_recipient={
            number: [rule, "accept"] for number, rule in zip(numbers, OF_A_PROXY)})
        for number, rule in zip(numbers, OF_A_PROXY):
            with self.subTest(rule):
                message = self.server.wait_for_end(self.server.send(1, number, "hello"), 10)
                self.assertEqual(message["status"], "success", message)
                one, = message["recipients"][0]["transactions"]
                self.assertEqual(one["attempts"][0]["count"], 2, one)
                self.assertFalse(self.circuit()["held"])
        self.assertEqual(self.warnings(), [])
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_a_held_provider_says_when_it_is_tried_again(self):
        self.start()
        self.sim.behave("signal", outcomes={"account_unknown": 1})
        receipt = self.server.send(1, "+15550000001", "hello")
        wait_until(lambda: self.circuit()["held"], 10, "the provider is held")
        self.assertIsNotNone(self.circuit()["open_until"])
        warning, = self.warnings()
        self.assertIn("signal is held", warning)
        self.assertIn("tried again in 5 min", warning)
        self.assertIn("The next probe is in 5 min", self.server.process.errors())
        # Nothing else is called meanwhile, and a reload does not wait for the probe.
        second = self.server.send(1, "+15550000002", "hello")
        wait_until(lambda: self.waits_for(second) == ["provider_down"], 10,
                   "the second message waits for the provider")
        self.assertEqual(self.sim.tally("signal")["calls"], 1)
        self.sim.behave("signal")
        self.server.reload()
        self.assertEqual(self.server.wait_for_end(receipt)["status"], "success")
        self.assertEqual(self.warnings(), [])
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
