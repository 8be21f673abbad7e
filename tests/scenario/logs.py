"""Log lines of one message, lines that no input can forge, and a trace from client to provider."""

import http.server
import json
import re
import threading
import unittest

from harness import Scenario, wait_until

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
# Texts that would begin a line, pass for a field, or move a terminal's cursor.
FORGED = "2026-01-01T00:00:00.000Z error   [sender] FORGED"
INJECTIONS = ["\n" + FORGED, "\r\n" + FORGED, "\x1b[2J\x1b[1;31mFORGED", "\x9b31mFORGED",
              "\u2028" + FORGED, "\u202eFORGED", "\",\"message\":\"FORGED", "\\n" + FORGED,
              "] message_id=FORGED", "\\\" message_id=FORGED", "\\\"] FORGED", "\x00FORGED",
              "\x7fFORGED"]
TEXT_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warning|error) "
                       r"+\[[a-z_]+"
                       r"(?: [a-z_]+=(?:[-+_.:/@*\w]+|\"(?:[^\"\\]|\\.)*\"))*\] .+")
QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
FIELDS = {"time", "level", "component", "message", "request_id", "message_id", "trace_id",
          "transaction", "recipient", "provider", "key"}


class Receiver(http.server.BaseHTTPRequestHandler):
    """An endpoint for webhooks that keeps the headers and answers what it is told, and a signal-cli
    daemon whose errors say anything at all."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/api/v1/rpc":
            answer = json.dumps({"jsonrpc": "2.0", "id": json.loads(body)["id"],
                                 "error": {"code": -1, "message": self.server.error}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)
            return
        self.server.calls.append(dict(self.headers))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Logs(Scenario):
    def start_server(self, **log):
        self.sim = self.start_sim("alpha")
        self.receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        self.receiver.calls, self.receiver.statuses = [], []
        threading.Thread(target=self.receiver.serve_forever, daemon=True).start()
        self.addCleanup(self.receiver.server_close)
        self.addCleanup(self.receiver.shutdown)
        hook = {"name": "hook", "type": "webhook", "priority": 2, "allow_private": True,
                "timeout": "10s",
                "secret_env": "POSTRIDER_TEST_HOOK"}
        evil = {**self.sim.provider("alpha", priority=3), "name": "evil",
                "url": f"http://127.0.0.1:{self.receiver.server_port}",
                "circuit": {"failures": 1000, "open_for": "1s"}}
        self.server = self.make_server(self.open_database(),
                                       [self.sim.provider("alpha", priority=1), hook, evil],
                                       log={"level": "debug", **log},
                                       messaging={"max_retries": 1, "retry_delay": "1s"})
        self.server.environment["POSTRIDER_TEST_HOOK"] = \
            "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
        self.server.start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.receiver.server_port}/hook/of-ann"

    def post(self, body, **headers):
        return self.server.request("POST", "/send/message", body,
                                   {"Content-Type": "application/json", **headers})

    def lines(self):
        # Split at line feeds only, as a log collector does.
        text = self.server.process.errors()
        return [line for line in text.split("\n") if line]

    def of_message(self, message_id, component):
        found = [json.loads(line) for line in self.lines()]
        return [one for one in found if one.get("message_id") == message_id
                and one["component"] == component]

    def test_a_trace_goes_from_the_client_through_the_log_to_every_attempt(self):
        self.start_server(format="json")
        # A 503 is surely not taken: the same provider is called again.
        self.receiver.statuses = [503, 200]
        answer = self.post({"user_id": 1, "message": "hello", "recipients": [self.url]},
                           traceparent=f"00-{TRACE}-{PARENT}-01", **{"X-Request-Id": "from-ann"})
        self.assertEqual(answer.status, 202, answer)
        message = answer.json["message_id"]
        self.server.wait_for_end(answer.json)
        seen = [call["traceparent"] for call in self.receiver.calls]
        self.assertEqual(len(seen), 2)
        for one in seen:
            self.assertRegex(one, f"^00-{TRACE}-[0-9a-f]{{16}}-01$")
        self.assertEqual(len({PARENT, *(one.split("-")[2] for one in seen)}), 3)
        wait_until(lambda: self.of_message(message, "history_archiver"), 10,
                   "the last line is there")
        for component in ("message_intake", "sender", "retry_scheduler", "history_archiver"):
            lines = self.of_message(message, component)
            self.assertTrue(lines, component)
            for line in lines:
                self.assertEqual((line["trace_id"], line["request_id"]), (TRACE, "from-ann"), line)
        answered = [json.loads(line) for line in self.lines()
                    if "/send/message answered 202" in line]
        self.assertEqual([line["request_id"] for line in answered], ["from-ann"])

    def test_what_is_no_trace_is_not_passed_on(self):
        self.start_server(format="json")
        for broken in ("00-" + "0" * 32 + f"-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "x", ""):
            answer = self.post({"user_id": 1, "message": "hello", "recipients": [self.url]},
                               traceparent=broken)
            self.assertEqual(answer.status, 202, answer)
            self.server.wait_for_end(answer.json)
        self.assertEqual(len(self.receiver.calls), 4)
        for call in self.receiver.calls:
            self.assertNotIn("traceparent", call)
        self.assertNotIn("trace_id", "\n".join(self.lines()))

    def test_a_trace_outlives_a_crash(self):
        self.start_server(format="json")
        self.receiver.statuses = [503] * 50
        answer = self.post({"user_id": 1, "message": "hello", "recipients": [self.url],
                            "max_retries": 20}, traceparent=f"00-{TRACE}-{PARENT}-00")
        wait_until(lambda: self.receiver.calls, 10, "it was tried")
        self.server.kill()
        before = len(self.receiver.calls)
        self.receiver.statuses.clear()
        self.server.start()
        self.server.wait_for_end(answer.json, 40)
        self.assertGreater(len(self.receiver.calls), before)
        self.assertRegex(self.receiver.calls[-1]["traceparent"], f"^00-{TRACE}-[0-9a-f]{{16}}-00$")

    def inject_everywhere(self):
        """Every text that a client or a provider can send, with an injection in it."""
        listed = self.server.request("PUT", "/v1/users/2/providers", [{"provider": "evil"}])
        self.assertEqual(listed.status, 200, listed)
        for number, bad in enumerate(INJECTIONS):
            recipient = f"+1555000{number:04}"
            good = {"user_id": 1, "message": "hello", "recipients": [recipient]}
            for member in ("message", "subject", "html", "type", "priority", "send_at",
                           "on_unknown"):
                self.post({**good, member: "x" + bad})
            self.post({**good, "metadata": {"key" + bad: "value" + bad}})
            self.post({**good, "un" + bad: 1})
            for address in (recipient + bad, {"email": "ann" + bad + "@example.org"},
                            {"url": self.url + bad}, {"phone": recipient + bad}):
                self.post({**good, "recipients": [address]})
            # A header's printable part: Python's HTTP client refuses line breaks.
            printable = "".join(c for c in bad if c not in "\r\n\0" and ord(c) < 256)
            for name in ("X-Request-Id", "traceparent", "Idempotency-Key", "User-Agent",
                         "Authorization"):
                self.post(good, **{name: "x" + printable})
            quoted = "".join(f"%{byte:02x}" for byte in bad.encode())
            self.server.request("GET", f"/v1/messages/{quoted}")
            self.server.request("GET", f"/nothing{quoted}?{quoted}={quoted}")
            self.server.request("GET", f"/receipts/alpha/{quoted}?type={quoted}")
            self.server.request("PUT", "/v1/users/1/providers", [{"provider": "alpha" + bad}])
            self.receiver.error = f"{bad} for {recipient}"
            answer = self.post({**good, "user_id": 2, "max_retries": 0})
            self.assertEqual(answer.status, 202, answer)
            self.server.wait_for_end(answer.json)

    def assert_nothing_was_forged(self, line):
        for character in line:
            self.assertTrue(character.isprintable(), f"{character!r} in {line!r}")

    def test_nobody_can_forge_a_line_for_people(self):
        self.start_server(format="text")
        self.inject_everywhere()
        lines = self.lines()
        self.assertGreater(len(lines), 100)
        self.assertTrue(any("FORGED" in line for line in lines))
        for line in lines:
            self.assertRegex(line, TEXT_LINE)
            self.assertFalse(line.startswith(FORGED), line)
            fields = QUOTED.sub('""', line).split("]")[0]
            self.assertNotIn("message_id=FORGED", fields, line)
            self.assert_nothing_was_forged(line)

    def test_nobody_can_forge_a_line_for_machines(self):
        self.start_server(format="json")
        self.inject_everywhere()
        lines = self.lines()
        self.assertGreater(len(lines), 100)
        for line in lines:
            self.assert_nothing_was_forged(line)
            pairs = json.loads(line, object_pairs_hook=list)
            names = [name for name, _ in pairs]
            self.assertEqual(len(names), len(set(names)), line)
            self.assertLessEqual(set(names), FIELDS)
            self.assertNotEqual(dict(pairs)["message"], "FORGED")

    def test_recipients_are_masked_and_texts_are_never_there(self):
        self.start_server(format="text")
        secret = "the text of the message"
        self.sim.behave("alpha", outcomes={"reply": 1},
                        reply={"status": 200, "code": -1, "message": "no +15551239876 here"})
        for body in ({"recipients": ["+15551239876"], "type": "signal", "fallback": False},
                     {"recipients": [self.url]}):
            answer = self.post({"user_id": 1, "message": secret, "subject": secret, "html": secret,
                                "max_retries": 0, **body})
            self.server.wait_for_end(answer.json)
        text = "\n".join(self.lines())
        self.assertIn("recipient=+***76", text)
        self.assertIn(f"recipient=http://127.0.0.1:{self.receiver.server_port}/***", text)
        for hidden in ("15551239876", "of-ann", secret):
            self.assertNotIn(hidden, text)

    def test_recipients_are_named_when_the_configuration_says_so(self):
        self.start_server(format="text", recipients="full")
        self.server.wait_for_end(self.server.send(1, "+15551239876", "hello"))
        wait_until(lambda: "recipient=+15551239876" in "\n".join(self.lines()), 10, "it is named")


if __name__ == "__main__":
    unittest.main()
