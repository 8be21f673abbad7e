"""Receipts of providers, through the real binary."""

import unittest

from channels import CHANNELS, SECRETS, start_channels
from harness import Scenario, wait_until

BY_NAME = {one.name: one for one in CHANNELS}


class Receipts(Scenario):
    def start(self, *names, **keys):
        self.database = self.open_database()
        channels = [BY_NAME[name] for name in names]
        self.sim = start_channels(self, channels)
        self.server = self.make_server(
            self.database, [one.provider(self.sim, priority=place + 1, **keys)
                            for place, one in enumerate(channels)],
            receipts={}, messaging={"default_provider_type": channels[0].type, "max_retries": 2,
                                    "retry_delay": "1s", "retry_jitter": 0.0})
        self.server.environment.update(SECRETS)
        self.server.start()

    def first(self, sent):
        return self.server.transaction(sent["transactions"][0]["id"])

    def wait_for(self, sent, **expected):
        def reached():
            row = self.first(sent)
            return row if all(row[key] == value for key, value in expected.items()) else None
        try:
            return wait_until(reached, 15, "")
        except AssertionError:
            self.fail(f"not {expected}: {self.first(sent)}")

    def finish(self):
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def check_order(self, order):
        """In whatever order they come, the furthest stands."""
        self.start("twilio", "kannel", "signal-rpc")
        for name in ("twilio", "kannel", "signal-rpc"):
            kind = "delivered" if name == "kannel" else "read"
            self.sim.behave(name, receipts={"kind": kind, "delay_ms": 5, "order": order})
            self.server.request("PUT", "/v1/users/1/providers", [{"provider": name}])
            sent = self.server.send(1, "+15551234567", f"{name} {order}")
            row = self.wait_for(sent, status="success", receipt=kind)
            self.assertGreaterEqual(row["receipt_at"], row["created_at"])
        self.finish()

    def test_in_order(self):
        self.check_order("in_order")

    def test_in_reverse_order(self):
        self.check_order("reversed")

    def test_before_the_answer(self):
        self.check_order("before_answer")

    def test_undelivered_goes_on_with_the_next_provider_when_asked(self):
        self.start("twilio", "kannel")
        self.sim.behave("twilio", receipts={"kind": "undelivered", "delay_ms": 20,
                                            "error_code": 30003})
        for members, goes_on in (({"fallback_on_undelivered": True}, True), ({}, False)):
            sent = self.server.send(1, "+15551234567", f"asked: {goes_on}", **members)
            row = self.wait_for(sent, receipt="undelivered")
            if not goes_on:
                self.assertEqual(row["status"], "success")
                continue
            message = self.server.wait_for_end(sent)
            failed, delivered = message["recipients"][0]["transactions"]
            self.assertEqual((message["status"], failed["error_code"], delivered["provider"]),
                             ("success", "undelivered", "kannel"))
            self.assertIn("30003", failed["error_message"])
            self.assertFalse(delivered["possible_duplicate"])
        # Or because the user's list says so.
        answer = self.server.request("PUT", "/v1/users/9/providers", [
            {"provider": "twilio", "fallback_on_undelivered": True}, {"provider": "kannel"}])
        self.assertEqual(answer.status, 200, answer)
        sent = self.server.send(9, "+15551234567", "the list asks")
        self.wait_for(sent, error_code="undelivered", status="failed")
        self.assertEqual(self.server.wait_for_end(sent)["status"], "success")
        self.finish()

    def test_a_forged_call_changes_nothing(self):
        self.start("twilio", "kannel")
        sent = self.server.send(1, "+15551234567", "hello")
        number = sent["transactions"][0]["id"]
        self.wait_for(sent, status="success")
        for path in (f"/receipts/kannel/{number}.AAAAAAAAAAAAAAAAAAAAAA?type=1",
                     f"/receipts/kannel/{number}?type=1", "/receipts/nobody/1.x?type=1"):
            self.assertEqual(self.server.request("GET", path).status, 404)
        self.assertIsNone(self.first(sent)["receipt"])
        self.finish()


if __name__ == "__main__":
    unittest.main()
