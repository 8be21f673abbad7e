"""Sources: requests as the documentation or the source of each program has them, byte for byte."""

import base64
import os
import unittest

from databases import SOURCE
from source_fixture import FORM, WithSources
from way_in_fixture import OTHER


class Protocols(WithSources):
    """Requests as the documentation of each program has them, byte for byte."""

    def test_gotify(self):
        # https://gotify.net/docs/pushmsg: curl "https://push.example.de/message?token=<apptoken>"
        # -F "title=my title" ...; its JSON form is that of Gotify's own command.
        body = '{"message":"my message","title":"my title","priority":5}'
        status, answer = self.exchange(self.request_of("POST /in/gotify/message", (
            "Host: 127.0.0.1", "User-Agent: Go-http-client/1.1", f"X-Gotify-Key: {self.key}",
            "Content-Type: application/json"), body))
        self.assertEqual(status, 200, answer)
        self.assertEqual({**answer, "id": 0, "date": ""}, {
            "id": 0, "appid": 1, "message": "my message", "title": "my title", "priority": 5,
            "date": ""})
        self.assertGreater(answer["id"], 0)
        self.assertEqual(self.wait_for("my message"), "my title\nmy message")
        # At the root of a host of its own.
        status, answer = self.exchange(self.request_of(
            f"POST /message?token={self.key}",
            ("Host: gotify.example.org", f"Content-Type: {FORM}"),
            "title=root&message=at+the+root&priority=8"))
        self.assertEqual(status, 200, answer)
        self.wait_for("at the root")
        status, answer = self.exchange(self.request_of(
            "POST /message", ("Host: gotify.example.org", "Content-Type: application/json"), body))
        self.assertEqual((status, answer["errorCode"]), (401, 401), answer)
        self.assertIn("errorDescription", answer)

    def test_ntfy(self):
        # https://docs.ntfy.sh/publish/: POST /phil_alerts HTTP/1.1, and the other examples.
        secret = f"Authorization: Bearer {self.key}"
        status, answer = self.exchange(self.request_of("POST /phil_alerts", (
            "Host: ntfy.example.org", "Title: Unauthorized access detected", "Priority: urgent",
            "Tags: warning,skull", secret),
            "Remote access to phils-laptop detected. Act right away."))
        self.assertEqual(status, 200, answer)
        self.assertEqual((answer["event"], answer["topic"], answer["title"], answer["priority"],
                          answer["tags"]), ("message", "phil_alerts",
                                            "Unauthorized access detected", 5,
                                            ["warning", "skull"]))
        self.wait_for("Remote access to phils-laptop detected.")
        status, answer = self.exchange(self.request_of("PUT /in/ntfy/doors", (
            "Host: 127.0.0.1", "Content-Type: text/plain", secret), "Front door is open"))
        self.assertEqual(status, 200, answer)
        self.wait_for("Front door is open", OTHER)
        status, answer = self.exchange(self.request_of("POST /", (
            "Host: ntfy.example.org", secret),
            '{"topic": "mytopic", "message": "Disk space is low at 5.1 GB", "title": "Low disk '
            'space alert", "tags": ["warning","cd"], "priority": 4, "attach": '
            '"https://filesrv.lan/space.jpg", "filename": "diskspace.jpg", "click": '
            '"https://homecamera.lan/xasds1h2xsSsa/", "actions": [{ "action": "view", "label": '
            '"Admin panel", "url": "https://filesrv.lan/admin" }]}'))
        self.assertEqual(status, 200, answer)
        self.assertIn("Attachment: diskspace.jpg: https://filesrv.lan/space.jpg",
                      self.wait_for("Disk space is low"))
        status, answer = self.exchange(self.request_of("POST /mytopic", (
            "Host: ntfy.example.org",), "no key"))
        self.assertEqual((status, answer["code"], answer["http"]), (401, 40101, 401), answer)

    def test_grafana_12_4_3(self):
        # The bytes that Go makes of receivers/webhook/v1/webhook.go of grafana/alerting, tag
        # v0.0.0-release-12.4.3, with the header fields of its http/client.go.
        with open(os.path.join(SOURCE, "tests", "sources", "grafana_12_4_3.json"),
                  encoding="utf-8") as file:
            body = file.read()
        fields = ("Host: 127.0.0.1", "User-Agent: Grafana", "Authorization: Bearer " + self.key,
                  "Content-Type: application/json", "Accept-Encoding: gzip")
        for repeated in (False, True):
            status, answer = self.exchange(self.request_of("POST /in/grafana", fields, body))
            self.assertEqual((status, answer["messages"][0]["repeated"]), (200, repeated), answer)
        text = self.wait_for("us-1: memory & swap are full")
        self.assertIn("RESOLVED Memory & swap (critical)\neu-1: memory & swap are full", text)

    def test_grafana_of_the_documentation(self):
        # The example of Grafana's documentation of its webhook, with its first alert.
        body = (
            '{"receiver":"My Super Webhook","status":"firing","orgId":1,"alerts":[{"status":'
            '"firing","labels":{"alertname":"High memory usage","team":"blue","zone":"us-1"},'
            '"annotations":{"description":"The system has high memory usage","runbook_url":'
            '"https://myrunbook.com/runbook/1234","summary":"This alert was triggered for zone '
            'us-1"},"startsAt":"2021-10-12T09:51:03.157076+02:00","endsAt":"0001-01-01T00:00:00Z",'
            '"generatorURL":"https://play.grafana.org/alerting/1afz29v7z/edit","fingerprint":'
            '"c6eadffa33fcdf37","silenceURL":"https://play.grafana.org/alerting/silence/new",'
            '"dashboardURL":"","panelURL":"","values":{"B":44.23943737541908,"C":1}}],'
            '"groupLabels":{},"commonLabels":{"team":"blue"},"commonAnnotations":{},'
            '"externalURL":"https://play.grafana.org/","version":"1","groupKey":"{}:{}",'
            '"truncatedAlerts":0,"title":"[FIRING:1]  (blue)","state":"alerting","message":'
            '"**Firing**"}')
        fields = ("Host: 127.0.0.1", "User-Agent: Grafana", "Content-Type: application/json",
                  "Authorization: Basic " +
                  base64.b64encode(f"grafana:{self.key}".encode()).decode())
        status, answer = self.exchange(self.request_of("POST /in/grafana", fields, body))
        self.assertEqual(status, 200, answer)
        self.assertEqual(
            self.wait_for("High memory usage"),
            "[FIRING:1] (blue)\nFIRING High memory usage\nThis alert was triggered for zone us-1\n"
            "B=44.23943737541908, C=1\nhttps://play.grafana.org/alerting/1afz29v7z/edit")
        status, answer = self.exchange(self.request_of("POST /in/grafana", fields, body))
        self.assertTrue(answer["messages"][0]["repeated"], answer)

    def test_apprise_answers_and_five_megabytes(self):
        picture = base64.b64encode(b"x" * 3_900_000).decode()
        self.posted("/in/apprise", {"version": "1.0", "title": "Camera", "message": "Door",
                                    "type": "failure", "attachments": [
                                        {"filename": "door.jpg", "base64": picture,
                                         "mimetype": "image/jpeg"}]})
        self.assertEqual(self.wait_for("Door"),
                         "Camera\nDoor\nAttachment: door.jpg (image/jpeg, 3900000 bytes)")


if __name__ == "__main__":
    unittest.main()
