"""An operator drains a server that others stand in for: what it has goes on, what is new goes
elsewhere.
"""

import unittest

from harness import Scenario, wait_until

NUMBER = "+15551234567"


class Drain(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal")
        self.server = self.make_server(self.open_database(), [self.sim.provider("signal")])
        self.server.start()

    def post(self, path):
        return self.server.request("POST", path)

    def refused(self):
        return self.server.request("POST", "/send/message",
                                   {"user_id": 1, "recipients": [NUMBER], "message": "Too late?"})

    def test_what_was_accepted_is_delivered_and_nothing_new_is_taken(self):
        # One that waits, one that is being delivered.
        self.sim.behave("signal", latency_ms=1500)
        first = self.server.send(1, NUMBER, "Dinner at eight?")
        wait_until(lambda: self.server.transaction(first["id"])["status"] == "processing", 10,
                   "it is being delivered")
        second = self.server.send(1, NUMBER, "Or at nine?")
        self.assertEqual(self.post("/admin/drain").json, {"status": "drained", "changed": True})
        answer = self.refused()
        self.assertEqual((answer.status, answer.json["code"]), (503, "draining"))
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        ready = self.server.request("GET", "/readyz")
        self.assertEqual(ready.status, 503)
        self.assertIn("/admin/resume", ready.json["reasons"][0])
        for receipt in (first, second):
            self.assertEqual(self.server.wait_for_end(receipt)["status"], "success")
        self.assertEqual(self.sim.tally("signal")["calls"], 2)
        self.assertEqual(self.post("/admin/resume").json, {"status": "resumed", "changed": True})
        self.assertEqual(self.server.request("GET", "/readyz").status, 200)
        self.sim.behave("signal", latency_ms=0)
        third = self.server.send(1, NUMBER, "At ten, then.")
        self.assertEqual(self.server.wait_for_end(third)["status"], "success")

    def test_a_drained_server_stops_and_starts_as_any_other(self):
        self.post("/admin/drain")
        self.assert_stops(self.server)
        self.server.start()
        self.assertEqual(self.refused().status, 202)


if __name__ == "__main__":
    unittest.main()
