"""The feed of events: pages, waiting, a stream, the limits of keys, and a reader who misses nothing
while the server is killed.
"""

import collections
import http.client
import json
import os
import random
import subprocess
import threading
import time
import unittest

from harness import Scenario, Server, wait_until
from processes import program

NUMBER = "+15551234567"
SEED = int(os.environ.get("POSTRIDER_SEED", random.SystemRandom().randrange(1_000_000)))
CYCLES = int(os.environ.get("POSTRIDER_CYCLES", 3))
RATE = int(os.environ.get("POSTRIDER_RATE", 200))


class Reader:
    """Follows the feed with long polls as a client does: it keeps the cursor that it got with what
    it has taken, and asks any of the servers.
    """

    def __init__(self, servers, arguments=""):
        self.servers = servers
        self.arguments = arguments
        self.cursor = ""
        self.events = []
        self.ended = threading.Event()
        self.failures = 0
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()

    def follow(self):
        turn = 0
        while not self.ended.is_set():
            turn += 1
            try:
                self.read(self.servers[turn % len(self.servers)], wait="2s")
            except (OSError, http.client.HTTPException, ValueError):
                self.failures += 1
                self.ended.wait(0.05)

    def read(self, server, wait="0s"):
        answer = server.request(
            "GET", f"/v1/events?limit=1000&wait={wait}{self.arguments}"
            + (f"&after={self.cursor}" if self.cursor else ""))
        if answer.status != 200:
            raise ValueError(str(answer))
        self.events += answer.json["data"]
        self.cursor = answer.json["next_cursor"]
        return answer.json["has_more"]

    def end(self, server):
        """Stops following, and reads the rest."""
        self.ended.set()
        self.thread.join(60)
        while self.read(server):
            pass
        return self.events


class Stream:
    """Server-sent events (WHATWG HTML, 9.2.6), as a browser reads them."""

    def __init__(self, port, last_id=None, arguments="", key=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)
        headers = {"Last-Event-ID": last_id} if last_id else {}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        self.connection.request("GET", "/v1/events/stream?" + arguments, headers=headers)
        self.response = self.connection.getresponse()
        self.last_id = last_id

    def next(self):
        """The next event: its type and data; None at the end of the stream."""
        kind, data = "message", []
        while True:
            line = self.response.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            elif not line:
                if data:
                    return kind, json.loads("\n".join(data))
                kind = "message"

    def close(self):
        self.connection.close()


def types(events):
    return [event["type"] for event in events]


