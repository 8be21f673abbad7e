"""Ten thousand messages in one request: nothing lost, nothing twice, whatever breaks on the way."""

import contextlib
import json
import os
import re
import signal
import socket
import threading
import unittest

from harness import Process, Scenario, free_port, program, wait_until

LINES = 10_000

ALL_BEFORE = (f"0 accepted, 0 refused, {LINES - LINES // 100} answered before, "
              f"{LINES // 100} refused before")


def is_bad(number):
    return number % 100 == 7


def line(number):
    request = {"user_id": 1, "recipients": [f"+1555{number:07}"], "message": f"message {number}"}
    if number % 10 == 3:
        request["idempotency_key"] = f"own-{number}"
    if is_bad(number):
        request = [{"user_id": 1}, {**request, "recipients": ["nobody"]},
                   "no object"][number // 100 % 3]
    return json.dumps(request) + "\n"


def bodies():
    return [f"message {number}" for number in range(1, LINES + 1) if not is_bad(number)]


class SlowClient:
    """Sends a whole body, and reads the answers in small pieces into a small buffer."""

    def __init__(self, port, body):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(60)
        self.socket.connect(("127.0.0.1", port))
        self.sender = threading.Thread(target=self.socket.sendall, args=(
            b"POST /v1/messages/bulk HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
            b"application/x-ndjson\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body) + body,))
        self.sender.start()

    def answers(self):
        """The head, and each line as it comes."""
        received = b""
        while not received.endswith(b"0\r\n\r\n"):
            piece = self.socket.recv(1024)
            if not piece:
                raise AssertionError("the connection ended before the answer")
            received += piece
        self.sender.join()
        self.socket.close()
        head, _, rest = received.partition(b"\r\n\r\n")
        content = b""
        while not rest.startswith(b"0\r\n"):
            size, _, rest = rest.partition(b"\r\n")
            content += rest[:int(size, 16)]
            rest = rest[int(size, 16) + 2:]
        return head, [json.loads(one) for one in content.splitlines()]


class Proxy:
    """Passes connections on; each of the first ones is cut when so many bytes were answered. Of
    each request not many more than `hold` bytes are passed on before release().
    """

    def __init__(self, port, cuts=(), hold=None):
        self.target = port
        self.cuts = list(cuts)
        self.hold = hold
        self.released = threading.Event()
        self.connections = 0
        self.sockets = []
        self.listener = socket.create_server(("127.0.0.1", free_port()))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            self.sockets += [client, server]
            most = self.cuts.pop(0) if self.cuts else None
            for arguments in ((client, server, None, self.hold), (server, client, most, None)):
                threading.Thread(target=self.forward, args=arguments, daemon=True).start()

    def release(self):
        self.released.set()

    def forward(self, source, sink, most, hold):
        """One direction, until it ends or as much was passed as may be."""
        passed = 0
        try:
            while most is None or passed < most:
                if hold is not None and passed >= hold:
                    self.released.wait()
                piece = source.recv(65536)
                if not piece:
                    break
                sink.sendall(piece)
                passed += len(piece)
        except OSError:
            pass
        self.end(source, sink)

    @staticmethod
    def end(*sockets):
        for one in sockets:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.release()
        self.end(self.listener, *self.sockets)
        for one in (self.listener, *self.sockets):
            one.close()


class Bulk(Scenario):
    def setUp(self):
        super().setUp()
        self.commands = 0
        self.database = self.open_database()
        self.sim = self.start_sim("main", options=["--keep-texts"])
        main = self.sim.provider("main", max_in_flight=50,
                                 circuit={"failures": 5, "open_for": "1s"})
        self.server = self.make_server(self.database, [main], messaging={"retry_delay": "1s"})
        self.server.start()
        self.file = os.path.join(self.folder, "messages.ndjson")
        with open(self.file, "w", encoding="ascii") as file:
            file.writelines(line(number) for number in range(1, LINES + 1))

    def assert_each_once(self):
        wait_until(self.server.drained, 120, "everything was delivered")
        counts = self.sim.accepted("main")
        self.assertEqual([one for one in bodies() if counts.get(one) != 1], [])
        self.assertEqual(sum(counts.values()), len(bodies()))
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def start_proxy(self, *arguments, **options):
        proxy = Proxy(self.server.port, *arguments, **options)
        self.stack.callback(proxy.close)
        return proxy

    def start_command(self, port, *arguments):
        self.commands += 1
        process = Process([program("postrider"), "bulk", *arguments, self.file],
                          os.path.join(self.folder, f"bulk-{self.commands}"),
                          {"POSTRIDER_URL": f"http://127.0.0.1:{port}"})
        self.stack.callback(process.kill)
        return process

    def answered(self):
        """How many lines the state file has."""
        try:
            with open(self.file + ".sent", encoding="ascii") as state:
                text = state.read()
        except FileNotFoundError:
            return 0
        ranges = re.findall(r"(?m)^(?:refused )?(\d+)-(\d+)(?: \w+)?$", text)
        return sum(int(last) - int(first) + 1 for first, last in ranges)

    def kill_a_command(self):
        """In the middle of the file; how many lines were answered."""
        proxy = self.start_proxy(hold=600_000)
        process = self.start_command(proxy.port)
        wait_until(lambda: self.answered() > 2_000, 60, "some lines were answered")
        process.signal(signal.SIGKILL)
        process.wait(10)
        proxy.close()
        return self.answered()

    def move_posts(self, hours):
        """As if all that was posted had been posted so many hours later."""
        with open(self.file + ".sent", encoding="ascii") as state:
            text = state.read()
        moved, count = re.subn(r"(?m)^(posted \S+ )(\d+)$",
                               lambda one: one[1] + str(int(one[2]) + hours * 3600), text)
        self.assertGreater(count, 0)
        with open(self.file + ".sent", "w", encoding="ascii") as state:
            state.write(moved)

    def test_answers_every_line_of_a_slow_reader_in_order(self):
        with open(self.file, "rb") as file:
            head, answers = SlowClient(self.server.port, file.read()).answers()
        self.assertTrue(head.startswith(b"HTTP/1.1 200 OK"), head)
        self.assertEqual([one["line"] for one in answers], list(range(1, LINES + 1)))
        wrong = [one["line"] for one in answers if "message_id" not in one]
        self.assertEqual(wrong, [number for number in range(1, LINES + 1) if is_bad(number)])
        self.assertEqual({one["status"] for one in answers if "message_id" not in one}, {422})
        ids = {one["message_id"] for one in answers if "message_id" in one}
        self.assertEqual(len(ids), len(bodies()))
        self.assert_each_once()

    def test_sends_on_when_connections_are_cut(self):
        proxy = self.start_proxy([300, 100_000, 400_000, 7])
        process = self.start_command(proxy.port)
        self.assertEqual(process.wait(120), 1, process.errors())
        self.assertIn("9900 accepted, 100 refused, in ", process.output())
        self.assertEqual(process.output().count("line "), 100)
        self.assertGreaterEqual(proxy.connections, 5)
        self.assert_each_once()

    def test_resumes_after_the_command_and_the_server_were_killed(self):
        # A message may arrive while the server is killed. This test counts accepted lines only, so
        # nothing is delivered before the end.
        self.sim.behave("main", down=True)
        first = self.kill_a_command()
        self.assertLess(first, LINES)
        # Nor does the next one come to its end before the server's.
        proxy = self.start_proxy(hold=300_000)
        process = self.start_command(proxy.port, "--resume")
        wait_until(lambda: self.answered() > first + 1_000, 60, "more lines were answered")
        self.server.kill()
        proxy.release()
        self.server.start()
        self.assertEqual(process.wait(120), 1, process.errors())
        again = self.start_command(self.server.port, "--resume")
        # Some of them were refused.
        self.assertEqual(again.wait(60), 1, again.errors())
        self.assertIn(ALL_BEFORE, again.output())
        self.sim.behave("main", down=False)
        self.assert_each_once()

    def test_does_not_post_again_what_may_be_forgotten(self):
        self.sim.behave("main", down=True)
        answered = self.kill_a_command()
        self.move_posts(-25)
        process = self.start_command(self.server.port, "--resume")
        self.assertEqual(process.wait(60), 1, process.output())
        self.assertRegex(process.errors(), "^postrider: lines? [0-9].* may have been stored")
        self.assertEqual(self.answered(), answered)
        # It was not so long ago after all.
        self.move_posts(25)
        process = self.start_command(self.server.port, "--resume")
        self.assertEqual(process.wait(120), 1, process.errors())
        self.assertIn(" accepted, ", process.output())
        # All is answered, so time does not matter any more.
        with open(self.file + ".sent", encoding="ascii") as state:
            self.assertNotIn("posted", state.read())
        process = self.start_command(self.server.port, "--resume")
        self.assertEqual(process.wait(60), 1, process.errors())
        self.assertIn(ALL_BEFORE, process.output())
        self.sim.behave("main", down=False)
        self.assert_each_once()


if __name__ == "__main__":
    unittest.main()
