#!/usr/bin/env python3
"""Compares how fast messages come in by SMTP and by HTTP, over kept connections, in turns.

Two clients send mail: bench with PIPELINING, as mail servers do (MAIL, RCPT and DATA together, then
the text), and Postfix's smtp-source, which waits for the reply to each command. By HTTP it is bench
that posts. Prints messages a second of the three, and the ratios of both to HTTP, for each round.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import time

WARM_UP_MAILS = 500
RECIPIENT = "alerts@bench.example"


def mail_port(log):
    with open(log, encoding="utf-8", errors="replace") as lines:
        found = re.search(r"mail is taken at 127\.0\.0\.1:(\d+)", lines.read())
    if not found:
        raise SystemExit(f"mail.py: {log} does not say where mail is taken")
    return found.group(1)


def bench_rate(given, url, target):
    done = subprocess.run(
        [given.bench, "--url", url, "--target", target, "--duration", str(given.seconds),
         "--connections", str(given.connections), "--mail-to", RECIPIENT, "--json"],
        capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    if report["errors"] or report["unknown"]:
        raise SystemExit(f"mail.py: not all requests were answered well: {report}")
    return report["accepted_per_s"]


def source_rate(given, port, mails):
    library = os.path.join(given.peers, "usr/lib/postfix")
    begin = time.monotonic()
    subprocess.run(
        [os.path.join(given.peers, "usr/sbin/smtp-source"), "-d", "-s", str(given.connections),
         "-m", str(mails), "-l", "300", "-f", "a@b.example", "-t", RECIPIENT,
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
    rate = source_rate(given, port, WARM_UP_MAILS)
    rounds = []
    for _ in range(given.pairs):
        http = bench_rate(given, given.url, "postrider")
        piped = bench_rate(given, f"smtp://127.0.0.1:{port}", "mail")
        rate = source_rate(given, port, max(WARM_UP_MAILS, int(rate * given.seconds)))
        rounds.append((piped / http, rate / http))
        print(f"{http:10.0f} {piped:10.0f} {rate:10.0f} {rounds[-1][0]:8.3f} {rounds[-1][1]:8.3f}",
              flush=True)
    piped, single = (statistics.median(column) for column in zip(*rounds))
    print(f"{'median':10} {piped:30.3f} {single:8.3f}")


if __name__ == "__main__":
    main()
