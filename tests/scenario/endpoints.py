"""Endpoints: events of the feed are sent to URLs, signed as Standard Webhooks has it, each at least
once and in the order of its message, whatever the receiver does and whatever is killed. The
signatures are judged by the library of Standard Webhooks (npm, endpoint_receiver.cjs).
"""

import collections
import json
import os
import random
import socket
import time
import unittest

from harness import Scenario, Server, free_port, http_request, wait_until
from processes import SOURCE, Process

NUMBER = "+15551234567"
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OTHER_SECRET = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo="
SEED = int(os.environ.get("POSTRIDER_SEED", random.SystemRandom().randrange(1_000_000)))
CYCLES = int(os.environ.get("POSTRIDER_CYCLES", 3))
RATE = int(os.environ.get("POSTRIDER_RATE", 100))
ENDPOINTS = int(os.environ.get("POSTRIDER_ENDPOINTS", 60))
MESSAGES = int(os.environ.get("POSTRIDER_MESSAGES", 20))
HERE = os.path.dirname(os.path.abspath(__file__))
JUDGES = os.path.join(SOURCE, "build/deps/judges/node_modules")


class Receiver:
    """The receiver's process, which can be killed, and what it took."""

    def __init__(self, folder, port):
        self.file = os.path.join(folder, f"received-{port}.jsonl")
        self.folder = folder
        self.port = port
        self.process = None
        self.found = []
        self.read = 0
        self.start()

    def start(self):
        self.process = Process(
            ["node", os.path.join(HERE, "endpoint_receiver.cjs"), str(self.port), self.file],
            os.path.join(self.folder, f"receiver-{self.port}"), {"NODE_PATH": JUDGES})
        wait_until(lambda: self.listens() or not self.process.running(), 60, "it listens")
        if not self.process.running():
            raise AssertionError(self.process.errors()[-2000:])

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def kill(self):
        self.process.kill()

    def url(self, path, *secrets):
        query = "&".join("secret=" + secret.replace("+", "%2B") for secret in secrets)
        return f"http://127.0.0.1:{self.port}{path}" + ("?" + query if query else "")

    def switch(self, status):
        answer = http_request(self.port, "POST", "/control", {"status": status})
        if answer.status != 204:
            raise AssertionError(answer)

    def requests(self, path=""):
        if os.path.exists(self.file):
            with open(self.file, "rb") as lines:
                lines.seek(self.read)
                for line in lines:
                    if line.endswith(b"\n"):
                        self.read += len(line)
                        self.found.append(json.loads(line))
        return [one for one in self.found if one["path"].startswith(path)]

    def taken(self, path=""):
        return [one for one in self.requests(path) if 200 <= one["status"] < 300]

    def types(self, path=""):
        return [one["type"] for one in self.taken(path)]


