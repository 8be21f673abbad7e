#!/usr/bin/env python3
"""Times how fast a server delivers a backlog.

Posts messages in bulk that are all due at one time, waits for it, and times them from the first
delivery to the last. Prints messages a second, and microseconds of the server's CPU for each.
"""

import argparse
import http.client
import json
import os
import time
import urllib.parse

IN_ONE_REQUEST = 10_000
POSTED_PER_S = 5_000


def request(address, method, path, body=None):
    connection = http.client.HTTPConnection(address, timeout=300)
    kind = {"Content-Type": "application/x-ndjson"} if body else {}
    connection.request(method, path, body, kind)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise SystemExit(f"backlog.py: {method} {path} gave {answer.status}: {text[:300]}")
    return text


def finished(address):
    """Deliveries that have succeeded since the server's start."""
    name = "postrider_transactions_finished_total"
    return sum(int(float(line.rsplit(" ", 1)[1]))
               for line in request(address, "GET", "/metrics").splitlines()
               if line.startswith(name) and "success" in line)


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def post(address, messages):
    due = time.time() + 10 + messages / POSTED_PER_S
    send_at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due))
    for first in range(0, messages, IN_ONE_REQUEST):
        lines = (json.dumps({"user_id": 1, "message": "A message that waited for its time",
                             "recipients": [f"+1555{number:07}"], "send_at": send_at})
                 for number in range(first, min(messages, first + IN_ONE_REQUEST)))
        request(address, "POST", "/v1/messages/bulk", ("\n".join(lines) + "\n").encode())
    if time.time() > due:
        raise SystemExit("backlog.py: posting took too long; the first messages are due already")


def measure(address, messages, pid, patience):
    deadline = time.monotonic() + patience
    began = None
    while True:
        count = finished(address)
        if count and began is None:
            began, first, spent = time.monotonic(), count, cpu_seconds(pid)
        if count >= messages:
            break
        if time.monotonic() > deadline:
            raise SystemExit(f"backlog.py: only {count} of {messages} were delivered")
        time.sleep(0.02)
    took = time.monotonic() - began
    return (messages - first) / took, (cpu_seconds(pid) - spent) / (messages - first) * 1e6


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", required=True)
    options.add_argument("--messages", type=int, required=True)
    options.add_argument("--pid", type=int, required=True, help="of the server")
    options.add_argument("--patience", type=float, default=300, help="seconds")
    given = options.parse_args()
    address = urllib.parse.urlsplit(given.url).netloc
    post(address, given.messages)
    per_second, cpu = measure(address, given.messages, given.pid, given.patience)
    print(f"{per_second:.0f} {cpu:.1f}")


if __name__ == "__main__":
    main()
