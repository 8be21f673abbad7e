"""Every text of tests/http/json_cases.tsv, posted to the real server: what is JSON is refused for
its members, what is none for its line and column, and nothing of it harms the server.
"""

import http.client
import json
import os
import re
import unittest

from harness import SOURCE, Scenario

CASES = os.path.join(SOURCE, "tests/http/json_cases.tsv")
ESCAPE = re.compile(rb"~(?:\*(\d+)\(([^)]*)\)|([0-9A-F]{2}))")


def decoded(text):
    def byte_or_repetition(found):
        count, piece, digits = found.groups()
        return decoded(piece) * int(count) if digits is None else bytes([int(digits, 16)])
    return ESCAPE.sub(byte_or_repetition, text)


def cases():
    with open(CASES, "rb") as lines:
        for line in lines:
            if not line.startswith(b"#"):
                verdict, name, text = line.rstrip(b"\n").split(b"\t")
                yield verdict.decode(), name.decode(), decoded(text)


class JsonBodies(Scenario):
    def setUp(self):
        super().setUp()
        sim = self.start_sim("signal")
        self.server = self.make_server(self.open_database(), [sim.provider("signal")])
        self.server.start()

    def test_json_is_judged_by_its_members_and_anything_else_by_where_it_ends(self):
        # All on one connection: no body may be taken for a part of the next one.
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        self.stack.callback(connection.close)
        statuses = {400: 0, 422: 0}
        for number, (verdict, name, text) in enumerate(cases()):
            with self.subTest(name):
                connection.request("POST", "/send/message", text, {
                    "Content-Type": "application/json", "X-Request-Id": f"case-{number}"})
                answer = connection.getresponse()
                body = answer.read()
                self.assertEqual(answer.headers["X-Request-Id"], f"case-{number}")
                self.assertIsNone(answer.headers["Connection"])
                problem = json.loads(body)
                if verdict in ("y", "i+"):
                    self.assertEqual((answer.status, problem["code"]), (422, "invalid"), body)
                    self.assertTrue(problem["errors"])
                else:
                    self.assertEqual((answer.status, problem["code"]), (400, "invalid_json"), body)
                    self.assertRegex(problem["detail"], r"^(.*: )?line \d+, column \d+: .")
                statuses[answer.status] += 1
        self.assertGreater(statuses[422], 80)
        self.assertGreater(statuses[400], 200)
        self.assertEqual(sum(self.server.counted_rows().values()), 0)


if __name__ == "__main__":
    unittest.main()