class EndpointScenario(Scenario):
    def start(self, *names, **sections):
        self.sim = self.start_sim(*(names or ("signal",)))
        self.database = self.open_database()
        self.server = self.make_server(
            self.database, [self.sim.provider(name) for name in names or ("signal",)], **sections)
        self.server.start()
        self.start_receiver()

    def start_receiver(self):
        self.receiver = Receiver(self.folder, free_port())
        self.stack.callback(lambda: self.receiver.kill())

    def endpoint(self, path, *secrets, expect=201, server=None, **members):
        answer = (server or self.server).request("POST", "/v1/endpoints", {
            "url": self.receiver.url(path, *secrets), "secret": SECRET, "allow_private": True,
            **members})
        self.assertEqual(answer.status, expect, answer)
        return answer.json

    def get(self, endpoint):
        answer = self.server.request("GET", f"/v1/endpoints/{endpoint['id']}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def patch(self, endpoint, **members):
        answer = self.server.request("PATCH", f"/v1/endpoints/{endpoint['id']}", members)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def deliveries(self, endpoint, query=""):
        answer = self.server.request("GET", f"/v1/endpoints/{endpoint['id']}/deliveries{query}")
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def deliver(self, text="Dinner at eight?", **members):
        receipt = self.server.send(1, NUMBER, text, **members)
        self.assertEqual(self.server.wait_for_end(receipt)["status"], "success")
        return receipt

    def wait_for(self, count, path="", seconds=20):
        wait_until(lambda: len(self.receiver.taken(path)) >= count, seconds,
                   f"{count} events at {path}")


class Endpoints(EndpointScenario):
    def test_events_come_signed_and_in_order(self):
        self.start()
        made = self.endpoint("/ok/all", SECRET)
        self.assertEqual(made["secret"], SECRET)
        self.deliver(reference="order 7", metadata={"shop": "north"})
        self.wait_for(2)
        first, second = self.receiver.taken()
        self.assertEqual([first["type"], second["type"]], ["message.accepted", "message.sent"])
        self.assertEqual(second["data"]["recipient"], NUMBER)
        self.assertEqual(second["data"]["reference"], "order 7")
        self.assertEqual(second["data"]["metadata"], {"shop": "north"})
        self.assertEqual([first["error"] if "error" in first else None], [None])
        # The same ids as the feed's.
        feed = self.server.request("GET", "/v1/events").json["data"]
        self.assertEqual([one["id"] for one in feed], [first["id"], second["id"]])
        wait_until(lambda: self.get(made)["last_success_at"], 10, "it is noted")
        told = self.get(made)
        self.assertEqual((told["state"], told["last_error"]), ("active", None))
        self.assertNotIn("secret", told)
        recent = self.deliveries(made)["recent"]
        self.assertEqual([one["event_id"] for one in recent], [second["id"], first["id"]])

    def test_filters_and_where_it_begins(self):
        self.start()
        self.deliver()
        self.endpoint("/ok/sent", types=["message.sent"], after="")
        self.endpoint("/ok/kinds", types=["attempt.failed", "message.*"])
        self.endpoint("/ok/user", user_ids=[2])
        self.deliver("one more")
        other = self.server.send(2, NUMBER, "For somebody else")
        self.server.wait_for_end(other)
        self.wait_for(3, "/ok/sent")
        self.wait_for(4, "/ok/kinds")
        self.wait_for(2, "/ok/user")
        self.assertEqual(self.receiver.types("/ok/sent"), ["message.sent"] * 3)
        self.assertEqual({one["data"]["user_id"] for one in self.receiver.taken("/ok/user")}, {2})

    def test_a_secret_is_rotated_with_an_overlap(self):
        self.start()
        made = self.endpoint("/ok/old", SECRET)
        new = self.patch(made, rotate_secret=True)["secret"]
        self.patch(made, url=self.receiver.url("/ok/new", new))
        other = self.endpoint("/ok/older", OTHER_SECRET, secret=OTHER_SECRET)
        self.patch(other, secret=SECRET)
        self.deliver()
        self.wait_for(2, "/ok/new")
        self.wait_for(2, "/ok/older")
        # Without an overlap the old one is worth nothing.
        self.patch(other, secret=new, overlap_seconds=0, url=self.receiver.url("/ok/over", SECRET))
        self.deliver("again")
        wait_until(lambda: self.receiver.requests("/ok/over"), 20, "it was called")
        self.assertEqual(self.receiver.requests("/ok/over")[0]["status"], 401)

    def test_one_event_that_fails_waits_while_others_go_on(self):
        self.start()
        made = self.endpoint("/poison/x", SECRET)
        self.deliver("good one")
        self.deliver("bad", reference="poison")
        self.deliver("good two")
        self.wait_for(4)
        wait_until(lambda: self.deliveries(made, "?state=waiting")["data"], 20, "it waits")
        wait_until(lambda: len(self.deliveries(made)["data"]) == 2, 20, "its successor too")
        waiting = self.deliveries(made)["data"]
        self.assertEqual({one["type"] for one in waiting}, {"message.accepted", "message.sent"})
        self.assertEqual(waiting[-1]["last_error"][:8], "HTTP 400")
        self.assertEqual(waiting[-1]["attempts"] >= 1, True)
        self.patch(made, url=self.receiver.url("/ok/mended", SECRET))
        self.wait_for(2, "/ok/mended", 30)
        self.assertEqual(self.receiver.types("/ok/mended"), ["message.accepted", "message.sent"])
        wait_until(lambda: len(self.deliveries(made, "?state=delivered")["data"]) == 2, 20,
                   "it is noted")

    def test_410_disables_and_the_feed_tells(self):
        self.start()
        made = self.endpoint("/410/x")
        self.endpoint("/ok/told", types=["endpoint.*"])
        self.deliver()
        wait_until(lambda: self.get(made)["state"] == "disabled", 20, "it is disabled")
        self.assertIn("410", self.get(made)["disabled_reason"])
        self.wait_for(1, "/ok/told")
        told = self.receiver.taken("/ok/told")[0]
        self.assertEqual(told["type"], "endpoint.disabled")
        self.assertEqual(told["data"]["endpoint_id"], made["id"])
        self.patch(made, enabled=True, url=self.receiver.url("/ok/again"))
        self.wait_for(2, "/ok/again")

    def test_redirects_5xx_and_private_addresses_are_failures(self):
        self.start()
        redirected = self.endpoint("/301/x")
        broken = self.endpoint("/503/x")
        self.endpoint("/ok/x", allow_private=False, expect=422)
        private = self.server.request("POST", "/v1/endpoints", {
            "url": f"https://127.0.0.1:{self.receiver.port}/ok/private"}).json
        self.deliver()
        for endpoint, word in ((redirected, "redirects"), (broken, "503"),
                               (private, "allow_private")):
            wait_until(lambda: self.get(endpoint)["state"] == "failing", 20, word)
            self.assertIn(word, self.get(endpoint)["last_error"])
        self.assertEqual(self.receiver.taken("/ok"), [])

    def test_a_receiver_that_asks_for_time_gets_it(self):
        self.start()
        self.endpoint("/later/x", SECRET)
        self.deliver()
        self.wait_for(2, seconds=30)
        calls = self.receiver.requests()
        self.assertEqual(calls[0]["status"], 429)
        repeated = [one for one in calls if one["id"] == calls[0]["id"]]
        self.assertGreaterEqual(len(repeated), 2)
        self.assertGreaterEqual(int(repeated[-1]["timestamp"]) - int(calls[0]["timestamp"]), 2)

    def test_one_that_was_away_catches_up_and_delays_nobody(self):
        self.start()
        away = self.endpoint("/switch/x", SECRET)
        self.endpoint("/hang/x")
        self.endpoint("/ok/x")
        self.receiver.switch(503)
        for i in range(30):
            self.server.send(1, NUMBER, f"while it is away {i}")
        self.wait_for(60, "/ok", 30)
        wait_until(lambda: self.get(away)["paused_until"], 20, "it is paused")
        self.assertEqual(self.receiver.taken("/switch"), [])
        self.receiver.switch(204)
        self.wait_for(60, "/switch", 60)
        ids = [one["id"] for one in self.receiver.taken("/switch")]
        self.assertEqual(len(set(ids)), 60)
        self.assertEqual(self.deliveries(away)["data"], [], "it had failed as a whole")

    def test_many_of_which_some_hang(self):
        self.start()
        hanging = ENDPOINTS // 10
        for number in range(ENDPOINTS):
            kind = "hang" if number < hanging else "ok"
            self.endpoint(f"/{kind}/{number}", types=["message.sent"])
        self.settle_down()
        before = self.resident()
        for i in range(MESSAGES):
            self.server.send(1, NUMBER, f"to all of them {i}")
        wanted = (ENDPOINTS - hanging) * MESSAGES
        began = time.monotonic()
        wait_until(lambda: len(self.receiver.taken("/ok")) >= wanted, 240, "all others have all")
        after = self.resident()
        print(f"\n{ENDPOINTS} endpoints, {hanging} of them hang: {wanted} events in "
              f"{time.monotonic() - began:.1f} s, {before // 1024} MiB before, "
              f"{after // 1024} MiB after", flush=True)
        self.assertEqual(len(self.receiver.taken("/ok")), wanted, "none came twice")
        self.assertLess(after - before, 20 * 1024 + 32 * ENDPOINTS)

    def settle_down(self):
        """All are owned."""
        def owned():
            answer = self.server.request("GET", "/admin/inspect?section=endpoints").json
            return answer.get("endpoints", {}).get("owned", 0)
        wait_until(lambda: owned() == ENDPOINTS, 60, "all are owned")

    def resident(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith("VmRSS")).split()[1])

    def test_replay_and_test(self):
        self.start()
        made = self.endpoint("/ok/x", SECRET)
        self.deliver()
        self.wait_for(2)
        answer = self.server.request("POST", f"/v1/endpoints/{made['id']}/test", {})
        self.assertEqual((answer.status, answer.json["delivered"]), (200, True), answer)
        self.assertEqual(self.receiver.types()[-1], "endpoint.test")
        answer = self.server.request("POST", f"/v1/endpoints/{made['id']}/replay", {"after": ""})
        self.assertEqual(answer.status, 200, answer)
        self.wait_for(5)
        ids = [one["id"] for one in self.receiver.taken()]
        self.assertEqual(ids[:2], ids[3:])
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        self.server.request("POST", f"/v1/endpoints/{made['id']}/replay", {"since": soon})
        broken = self.endpoint("/500/x")
        told = self.server.request("POST", f"/v1/endpoints/{broken['id']}/test", {}).json
        self.assertEqual((told["delivered"], told["error"]), (False, "HTTP 500"))

    def test_bad_input_says_what_to_do(self):
        self.start()
        for body, word in (({}, "url"), ({"url": "ftp://example.org"}, "http"),
                           ({"url": "http://example.org"}, "allow_private"),
                           ({"url": "https://example.org", "secret": "short"}, "whsec_"),
                           ({"url": "https://example.org", "types": ["message"]}, "message.*"),
                           ({"url": "https://example.org", "after": "nonsense"}, "cursor"),
                           ({"url": "https://example.org", "typ": []}, "typ")):
            answer = self.server.request("POST", "/v1/endpoints", body)
            self.assertEqual(answer.status, 422, (body, answer))
            self.assertIn(word, json.dumps(answer.json), body)
        made = self.endpoint("/ok/x")
        for method, path, body, status in (
                ("GET", "/v1/endpoints/99", None, 404), ("PATCH", "/v1/endpoints/99", {}, 404),
                ("DELETE", "/v1/endpoints/99", None, 404),
                ("GET", "/v1/endpoints/99/deliveries", None, 404),
                ("POST", "/v1/endpoints/99/replay", {"after": ""}, 404),
                ("POST", "/v1/endpoints/99/test", {}, 404),
                ("POST", f"/v1/endpoints/{made['id']}/replay", {}, 422),
                ("POST", f"/v1/endpoints/{made['id']}/replay", {"after": "", "undelivered": True},
                 422),
                ("GET", f"/v1/endpoints/{made['id']}/deliveries?state=no", None, 400)):
            answer = self.server.request(method, path, body)
            self.assertEqual(answer.status, status, (method, path, answer))
        deleted = self.server.request("DELETE", f"/v1/endpoints/{made['id']}")
        self.assertEqual(deleted.status, 200)
        self.assertEqual(self.server.request("GET", "/v1/endpoints").json["data"], [])


