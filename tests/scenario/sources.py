"""Sources: texts, keys, what operators see of them, and a server without keys.

curl is the real one. source_events.py has alerts and their repeats, source_protocols.py the
requests of other programs, tests/peers/ways_in.py Alertmanager and Apprise.
"""

import base64
import json
import subprocess
import unittest

from harness import Scenario, http_request, wait_until
from source_fixture import ALERT, SOURCES, WithSources
from way_in_fixture import NUMBER, OTHER, bearer


class Text(WithSources):
    def curl(self, *arguments):
        done = subprocess.run(["curl", "-sS", "-w", "\n%{http_code}", *arguments],
                              capture_output=True, text=True, timeout=60, check=True)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def url(self, path):
        return f"http://127.0.0.1:{self.server.port}{path}"

    def test_curl_as_the_guide_has_it(self):
        status, body = self.curl("-d", "Backup failed: 50% & more", self.url(
            f"/in/backup/{self.key}"))
        self.assertEqual(status, 202, body)
        self.assertEqual(json.loads(body)["messages"][0]["to"], "user:7")
        self.assertEqual(self.wait_for("Backup failed"), "Backup\nBackup failed: 50% & more")
        status, body = self.curl("-H", f"Authorization: Bearer {self.key}", "--data-binary",
                                 "two\nlines", self.url("/in/backup?title=Nightly"))
        self.assertEqual(status, 202, body)
        self.wait_for("two\nlines")
        status, body = self.curl("-u", f"curl:{self.key}", "-d", "title=T&message=a form",
                                 self.url("/in/free"))
        self.assertEqual(status, 202, body)
        self.assertEqual(self.wait_for("a form"), "T\na form")
        # For devices that can do no more.
        status, body = self.curl(self.url(f"/in/free?key={self.key}&text=by+GET"))
        self.assertEqual(status, 202, body)
        self.wait_for("by GET")
        status, body = self.curl(self.url(f"/in/backup?key={self.key}&text=by+GET"))
        self.assertEqual(status, 405, body)
        self.assertIn("allow_get", json.loads(body)["detail"])

    def test_the_same_text_twice_is_two_messages_unless_a_key_says_no(self):
        for _ in range(2):
            self.posted("/in/backup", "again", {"Content-Type": "text/plain"}, 202)
        wait_until(lambda: self.arrived().get("Backup\nagain") == 2, 20, "both arrived")
        once = {"Content-Type": "text/plain", "Idempotency-Key": "night 7"}
        first = self.posted("/in/backup", "once", once, 202).json
        second = self.posted("/in/backup", "once", once, 202)
        self.assertEqual(second.headers["Idempotency-Replayed"], "true")
        self.assertEqual(second.json["messages"][0]["message_id"],
                         first["messages"][0]["message_id"])
        self.wait_for("once")
        other = self.post("/in/backup", "another", once)
        self.assertEqual(other.status, 422, other)
        self.assertEqual(other.json["code"], "idempotency_mismatch")

    def test_recipients_of_the_request(self):
        self.posted(f"/in/free?to=user:8,{NUMBER}", "to both", {"Content-Type": "text/plain"}, 202)
        self.wait_for("to both")
        self.wait_for("to both", OTHER)
        refused = self.post("/in/backup?to=user:8", "no", {"Content-Type": "text/plain"})
        self.assertEqual(refused.status, 403, refused)
        self.assertIn("allow_to", refused.json["detail"])

    def test_large_bodies(self):
        large = "x" * (5 * 1024 * 1024)
        self.posted("/in/backup", large, {"Content-Type": "text/plain"}, 202)
        text = self.wait_for("more characters)")
        self.assertLessEqual(len(text), 10_010)
        refused = self.post("/in/backup", "x" * (9 * 1024 * 1024))
        self.assertEqual(refused.status, 413, refused)
        # The limit of all other paths stays.
        other = self.server.request("POST", "/v1/messages", {
            "user_id": 7, "message": "x", "metadata": {"x": large}}, bearer(self.root))
        self.assertEqual(other.status, 413, other)

    def test_what_is_refused_says_what_to_do(self):
        for path, body, status, word in (
                ("/in/backup", "", 400, "curl -d"),
                ("/in/backup/x", "x", 404, "/in/backup"),
                ("/in/nothing", "x", 404, "[[source]]"),
                ("/in/events", "no json", 400, "type \"text\""),
                ("/in/alerts", "{}", 400, "`alerts`")):
            # A key in Authorization alone is looked at where there is no source.
            answer = self.post(path, body, key=self.root)
            self.assertEqual(answer.status, status, (path, answer))
            self.assertIn(word, answer.json["detail"], path)
        answer = self.post("/in/backup", "x", method="DELETE")
        self.assertEqual(answer.status, 405, answer)


