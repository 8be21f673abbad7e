"""Test keys on a real server: everything is accepted, nothing leaves it, and what is real stays out
of their reach."""

import json
import re
import subprocess
import unittest

from harness import Scenario, program, wait_until
from keys import bearer

NUMBER = "+15551234567"


class TestMode(Scenario):

    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal")
        self.database = self.open_database()
        self.server = self.make_server(
            self.database, [self.sim.provider("signal")], auth={"required": True},
            messaging={"max_retries": 2, "retry_delay": "1s", "retry_jitter": 0.0})
        root = self.make_key("--name", "root", "--scope", "admin")
        trial = self.make_key("--name", "trial", "--scope", "send", "--scope", "read", "--test")
        self.assertTrue(trial.startswith("pr_test_"))
        self.root, self.trial = bearer(root), bearer(trial)
        self.server.start()

    def make_key(self, *options):
        done = subprocess.run([program("postrider"), "keys", "create", *options, "--config",
                               self.server.config], capture_output=True, text=True, timeout=60,
                              check=True)
        return done.stdout.strip()

    def post(self, headers, recipient, **members):
        sent = self.server.request("POST", "/v1/messages", {
            "user_id": 1, "recipients": [recipient], "message": "Dinner?", **members}, headers)
        self.assertEqual(sent.status, 202, sent.body)
        return sent.json["message_id"]

    def message(self, headers, message):
        return self.server.request("GET", f"/v1/messages/{message}", headers=headers)

    def ends(self, message, status, **last):
        """Waits until the message has that status, and the last attempt these members."""
        def reached():
            found = self.message(self.trial, message).json
            attempt = found["recipients"][0]["transactions"][-1]
            done = found["status"] == status and all(attempt[name] == value
                                                     for name, value in last.items())
            return found if done else None
        return wait_until(reached, 20, f"{message} does not become {status} {last}")

    def assert_nothing_sent(self):
        self.assertEqual(self.sim.tally("signal")["calls"], 0)

    def test_every_outcome(self):
        cases = [
            ("bob@example.com", {}, "success", {"provider": "test:email", "receipt": "delivered"}),
            ("read@postrider.test", {}, "success", {"receipt": "read"}),
            ("undelivered@postrider.test", {}, "success", {"receipt": "undelivered"}),
            ("accepted@postrider.test", {}, "success", {"receipt": None}),
            ("https://postrider.test/delivered", {}, "success", {"provider": "test:webhook"}),
            ("+12025550104", {}, "failed", {"error_code": "recipient_rejected"}),
            ("+12025550105", {}, "failed", {"error_code": "message_rejected"}),
            ("throttled@postrider.test", {}, "failed", {"error_code": "throttled"}),
            ("+12025550107", {}, "failed", {"error_code": "unavailable", "retry_count": 2}),
            ("+12025550108", {}, "success", {"provider": "test:sms", "retry_count": 1}),
            ("misconfigured@postrider.test", {}, "failed", {"error_code": "misconfigured"}),
            ("unknown@postrider.test", {"on_unknown": "hold"}, "failed",
             {"error_code": "outcome_unknown"}),
            ("busy@postrider.test", {"ttl": 3}, "failed",
             {"error_code": "expired"}),
            ({"phone": "+12025550104", "email": "delivered@postrider.test"}, {}, "success",
             {"provider": "test:email", "retry_count": 1}),
        ]
        posted = [self.post(self.trial, recipient, **members)
                  for recipient, members, _, _ in cases]
        for message, (_, _, status, last) in zip(posted, cases):
            found = self.ends(message, status, **last)
            self.assertTrue(found["test"])
        self.assert_nothing_sent()
        self.server.kill()
        self.server.start()
        later = self.post(self.trial, NUMBER)
        self.ends(later, "success", provider="test:signal", receipt="delivered")
        self.assert_nothing_sent()
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def test_what_is_real_and_what_is_not_stay_apart(self):
        real = self.post(self.root, NUMBER, send_at="2099-01-01T00:00:00Z")
        trial = self.post(self.trial, NUMBER, send_at="2099-01-01T00:00:00Z")
        self.assertEqual(self.message(self.trial, real).status, 404)
        row = self.message(self.root, real).json["recipients"][0]["transactions"][0]
        self.assertFalse(row["test"])
        for path in (f"/v1/transactions/{row['id']}", f"/v1/transactions/{row['id']}/explain"):
            self.assertEqual(self.server.request("GET", path, headers=self.trial).status, 404, path)
            self.assertEqual(self.server.request("GET", path, headers=self.root).status, 200, path)
        self.assertEqual(self.server.request("POST", f"/v1/messages/{real}/cancel",
                                             headers=self.trial).status, 404)

        def listed(headers, path="/v1/transactions"):
            page = self.server.request("GET", path, headers=headers)
            self.assertEqual(page.status, 200, page.body)
            return {one["message_id"] for one in page.json["data"]}
        self.assertEqual(listed(self.trial), {trial})
        self.assertEqual(listed(self.trial, "/v1/users/1/transactions"), {trial})
        self.assertEqual(listed(self.trial, "/v1/transactions?provider=signal"), set())
        self.assertEqual(listed(self.root), {real, trial})

        lines = [{"provider": "signal", "address": "+15559876543"}]
        self.server.request("PUT", "/v1/users/1/providers", lines, self.root)
        for path in ("/v1/users/1/providers", "/v1/providers", "/v1/providers/signal", "/metrics"):
            self.assertEqual(self.server.request("GET", path, headers=self.trial).status, 403, path)
        own = self.server.request("POST", "/v1/routes/explain",
                                  {"user_id": 1, "message": "x"}, self.trial)
        self.assertEqual(own.json["recipients"][0]["candidates"][0]["address"], "+12025550100")
        self.server.request("PUT", "/v1/users/1/providers", [], self.root)

        plan = self.server.request("POST", "/v1/routes/explain", {
            "user_id": 1, "recipients": [NUMBER], "message": "x"}, self.trial).json
        self.assertEqual({one["provider"] for one in plan["recipients"][0]["candidates"]},
                         {"test:signal", "test:sms", "test:email", "test:webhook"})
        self.assertEqual(self.server.request("POST", f"/v1/messages/{trial}/cancel",
                                             headers=self.trial).status, 200)

        providers = self.server.request("GET", "/v1/providers", headers=self.root).json["data"]
        self.assertEqual([one["name"] for one in providers], ["signal"])
        refused = self.server.request("PUT", "/v1/users/1/providers",
                                      [{"provider": "test:signal"}], self.root)
        self.assertEqual(refused.status, 422, refused.body)
        refused = self.server.request("POST", "/v1/keys", {
            "name": "both", "scopes": ["admin"], "test": True}, self.root)
        self.assertEqual(refused.status, 422, refused.body)
        self.assertIn("what an admin does is real", json.dumps(refused.json))
        self.assert_stops(self.server)

    def test_the_metrics_tell_tests_apart(self):
        self.ends(self.post(self.trial, "accepted@postrider.test"), "success")

        def is_told_apart():
            text = self.server.request("GET", "/metrics", headers=self.root).body.decode()
            finished = re.findall(r'^postrider_\w*finished\w*\{(.*)\} 1$', text, re.MULTILINE)
            return any('provider_type="test"' in labels for labels in finished)
        wait_until(is_told_apart, 10, "the metrics name the end of a test")
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