class Events(Scenario):
    def key(self, name, *arguments):
        made = subprocess.run(
            [program("postrider"), "keys", "create", "--name", name, *arguments, "--config",
             self.server.config], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout.strip()

    def start(self, *names, **sections):
        self.prepare(*names, **sections)
        self.server.start()

    def prepare(self, *names, **sections):
        self.sim = self.start_sim(*(names or ("signal",)))
        self.database = self.open_database()
        self.server = self.make_server(
            self.database, [self.sim.provider(name) for name in names or ("signal",)], **sections)

    def read(self, arguments=""):
        answer = self.server.request("GET", "/v1/events" + ("?" + arguments if arguments else ""))
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def deliver(self, text="Dinner at eight?", **members):
        receipt = self.server.send(1, NUMBER, text, **members)
        self.assertEqual(self.server.wait_for_end(receipt)["status"], "success")
        return receipt

    def test_a_page_tells_what_happened_and_where_to_go_on(self):
        self.start()
        receipt = self.deliver(metadata={"order": "42"})
        page = self.read()
        self.assertEqual(types(page["data"]), ["message.accepted", "message.sent"])
        sent = page["data"][1]
        self.assertEqual(sent["data"] | {"provider": "signal", "recipient": NUMBER, "user_id": 1,
                                         "attempts": 1, "metadata": {"order": "42"},
                                         "error_code": None, "transaction_id": receipt["id"]},
                         sent["data"])
        self.assertFalse(page["has_more"])
        first = self.read("limit=1")
        self.assertEqual((first["data"], first["has_more"]), (page["data"][:1], True))
        second = self.read("limit=1&after=" + first["next_cursor"])
        self.assertEqual(second["data"], page["data"][1:])
        end = self.read("after=" + page["next_cursor"])
        self.assertEqual((end["data"], end["has_more"]), ([], False))

    def test_failures_name_the_attempt(self):
        self.start("first", "second")
        self.sim.behave("first", outcomes={"unregistered": 1})
        self.deliver()
        events = self.read()["data"]
        self.assertEqual(types(events), ["message.accepted", "attempt.failed", "message.sent"])
        self.assertEqual([event["data"]["provider"] for event in events],
                         ["first", "first", "second"])
        self.assertEqual(events[1]["data"]["error_code"], "recipient_rejected")
        self.assertTrue(events[1]["data"]["detail"])

    def test_filters(self):
        self.start()
        self.deliver()
        other = self.server.send(2, NUMBER, "For somebody else")
        self.server.wait_for_end(other)
        self.assertEqual(types(self.read("types=message.sent")["data"]), ["message.sent"] * 2)
        self.assertEqual(len(self.read("types=message.*")["data"]), 4)
        of_user = self.read("user_id=2")["data"]
        self.assertEqual([event["data"]["user_id"] for event in of_user], [2, 2])

    def test_a_reader_waits_for_what_comes(self):
        self.start()
        now = self.read("after=now")["next_cursor"]
        answers = []
        waiting = threading.Thread(target=lambda: answers.append(
            self.read(f"after={now}&types=message.sent&wait=30s")))
        waiting.start()
        wait_until(lambda: self.waiting_readers() == 1, 10, "the reader waits")
        self.deliver()
        waiting.join(25)
        self.assertEqual(types(answers[0]["data"]), ["message.sent"])
        # With nothing to tell, the answer comes when the wait is over.
        nothing = self.read(f"after={answers[0]['next_cursor']}&wait=200ms")
        self.assertEqual(nothing["data"], [])

    def waiting_readers(self):
        inspected = self.server.request("GET", "/admin/inspect?section=events")
        return inspected.json["events"]["waiting"]

    def test_a_stream_goes_on_where_it_ended(self):
        self.start()
        first = Stream(self.server.port, arguments="after=now&types=message.sent")
        self.assertEqual(first.response.status, 200)
        self.assertEqual(first.response.headers["Content-Type"], "text/event-stream")
        self.assertEqual(first.response.headers["Cache-Control"], "no-store")
        self.deliver("one")
        kind, event = first.next()
        self.assertEqual((kind, event["type"]), ("message.sent", "message.sent"))
        first.close()
        self.deliver("two")
        self.server.kill()
        self.server.start()
        again = Stream(self.server.port, first.last_id, "types=message.sent")
        self.assertNotEqual(again.next()[1]["id"], event["id"])
        self.deliver("three")
        self.assertIsNotNone(again.next())
        self.assertEqual(len(self.read("types=message.sent")["data"]), 3)
        # A server that stops ends its streams.
        self.assert_stops(self.server)
        self.assertIsNone(again.next())

    def test_bad_questions_say_what_is_wrong(self):
        self.start()
        for arguments, word in (("after=nonsense", "cursor"), ("limit=0", "1 to 1000"),
                                ("limit=1001", "1 to 1000"), ("wait=31s", "30 seconds"),
                                ("wait=-1s", "30 seconds"), ("types=message", "message.sent"),
                                ("user_id=ann", "number"), ("types=message.sent,nope", "nope")):
            for path in ("/v1/events?", "/v1/events/stream?"):
                if path.endswith("stream?") and arguments.startswith(("limit", "wait")):
                    continue
                answer = self.server.request("GET", path + arguments)
                self.assertEqual(answer.status, 400, (path, arguments))
                self.assertIn(word, answer.json["detail"])
        stream = Stream(self.server.port, last_id="nonsense")
        self.assertEqual(stream.response.status, 400)

    def test_keys_see_their_users_and_a_revoked_key_ends_its_stream(self):
        self.prepare(auth={"required": True})
        admin = self.key("all", "--scope", "read,send,admin")
        limited = self.key("limited", "--scope", "read", "--user", "2")
        self.server.start()
        bearer = {"Authorization": f"Bearer {admin}"}
        for user in (1, 2):
            self.assertEqual(202, self.server.request(
                "POST", "/v1/messages", {"user_id": user, "recipients": [NUMBER], "message": "Hi"},
                headers=bearer).status)
        stream = Stream(self.server.port, arguments="types=message.accepted", key=limited)
        self.assertEqual(stream.next()[1]["data"]["user_id"], 2)
        answer = self.server.request("GET", "/v1/events?user_id=1",
                                     headers={"Authorization": f"Bearer {limited}"})
        self.assertEqual(answer.status, 404)
        self.assertEqual(401, self.server.request("GET", "/v1/events").status)
        keys = self.server.request("GET", "/v1/keys", headers=bearer).json
        number = next(one["id"] for one in keys["data"] if one["name"] == "limited")
        self.server.request("DELETE", f"/v1/keys/{number}", headers=bearer)
        self.assertIsNone(stream.next())

    def test_events_can_be_switched_off(self):
        self.start(history={"events": False})
        self.deliver()
        self.assertEqual(self.read()["data"], [])


class Campaign(Scenario):
    """Load, kills, and readers all the while."""

    def check(self, events):
        places = [event["id"] for event in events]
        self.assertEqual(len(places), len(set(places)), "an event was read twice")
        of_one = collections.defaultdict(list)
        for event in events:
            data = event["data"]
            of_one[data["message_id"], data["recipient_no"]].append(event)
        for told in of_one.values():
            self.assertEqual(told[0]["type"], "message.accepted", told)
            attempts = [event["data"]["attempts"] for event in told]
            self.assertEqual(attempts, sorted(attempts), told)

    def compare(self, events):
        """With the rows."""
        counted = collections.Counter(types(events))
        rows = lambda where: sum(
            int(self.database.rows(f"SELECT COUNT(*) FROM {table} WHERE {where}")[0][0])
            for table in ("message_transaction", "message_transaction_history"))
        self.assertEqual(counted["message.accepted"], rows("retry_count = 0 AND chain_no = 0"))
        self.assertEqual(counted["message.failed"],
                         rows("status = 3 AND superseded_by = 0 AND completed_at IS NOT NULL"))
        sent = {event["data"]["transaction_id"] for event in events
                if event["type"] == "message.sent"}
        self.assertEqual(len(sent), rows("status = 2"))

    def run_campaign(self, nodes):
        print(f"seed {SEED}", flush=True)
        chance = random.Random(SEED)
        self.sim = self.start_sim("first", "second")
        for name in ("first", "second"):
            self.sim.behave(name, latency_ms=[1, 20], seed=SEED, outcomes={
                "accept": 85, "accept_then_drop": 5, "http_500": 5, "invalid_pre_key": 5})
        providers = [self.sim.provider(name, max_in_flight=8, timeout="1s",
                                       circuit={"failures": 50, "open_for": "1s"})
                     for name in ("first", "second")]
        self.database = self.open_database()
        self.servers = []
        for node in range(nodes):
            folder = os.path.join(self.folder, f"node{node}")
            os.makedirs(folder)
            self.servers.append(self.use(Server(
                folder, self.database, providers,
                messaging={"retry_delay": "1s", "max_retries": 20})))
            self.servers[-1].start()
        bench = self.start_bench(self.servers[0], mode="open", rate=RATE, connections=8,
                                 duration=3600, timeout=10)
        readers = [Reader(self.servers), Reader(self.servers, "&types=message.*,attempt.failed")]
        for _ in range(CYCLES):
            # Not to wait for something, but to be at a moment that nothing else decides.
            time.sleep(chance.uniform(0.3, 1.5))
            victim = chance.choice(self.servers)
            victim.kill()
            victim.start(seconds=30)
        report = bench.end()
        wait_until(self.servers[-1].drained, 120, "all is delivered")
        told = [reader.end(self.servers[0]) for reader in readers]
        print(f"\nevents on {self.database.name}: {nodes} nodes, {CYCLES} kills, "
              f"{report['accepted']} acknowledged, "
              f"{[len(one) for one in told]} events read, "
              f"{[reader.failures for reader in readers]} failed reads", flush=True)
        for server in self.servers:
            self.assert_stops(server)
        for one in told:
            self.check(one)
            self.compare(one)

    def test_readers_miss_nothing_while_the_server_is_killed(self):
        self.run_campaign(1)

    def test_readers_of_two_nodes_miss_nothing(self):
        if not self.wants_mysql():
            self.skipTest("SQLite has one node")
        self.run_campaign(2)


if __name__ == "__main__":
    unittest.main()