class Keys(WithSources):
    def status(self, path="/in/backup", headers=None):
        answer = self.server.request("POST", path, "with a key",
                                     {"Content-Type": "text/plain", **(headers or {})})
        return answer.status

    def test_a_key_is_found_wherever_a_client_can_put_it(self):
        pair = base64.b64encode(f"any:{self.key}".encode()).decode()
        auth = base64.b64encode(f"Basic {pair}".encode()).decode().rstrip("=")
        for path, headers in (
                ("/in/backup", bearer(self.key)),
                ("/in/backup", {"Authorization": "Basic " + pair}),
                ("/in/backup", {"X-Gotify-Key": self.key}), (f"/in/backup?key={self.key}", None),
                (f"/in/backup?token={self.key}", None), (f"/in/backup?auth={auth}", None),
                (f"/in/backup/{self.key}", None)):
            self.assertEqual(self.status(path, headers), 202, (path, headers))
        bad = "pr_" + "x" * 43
        for path, headers in (
                ("/in/backup", None), ("/in/backup", bearer(bad)), (f"/in/backup/{bad}", None),
                (f"/in/backup?key={bad}", None), ("/in/backup", {"Authorization": "Basic x"})):
            self.assertEqual(self.status(path, headers), 401, (path, headers))

    def test_a_key_is_for_sources_and_for_its_own(self):
        limited = self.server.request("POST", "/v1/keys", {
            "name": "limited", "scopes": ["ingest"], "sources": ["alerts", "backup"]},
            bearer(self.root)).json
        self.assertEqual(limited["sources"], ["alerts", "backup"])
        self.assertEqual(self.status(headers=bearer(limited["key"])), 202)
        refused = self.post("/in/free", "x", key=limited["key"])
        self.assertEqual(refused.status, 403, refused)
        self.assertIn('not for the source "free"', refused.json["detail"])
        sender = self.new_key("sender", "send")
        self.assertEqual(self.post("/in/backup", "x", key=sender).status, 403)
        self.assertEqual(self.post("/v1/messages", {"user_id": 7, "message": "x"}).status, 403)
        made = self.make_key("by-command", "--scope", "ingest", "--source", "free")
        wait_until(lambda: self.post("/in/free", "x", key=made).status != 401, 10, "it is known")
        self.assertEqual(self.post("/in/backup", "x", key=made).status, 403)
        self.assertEqual(self.post("/in/free", "x", key=made).status, 202)
        for wrong in ({"scopes": ["send"], "sources": ["a"]}, {"scopes": ["ingest"], "users": [7]}):
            answer = self.server.request("POST", "/v1/keys", {"name": "wrong", **wrong},
                                         bearer(self.root))
            self.assertEqual(answer.status, 422, answer)

    def test_no_key_is_written_down(self):
        bad = "pr_" + "y" * 43
        self.status(f"/in/backup/{self.key}?key={bad}")
        self.status(f"/in/backup?token={self.key}", {"User-Agent": self.key})
        self.post("/in/backup", f"a body with {self.key} in it")
        self.post("/in/backup", f"key={bad}", key=bad)
        shown = json.dumps(self.requests("backup"))
        self.assertIn("a body with pr_*** in it", shown)
        for secret in (self.key, bad):
            self.assertNotIn(secret, shown)
            self.assertNotIn(secret, self.server.process.errors())

    def test_a_rate_that_is_used_up_is_503(self):
        slow = self.server.request("POST", "/v1/keys", {
            "name": "slow", "scopes": ["ingest"], "rate_per_minute": 1}, bearer(self.root)).json
        self.assertEqual(self.status(headers=bearer(slow["key"])), 202)
        answer = self.post("/in/alerts", ALERT, key=slow["key"])
        self.assertEqual(answer.status, 503, answer)
        self.assertEqual(answer.json["code"], "rate_limited")
        self.assertIn("Retry-After", answer.headers)
        self.assertEqual(self.requests("alerts")[0]["result"], "unavailable")

    def test_a_test_key_sends_nothing(self):
        tester = self.new_key("tester", "ingest", test=True)
        self.assertEqual(self.post("/in/alerts", ALERT, key=tester).status, 200)
        # It takes nothing away from the real one.
        self.assertFalse(self.posted("/in/alerts", ALERT).json["messages"][0]["repeated"])
        self.wait_for("HighLatency")
        self.assertEqual(sum(self.arrived().values()), 1)


