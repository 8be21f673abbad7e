"""Sources as the guides of docs/guides have them, with the requests of the programs that they are
about."""

import json
import os
import re
import tomllib
import unittest

from databases import SOURCE
from source_fixture import WithSources

GUIDES = os.path.join(SOURCE, "docs", "guides")


def sources_of(guide):
    with open(os.path.join(GUIDES, guide + ".md"), encoding="utf-8") as file:
        blocks = re.findall(r"^ *```toml\n(.*?)^ *```", file.read(), re.MULTILINE | re.DOTALL)
    return [one for block in blocks for one in tomllib.loads(block).get("source", [])]


class Guides(WithSources):
    NAMES = ("alertmanager", "grafana", "uptime-kuma", "home-assistant", "mail", "cron")

    def sections(self):
        found = {guide: sources_of(guide) for guide in self.NAMES}
        self.assertEqual([guide for guide, sources in found.items() if not sources], [])
        return {**super().sections(), "source": [one for each in found.values() for one in each]}

    def post_bytes(self, path, fields, body):
        return self.exchange(self.request_of(f"POST {path}", fields, body))

    def priority_of(self, answer):
        message = self.server.request("GET", f"/v1/messages/{answer['messages'][0]['message_id']}",
                                      None, self.admin())
        return message.json["priority"]

    def test_uptime_kuma_2_5_3(self):
        # The bytes that server/notification-providers/webhook.js of louislam/uptime-kuma, tag
        # 2.5.3, sent with axios 0.32.0: an HTTP monitor with the columns of a new one
        # (server/model/monitor.js) that goes down and comes up, and the button Test.
        with open(os.path.join(SOURCE, "tests", "sources", "uptime_kuma_2_5_3.ndjson"),
                  encoding="utf-8") as file:
            bodies = file.read().splitlines()
        fields = ("Accept: application/json, text/plain, */*", "Content-Type: application/json",
                  "Authorization: Bearer " + self.key, "User-Agent: axios/0.32.0",
                  "Host: 127.0.0.1", "Connection: keep-alive")
        for body, text, priority in zip(bodies, (
                "Shop & <blog>\n[Shop & <blog>] [\U0001f534 Down] connect ECONNREFUSED "
                "192.0.2.1:443",
                "Shop & <blog>\n[Shop & <blog>] [\u2705 Up] 200 - OK",
                "Uptime Kuma\nShop Testing"), ("high", "normal", "normal"), strict=True):
            status, answer = self.post_bytes("/in/kuma", fields, body)
            self.assertEqual(status, 202, answer)
            self.assertEqual(self.wait_for(text.split("\n")[1]), text)
            self.assertEqual(self.priority_of(answer), priority)
            self.assertEqual(self.requests("kuma")[0]["detail"], "")

    def test_home_assistant(self):
        # homeassistant/components/rest_command/__init__.py of home-assistant/core (01fc1e5f)
        # posts the result of `payload` with these header fields; its to_json has written blanks
        # in some releases and none in others.
        fields = ("Host: 127.0.0.1", "authorization: Bearer " + self.key,
                  "Content-Type: application/json", "Accept: */*",
                  "Accept-Encoding: gzip, deflate")
        made = {"title": "Door", "message": "The front door is \u201copen\u201d."}
        for separators in ((", ", ": "), (",", ":")):
            body = json.dumps(made, separators=separators, ensure_ascii=False)
            status, answer = self.post_bytes("/in/home", fields, body)
            self.assertEqual(status, 202, answer)
        self.wait_for("Door\nThe front door is \u201copen\u201d.")
        # Without a title.
        status, answer = self.post_bytes("/in/home", fields, '{"title":"","message":"Only this"}')
        self.assertEqual(status, 202, answer)
        self.assertEqual(self.wait_for("Only this"), "Only this")


if __name__ == "__main__":
    unittest.main()
