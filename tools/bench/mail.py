#!/usr/bin/env python3
"""Compares how fast messages come in by SMTP and by HTTP, over kept connections, in turns.

By HTTP it is bench that posts, by SMTP Postfix's smtp-source, which sends one mail after the other
on each connection. Prints messages a second of both, and their ratio, for each pair.
"""

import argparse
import json
import os
import re
import subprocess
import time

WARM_UP_MAILS = 500


def mail_port(log):
    with open(log, encoding="utf-8", errors="replace") as lines:
        found = re.search(r"mail is taken at 127\.0\.0\.1:(\d+)", lines.read())
    if not found:
        raise SystemExit(f"mail.py: {log} does not say where mail is taken")
    return found.group(1)


def http_rate(given):
    done = subprocess.run(
        [given.bench, "--url", given.url, "--duration", str(given.seconds), "--connections",
         str(given.connections), "--json"], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    if report["errors"] or report["unknown"]:
        raise SystemExit(f"mail.py: not all requests were answered well: {report}")
    return report["accepted_per_s"]


def smtp_rate(given, port, mails):
    library = os.path.join(given.peers, "usr/lib/postfix")
    begin = time.monotonic()
    subprocess.run(
        [os.path.join(given.peers, "usr/sbin/smtp-source"), "-d", "-s", str(given.connections),
         "-m", str(mails), "-l", "300", "-f", "a@b.example", "-t", "alerts@bench",
         f"127.0.0.1:{port}"],
        env={**os.environ, "LD_LIBRARY_PATH": library}, check=True)
    return mails / (time.monotonic() - begin)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--url", required=True)
    options.add_argument("--log", required=True, help="of the server, for the port of SMTP")
    options.add_argument("--bench", required=True)
    options.add_argument("--peers", default="build/deps/peers/root")
    options.add_argument("--seconds", type=float, required=True)
    options.add_argument("--connections", type=int, required=True)
    options.add_argument("--pairs", type=int, required=True)
    given = options.parse_args()
    port = mail_port(given.log)
    rate = smtp_rate(given, port, WARM_UP_MAILS)
    ratios = []
    for _ in range(given.pairs):
        http = http_rate(given)
        smtp = rate = smtp_rate(given, port, max(WARM_UP_MAILS, int(rate * given.seconds)))
        ratios.append(smtp / http)
        print(f"{smtp:10.0f} {http:10.0f} {ratios[-1]:8.3f}", flush=True)
    print(f"median {sorted(ratios)[len(ratios) // 2]:23.3f}")


if __name__ == "__main__":
    main()