class Operation(WithSources):
    def test_the_last_requests_are_shown(self):
        for i in range(25):
            self.post("/in/events", f"no json {i}", {"User-Agent": "probe/1"})
        self.posted("/in/events", {"what": "x", "id": 1}, None, 202)
        shown = self.requests("events")
        self.assertEqual(len(shown), 20)
        self.assertEqual((shown[0]["result"], shown[0]["status"]), ("stored", 202))
        self.assertEqual((shown[1]["result"], shown[1]["body"], shown[1]["user_agent"]),
                         ("refused", "no json 24", "probe/1"))
        self.assertIn("no JSON", shown[1]["detail"])
        listed = self.server.request("GET", "/v1/sources", None, bearer(self.root)).json["data"]
        self.assertEqual([one["name"] for one in listed], [one["name"] for one in SOURCES])
        events = next(one for one in listed if one["name"] == "events")
        self.assertEqual((events["requests"]["refused"], events["requests"]["stored"]), (25, 1))
        for path in ("/v1/sources", "/v1/sources/events/requests"):
            self.assertEqual(self.server.request("GET", path, None, bearer(self.key)).status, 403)
        self.assertEqual(self.server.request("GET", "/v1/sources/x/requests", None,
                                             bearer(self.root)).status, 404)

    def test_sources_are_reloaded(self):
        self.posted("/in/backup", "x", {"Content-Type": "text/plain"}, 202)
        self.server.sections["source"] = [
            SOURCES[0], {"name": "later", "type": "text", "to": ["user:8"]}]
        self.server.configure(self.providers())
        self.server.reload()
        self.posted("/in/later", "reloaded", {"Content-Type": "text/plain"}, 202)
        self.wait_for("reloaded", OTHER)
        self.assertEqual(self.post("/in/alerts", ALERT, key=self.root).status, 404)
        self.assertEqual(len(self.requests("backup")), 1)
        log = self.server.process.errors()
        self.assertIn("added: later", log)
        self.assertNotIn("restart it", log)
        # A mistake changes nothing.
        self.server.sections["source"] = [{"name": "later", "type": "txt", "to": ["user:0"]}]
        self.server.configure(self.providers())
        self.assertIn("nothing changed", self.server.reload())
        self.posted("/in/later", "still there", {"Content-Type": "text/plain"}, 202)

    def test_metrics_count_by_source(self):
        self.posted("/in/alerts", ALERT)
        self.posted("/in/alerts", ALERT)
        self.post("/in/alerts", "{}")
        text = self.server.request("GET", "/metrics", None, bearer(self.root)).body.decode()
        for result in ("stored", "repeated", "refused"):
            self.assertIn(
                f'postrider_source_requests_total{{source="alerts",source_type="alertmanager",'
                f'result="{result}"}} 1', text)
        self.assertIn('postrider_source_messages_total{source="alerts",'
                      'source_type="alertmanager"} 1', text)


class WithoutKeys(Scenario):
    def test_any_or_no_credential_is_taken(self):
        sim = self.start_sim("signal", options=["--keep-texts"])
        server = self.make_server(self.open_database(), [sim.provider("signal")], source=[
            {"name": "backup", "type": "text", "to": [NUMBER], "user_id": 7,
             "host": "in.example.org"}])
        server.start()
        for headers in ({}, bearer("anything"), {"Authorization": "Basic eDp5"},
                        {"X-Gotify-Key": "x"}, {"Host": "in.example.org"}):
            path = "/" if "Host" in headers else "/in/backup"
            answer = http_request(server.port, "POST", path, "a text", headers)
            self.assertEqual(answer.status, 202, (headers, answer))
        # Pages of other sites are still kept out.
        answer = http_request(server.port, "POST", "/in/backup", "x",
                              {"Origin": "https://evil.example"})
        self.assertEqual(answer.status, 403, answer)
        answer = http_request(server.port, "POST", "/in/backup", "x", {"Host": "evil.example"})
        self.assertEqual(answer.status, 403, answer)
        wait_until(lambda: sim.accepted("signal").get("a text") == 5, 20, "all arrived")


if __name__ == "__main__":
    unittest.main()
