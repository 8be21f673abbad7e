#!/usr/bin/env python3
"""A database that is not on this machine: passes connections of one Unix socket on to another one,
and gives all that it passes on half a round trip later, each way. Ends with SIGTERM.

  delaying_proxy.py LISTEN TARGET MILLISECONDS [--port-file FILE]
"""
import argparse
import queue
import signal
import socket
import sys
import threading
import time


def read_into(source: socket.socket, passed: queue.SimpleQueue, delay: float) -> None:
    while True:
        try:
            data = source.recv(1 << 16)
        except OSError:
            data = b""
        passed.put((time.monotonic() + delay, data))
        if not data:
            return


def write_from(passed: queue.SimpleQueue, target: socket.socket) -> None:
    while True:
        due, data = passed.get()
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        try:
            if not data:
                target.shutdown(socket.SHUT_WR)
                return
            target.sendall(data)
        except OSError:
            return


def join(one: socket.socket, other: socket.socket, delay: float) -> None:
    for source, target in ((one, other), (other, one)):
        passed: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=read_into, args=(source, passed, delay), daemon=True).start()
        threading.Thread(target=write_from, args=(passed, target), daemon=True).start()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("listen")
    parser.add_argument("target")
    parser.add_argument("milliseconds", type=float)
    parser.add_argument("--port-file", help="is made when the proxy listens")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(args.listen)
        listener.listen(64)
        if args.port_file:
            with open(args.port_file, "w", encoding="utf-8") as file:
                print(args.listen, file=file)
        while True:
            client, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(args.target)
            join(client, server, args.milliseconds / 2000)


if __name__ == "__main__":
    main()
