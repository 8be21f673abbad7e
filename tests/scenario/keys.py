"""API keys: made before the first start, by the API and by the command line. A revoked key ends on
this node and after a restart."""

import http.client
import json
import os
import subprocess
import threading
import time
import unittest

from harness import Scenario, program, wait_until

NUMBER = "+15551234567"
MESSAGE = {"user_id": 1, "recipients": [NUMBER], "message": "Dinner at eight?"}


def bearer(key):
    return {"Authorization": "Bearer " + key}


class Keys(Scenario):

    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal")
        self.server = self.make_server(self.open_database(), [self.sim.provider("signal")],
                                       auth={"required": True})

    def keys(self, *arguments, key=None, code=0):
        """`postrider keys`, on the database, or with a key on the server."""
        environment = {name: value for name, value in os.environ.items() if name != "POSTRIDER_URL"}
        where = ["--config", self.server.config]
        if key:
            environment["POSTRIDER_KEY"] = key
            where = ["--url", f"http://127.0.0.1:{self.server.port}"]
        done = subprocess.run([program("postrider"), "keys", *arguments, *where], timeout=60,
                              capture_output=True, text=True, env=environment, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout.strip()

    def send(self, key, **members):
        headers = bearer(key) if key else {}
        return self.server.request("POST", "/send/message", {**MESSAGE, **members}, headers)

    def guess(self, seconds, answered):
        """Wrong keys on one connection, as fast as they are answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            connection.request("GET", "/v1/providers", headers=bearer("pr_" + "x" * 43))
            answer = connection.getresponse()
            answer.read()
            answered.append(answer.status)
        connection.close()

    def test_guesses_are_slowed_and_right_keys_of_the_same_address_are_not(self):
        root = self.keys("create", "--name", "root", "--scope", "admin")
        self.server.start()
        answered = []
        guesser = threading.Thread(target=self.guess, args=(3, answered))
        guesser.start()
        right = 0
        while guesser.is_alive():
            self.assertEqual(
                self.server.request("GET", "/v1/providers", headers=bearer(root)).status, 200)
            right += 1
        self.assertEqual(set(answered), {401})
        # A hundred at once, and then one a second.
        self.assertLessEqual(len(answered), 110)
        self.assertGreater(right, len(answered))
        self.assert_stops(self.server)

    def test_from_the_first_key_to_the_last(self):
        root = self.keys("create", "--name", "root", "--scope", "admin")
        self.server.start()
        self.assertEqual(self.send(None).status, 401)
        self.assertEqual(self.send("pr_" + "x" * 43).status, 401)
        self.assertEqual(self.send(root).status, 202)
        self.assertEqual(self.server.request("GET", "/readyz").json["warnings"], [])

        made = self.server.request("POST", "/v1/keys", {"name": "shop", "scopes": ["send"]},
                                   bearer(root))
        self.assertEqual(made.status, 201)
        shop = made.json["key"]
        sent = self.send(shop)
        self.assertEqual(sent.status, 202)
        self.assertEqual(self.server.request("GET", "/v1/providers", headers=bearer(shop)).status,
                         403)
        reader = self.keys("create", "--name", "reader", "--scope", "read", "--user", "2", key=root)
        path = f"/v1/messages/{sent.json['message_id']}"
        self.assertEqual(self.server.request("GET", path, headers=bearer(reader)).status, 404)
        self.assertEqual(self.server.request("GET", path, headers=bearer(root)).status, 200)

        listed = {key["name"]: key for key in json.loads(self.keys("list", "--json", key=root))}
        self.assertEqual(sorted(listed), ["reader", "root", "shop"])
        self.assertTrue(shop.startswith(listed["shop"]["prefix"]))
        self.assertNotIn(shop, json.dumps(listed))

        self.keys("revoke", "shop", key=root)
        self.assertEqual(self.send(shop).status, 401)
        self.server.kill()
        self.server.start()
        self.assertEqual(self.send(shop).status, 401)
        self.assertEqual(self.send(root).status, 202)
        self.assertNotIn(root, self.server.process.errors())
        self.assert_stops(self.server)
        for name in ("root", "reader"):
            self.keys("revoke", name)
        self.server.start()
        self.assertEqual(self.send(root).status, 401)
        warnings = self.server.request("GET", "/readyz").json["warnings"]
        self.assertIn("no API key can be used", warnings[0])
        self.assert_stops(self.server)

    def test_a_key_with_a_rate_is_slowed_down(self):
        slow = self.keys("create", "--name", "slow", "--scope", "send", "--rate", "3")
        self.server.start()
        left = [self.send(slow).headers["RateLimit"] for _ in range(3)]
        self.assertEqual([state.split(";")[1] for state in left], ["r=2", "r=1", "r=0"])
        refused = self.send(slow)
        self.assertEqual((refused.status, refused.json["code"]), (429, "rate_limited"))
        self.assertIn(int(refused.headers["Retry-After"]), range(1, 21))
        self.assert_stops(self.server)

    def test_an_idempotency_key_is_its_clients_own(self):
        ann, bob = (self.keys("create", "--name", name, "--scope", "send")
                    for name in ("ann", "bob"))
        self.server.start()

        def post(key):
            return self.server.request("POST", "/send/message", MESSAGE,
                                       {**bearer(key), "Idempotency-Key": "1"})

        first, again, other = post(ann), post(ann), post(bob)
        self.assertEqual({first.status, again.status, other.status}, {202})
        self.assertEqual(first.body, again.body)
        self.assertNotEqual(first.body, other.body)
        wait_until(lambda: self.sim.tally("signal")["accepted"] == 2, 10, "two were sent")
        self.assert_stops(self.server)

    def test_without_keys_nobody_else_can_reach_it(self):
        self.server.sections["auth"]["required"] = False
        self.server.sections["http"]["listen"] = f"0.0.0.0:{self.server.port}"
        self.server.configure([self.sim.provider("signal")])
        self.server.launch()
        self.assertEqual(self.server.process.wait(20), 1)
        self.assertIn("which others can reach, and [auth] requires no API key",
                      self.server.process.errors())


if __name__ == "__main__":
    unittest.main()
