#!/usr/bin/env python3
"""Times messages of high priority while something else keeps the server busy.

Posts messages of high priority at a fixed rate, each on its way when the last one was accepted, and
asks afterwards when each was accepted and when its provider was called. Prints p50, p99 and the
longest time between the two, in milliseconds.
"""

import argparse
import datetime
import http.client
import json
import statistics
import time
import urllib.parse

USER = 1
PATIENCE_S = 60


class Client:
    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=60)

    def ask(self, method, path, body=None):
        self.connection.request(method, path, body and json.dumps(body),
                                {"Content-Type": "application/json"} if body else {})
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in (200, 202):
            raise SystemExit(f"high.py: {method} {path} gave {answer.status}: {text[:300]}")
        return json.loads(text)


def post(client, rate, seconds):
    posted = []
    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        time.sleep(max(0.0, begin + number / rate - time.monotonic()))
        posted.append(client.ask("POST", "/send/message", {
            "user_id": USER, "message": f"Urgent, number {number}", "priority": "high",
            "recipients": [f"+1556{number:07}"]})["message_id"])
    return posted


def milliseconds_to_call(client, message_id):
    """From the acceptance of a message to the call of its provider; waits for the call."""
    end = time.monotonic() + PATIENCE_S
    while True:
        message = client.ask("GET", f"/v1/messages/{message_id}")
        attempts = message["recipients"][0]["transactions"][0]["attempts"]
        if attempts and attempts[0]["last"]["began_at"]:
            accepted, called = (datetime.datetime.fromisoformat(at.replace("Z", "+00:00"))
                                for at in (message["created_at"],
                                           attempts[0]["last"]["began_at"]))
            return (called - accepted).total_seconds() * 1e3
        if time.monotonic() > end:
            raise SystemExit(f"high.py: message {message_id} was not sent")
        time.sleep(0.05)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", required=True)
    options.add_argument("--seconds", type=float, required=True)
    options.add_argument("--rate", type=float, default=50, help="messages a second")
    given = options.parse_args()
    client = Client(given.url)
    posted = post(client, given.rate, given.seconds)
    times = sorted(milliseconds_to_call(client, one) for one in posted)
    p99 = times[min(len(times) - 1, int(len(times) * 0.99))]
    print(f"{statistics.median(times):.1f} {p99:.1f} {times[-1]:.1f}")


if __name__ == "__main__":
    main()
