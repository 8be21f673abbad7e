"""The server never repeats a secret, and no value breaks out of its field on a wire."""

import glob
import os
import unittest
import urllib.parse

from channels import CHANNELS, SECRETS, start_channels
from harness import Scenario, wait_until

BREAKOUTS = ["\r\nBcc: eve@example.org", "\nX-Injected: 1", "\rQUIT", "\x00", "\r\n.\r\n",
             "\r\n\r\nGET /control HTTP/1.1\r\n\r\n", "\x7f", "\x1b[2J"]


class Secrets(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()
        self.sim = start_channels(self, CHANNELS)
        self.server = self.make_server(
            self.database, [one.provider(self.sim, priority=place + 1, timeout="1s",
                                         circuit={"failures": 1000, "open_for": "10ms"})
                            for place, one in enumerate(CHANNELS)],
            receipts={}, log={"level": "debug"},
            messaging={"max_retries": 0, "give_up_after": "0s", "default_provider_type": "signal"})
        self.server.environment.update(SECRETS)
        self.server.start()

    def send_to_all(self, text, **behaviour):
        receipts = []
        for number, channel in enumerate(CHANNELS):
            if behaviour:
                self.sim.behave(channel.name, **behaviour)
            self.put_list(1000 + number, channel)
            receipts.append(self.server.send(1000 + number, channel.address(self.sim, number),
                                             text))
        return [self.server.wait_for_end(one) for one in receipts]

    def put_list(self, user, channel):
        answer = self.server.request("PUT", f"/v1/users/{user}/providers",
                                     [{"provider": channel.name}])
        self.assertEqual(answer.status, 200, answer)

    def test_no_log_no_answer_and_no_inspection_has_a_secret(self):
        secrets = [*SECRETS.values(), self.server.SECRET]
        secrets += [urllib.parse.quote(one, safe="") for one in secrets]
        answers = [str(self.send_to_all("hello"))]
        # Every way to fail that could quote a request, a password or a URL.
        for outcome in ("account_unknown", "internal_error", "garbage", "http_500", "drop",
                        "accept_then_drop", "never_answer", "network_failure"):
            answers.append(str(self.send_to_all("hello " + outcome, outcomes={outcome: 1})))
            # A reload lets a held provider be called again.
            self.server.reload()
        self.sim.process.kill()
        answers.append(str(self.send_to_all("nobody is there")))
        for path in ("/admin/inspect", "/v1/providers", "/readyz", "/livez",
                     *(f"/v1/providers/{one.name}" for one in CHANNELS)):
            answers.append(self.server.request("GET", path).body.decode())
        for path in ("/receipts/twilio/1.x", "/receipts/kannel/1.x?type=1&password=x"):
            answers.append(self.server.request("GET", path).body.decode())
        checked = self.server.command("check-config", "--config", self.server.config)
        answers += [checked.stdout, checked.stderr]
        self.assert_stops(self.server)
        for path in glob.glob(os.path.join(self.folder, "postrider.*")):
            if ".db" in path:
                continue
            with open(path, encoding="utf-8", errors="replace") as file:
                answers.append(file.read())
        self.assertTrue(any("receipt" in one for one in answers))
        for secret in secrets:
            for answer in answers:
                at = answer.find(secret)
                if at >= 0:
                    self.fail(f"{secret}: ...{answer[max(0, at - 200):at + 80]}")

    def test_what_could_break_out_is_refused_before_anything_is_stored(self):
        good = {"user_id": 1, "recipients": ["+15551234567"], "message": "hello"}
        for text in BREAKOUTS:
            for member, value in (
                    ("subject", "a" + text), ("type", "signal" + text),
                    ("recipients", ["+1555" + text + "1234567"]),
                    ("recipients", ["ann@example.org" + text]),
                    ("recipients", ["ann" + text + "@example.org"]),
                    ("recipients", ["https://example.org/" + text]),
                    ("recipients", [{"phone": "+15551234567" + text}]),
                    ("recipients", [{"email": "ann@example.org>" + text}]),
                    ("recipients", [{"url": "https://example.org" + text}])):
                answer = self.server.request("POST", "/v1/messages", {**good, member: value})
                self.assertEqual(answer.status, 422, (member, text, answer))
                self.assertTrue(answer.json["errors"][0]["pointer"].startswith("/" + member))
            listed = self.server.request("PUT", "/v1/users/5/providers",
                                         [{"provider": "mail",
                                           "address": "ann@example.org" + text}])
            self.assertEqual(listed.status, 422, (text, listed))
        for text in ("\x00", "\x1b[2J", "\x7f"):
            for member in ("message", "html"):
                answer = self.server.request("POST", "/v1/messages", {**good, member: "a" + text})
                self.assertEqual(answer.status, 422, (member, text, answer))
        rows = wait_until(self.server.rows, 10, "the rows are counted")
        self.assertEqual((rows["pending"], rows["processing"], rows["failed"], rows["history"]),
                         (0, 0, 0, 0))
        self.assertEqual(sum(self.sim.tally(one.name)["calls"] for one in CHANNELS), 0)

    def test_a_text_may_look_like_a_protocol_and_arrives_as_it_was(self):
        text = ".\r\n..\r\nQUIT\r\n.\r\nMAIL FROM:<eve@example.org>\r\n" \
               "&To=%2B1&Body=x%00+%d%A\r\n" \
               "{\"a\": \"b\"}\\u0000 \u017b"
        for message in self.send_to_all(text):
            self.assertEqual(message["status"], "success", message)
        for channel in CHANNELS:
            accepted = self.sim.accepted_by_recipient(channel.name)
            self.assertEqual(len(accepted), 1, channel.name)
            [(_, arrived)] = accepted
            self.assertEqual(arrived.replace("\r\n", "\n").strip("\n"),
                             text.replace("\r\n", "\n").strip("\n"), channel.name)


if __name__ == "__main__":
    unittest.main()