class Campaign(EndpointScenario):
    """Load, and kills of servers and receiver."""

    def check(self, path, events):
        """Each event of the feed came, a repeat with its id, and each message's in order."""
        taken = [one for one in self.receiver.taken(path) if "message_id" in one["data"]]
        wrong = [one for one in self.receiver.requests(path) if one.get("error")]
        self.assertEqual(wrong, [])
        order = {event["id"]: place for place, event in enumerate(events)}
        first = {}
        for one in taken:
            first.setdefault(one["id"], len(first))
        self.assertEqual(set(order) - set(first), set(), "events that never came")
        self.assertEqual(set(first) - set(order), set(), "events that are not in the feed")
        of_message = collections.defaultdict(list)
        for one in sorted(first, key=first.get):
            event = events[order[one]]
            of_message[event["data"]["message_id"]].append(order[one])
        for message, places in of_message.items():
            self.assertEqual(places, sorted(places), f"message {message} came out of order")
        return len(taken) - len(first)

    def feed(self):
        """All events of messages."""
        events, cursor = [], ""
        while True:
            page = self.servers[0].request(
                "GET", "/v1/events?limit=1000" + (f"&after={cursor}" if cursor else "")).json
            events += [event for event in page["data"] if "message_id" in event["data"]]
            cursor = page["next_cursor"]
            if not page["has_more"]:
                return events

    def run_campaign(self, nodes):
        print(f"seed {SEED}", flush=True)
        chance = random.Random(SEED)
        self.sim = self.start_sim("first", "second")
        for name in ("first", "second"):
            self.sim.behave(name, latency_ms=[1, 20], seed=SEED, outcomes={
                "accept": 90, "http_500": 5, "invalid_pre_key": 5})
        providers = [self.sim.provider(name, max_in_flight=8, timeout="1s",
                                       circuit={"failures": 50, "open_for": "1s"})
                     for name in ("first", "second")]
        self.database = self.open_database()
        self.start_receiver()
        self.servers = []
        for node in range(nodes):
            folder = os.path.join(self.folder, f"node{node}")
            os.makedirs(folder)
            self.servers.append(self.use(Server(
                folder, self.database, providers,
                messaging={"retry_delay": "1s", "max_retries": 20})))
            self.servers[-1].start()
        self.server = self.servers[0]
        paths = ["/ok/one", "/ok/two", "/ok/three"]
        for path in paths:
            self.endpoint(path, SECRET)
        bench = self.start_bench(self.servers[0], mode="open", rate=RATE, connections=8,
                                 duration=3600, timeout=10)
        for cycle in range(CYCLES):
            # Not to wait for something, but to be at a moment that nothing else decides.
            time.sleep(chance.uniform(0.3, 1.5))
            if cycle % 3 == 2:
                self.receiver.kill()
                self.receiver.start()
            else:
                victim = chance.choice(self.servers)
                victim.kill()
                victim.start(seconds=30)
        report = bench.end()
        wait_until(self.servers[-1].drained, 120, "all is delivered")
        events = self.feed()
        while True:
            wanted = {event["id"] for event in events}
            for path in paths:
                wait_until(lambda: wanted <= {one["id"] for one in self.receiver.taken(path)}, 180,
                           f"{path} has all")
            if len(self.feed()) == len(events):
                break
            events = self.feed()
        repeats = [self.check(path, events) for path in paths]
        print(f"\nendpoints on {self.database.name}: {nodes} nodes, {CYCLES} kills, "
              f"{report['accepted']} acknowledged, {len(events)} events, {repeats} repeated",
              flush=True)
        for server in self.servers:
            self.assert_stops(server)

    def test_nothing_is_lost_while_server_and_receiver_are_killed(self):
        self.run_campaign(1)

    def test_two_nodes_share_the_endpoints(self):
        if not self.wants_mysql():
            self.skipTest("SQLite has one node")
        self.run_campaign(2)


if __name__ == "__main__":
    unittest.main()
