"""Every mistake of a client is refused with a problem that names it, and nothing is stored."""

import json
import socket
import unittest

from harness import Scenario, wait_until

NUMBER = "+15551234567"
GOOD = {"user_id": 1, "recipients": [NUMBER], "message": "Dinner at eight?"}
JSON = {"Content-Type": "application/json"}


def but(**changes):
    """The good request with members changed; None takes one away."""
    return {key: value for key, value in {**GOOD, **changes}.items() if value is not None}


def text(**changes):
    """As JSON text, with the JSON fragments put in place of @names."""
    out = json.dumps({**GOOD, **{name: "@" + name for name in changes}})
    for name, fragment in changes.items():
        out = out.replace(f'"@{name}"', fragment)
    return out.encode()


# Bodies of a post, each with status, code, pointers of the errors, and a part of the detail.
BODIES = {
    "nothing": (b"", 400, "invalid_json", [], "line 1"),
    "half of an object": (b'{"user_id": 1,\n "message": ', 400, "invalid_json", [], "line 2"),
    "a missing comma": (b'{"user_id": 1\n "message": "x"}', 400, "invalid_json", [],
                        "line 2, column 2"),
    "something behind": (text() + b"x", 400, "invalid_json", [], "column"),
    "no UTF-8": (text().replace(b"Dinner", b"\xff\xfe"), 400, "invalid_json", [], ""),
    "half of a surrogate pair": (text(message='"\\ud800"'), 400, "invalid_json", [], ""),
    "a duplicate member": (text()[:-1] + b', "user_id": 2}', 400, "invalid_json", [], "user_id"),
    "a number beyond range": (text(user_id="1e400"), 400, "invalid_json", [], ""),
    "a hundred thousand brackets": (b"[" * 100_000, 400, "invalid_json", [], ""),
    "an array": ([GOOD], 422, "invalid", [""], "object"),
    "an empty object": ({}, 422, "invalid", ["/message", "/user_id"], ""),
    "wrong types everywhere": (
        but(user_id="1", message=5, recipients=NUMBER), 422, "invalid",
        ["/message", "/recipients", "/user_id"], ""),
    "an unknown member": (but(recipents=[]), 422, "invalid", ["/recipents"], '"recipients"'),
    "a name from elsewhere": (
        but(recipients=None, to=[NUMBER]), 422, "invalid", ["/to"], "use `recipients`"),
    "no user": (but(user_id=None), 422, "invalid", ["/user_id"], "required"),
    "user 0": (but(user_id=0), 422, "invalid", ["/user_id"], ""),
    "half a user": (but(user_id=1.5), 422, "invalid", ["/user_id"], "integer"),
    "too large a user": (text(user_id="9223372036854775808"), 422, "invalid", ["/user_id"], ""),
    "an empty message": (but(message=""), 422, "invalid", ["/message"], "1 to 65536"),
    "too long a message": (but(message="x" * 65_537), 422, "invalid", ["/message"], "65537"),
    "no recipients": (but(recipients=[]), 422, "invalid", ["/recipients"], ""),
    "too many recipients": (but(recipients=[NUMBER] * 1001), 422, "invalid", ["/recipients"],
                            "1001"),
    "a bad number": (but(recipients=["+1555"]), 422, "invalid", ["/recipients/0"], ""),
    "one bad number of two": (
        but(recipients=[NUMBER, "tomorrow"]), 422, "invalid", ["/recipients/1"], ""),
    "an empty number": (but(recipients=[""]), 422, "invalid", ["/recipients/0"], ""),
    "a line feed in a number": (but(recipients=[NUMBER + "\n"]), 422, "invalid", ["/recipients/0"],
                                ""),
    "a number without quotes": (text(recipients="[15551234567]"), 422, "invalid", ["/recipients/0"],
                                ""),
    "what no provider sends to": (
        but(recipients=["ann@example.org"]), 422, "no_route", ["/recipients/0"],
        "signal (signal) takes phone numbers"),
    "a user who is nowhere": (
        but(recipients=None), 422, "no_route", ["/user_id"], "user 1 has no list of providers"),
    "a user whose providers are switched off": (
        but(recipients=None, user_id=7), 422, "no_route", ["/user_id"],
        "switched off in the user's list"),
    "a user without a usable provider": (but(user_id=7), 422, "no_route", ["/recipients/0"],
                                         "signal"),
    "an unknown provider type": (but(type="pigeon"), 422, None, None, ""),
}

# Method, path, body, headers: status, code, what the detail must say.
REQUESTS = {
    "no content type": ("POST", "/send/message", text(), {}, 415, "unsupported_media_type",
                        "application/json"),
    "a form": ("POST", "/send/message", b"user_id=1",
               {"Content-Type": "application/x-www-form-urlencoded"},
               415, "unsupported_media_type", "application/json"),
    "compressed": ("POST", "/send/message", text(), {**JSON, "Content-Encoding": "gzip"},
                   415, "unsupported_media_type", ""),
    "the wrong method": ("GET", "/send/message", None, {}, 405, "method_not_allowed", "POST"),
    "a method that nobody has": ("BREW", "/send/message", None, {}, 405, "method_not_allowed",
                                 "POST"),
    "an unknown path": ("POST", "/send/massage", text(), JSON, 404, "not_found", "/send/massage"),
    "an unknown parameter": ("POST", "/send/message?dry_run=1", text(), JSON,
                             400, "unknown_query_parameter", "dry_run"),
    "a mistyped parameter": ("GET", "/admin/inspect?sections=build", None, {},
                             400, "unknown_query_parameter", '"section"'),
    "a parameter twice": ("GET", "/admin/inspect?section=build&section=node", None, {},
                          400, "bad_query_parameter", "twice"),
    "a transaction that is none": ("GET", "/v1/transactions/one", None, {}, 404, "not_found",
                                   "one"),
    "a path with a zero byte": ("GET", "/v1/transactions/1%00", None, {}, 400, "bad_path", "1%00"),
    "a transaction that is not there": ("GET", "/v1/transactions/123456", None, {}, 404,
                                        "not_found", "123456"),
    "a message that is none": ("GET", "/v1/messages/1", None, {}, 404, "not_found", "UUID"),
    "a list with an unknown provider": ("PUT", "/v1/users/1/providers", b'[{"provider": "sms"}]',
                                        JSON,
                                        422, "invalid", "sms"),
    "a list with a typo": ("PUT", "/v1/users/1/providers", b'[{"provider": "signal", "prio": 1}]',
                           JSON,
                           422, "invalid", "priority"),
    "a retry with an unknown filter": ("POST", "/v1/retry", b'{"everything": true}', JSON, 422,
                                       "invalid", ""),
    "a header of 100 KB": ("GET", "/livez", None, {"X-Long": "x" * 100_000}, 431,
                           "header_too_large", ""),
}

HEAD = b"POST /send/message HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
LENGTH = f"Content-Length: {len(text())}\r\n".encode()

# Bytes on a connection that must not be answered with 2xx and must be closed.
CONNECTIONS = {
    "no HTTP": b"Hello?\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 64 + b"\r\n\r\n",
    "no host": HEAD.replace(b"Host: localhost\r\n", b"") + LENGTH + b"\r\n" + text(),
    "two hosts": HEAD + b"Host: example.org\r\n" + LENGTH + b"\r\n" + text(),
    "two lengths": HEAD + LENGTH + b"Content-Length: 5\r\n\r\n" + text(),
    "a length and chunks": HEAD + LENGTH + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + text(),
    "an unknown encoding": HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a chunk that is none": HEAD + b"Transfer-Encoding: chunked\r\n\r\nten\r\n",
    "a folded header": HEAD + LENGTH + b"X-One: 1\r\n 2\r\n\r\n" + text(),
    "a length below zero": HEAD + b"Content-Length: -1\r\n\r\n",
    "a length that announces too much": HEAD + b"Content-Length: 10485760\r\n\r\n{",
}


class BadInput(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()
        self.sim = self.start_sim("signal")
        self.server = self.make_server(self.database, [self.sim.provider("signal")],
                                       http={"body_timeout": "1s", "header_timeout": "1s"})
        self.server.start()
        answer = self.server.request("PUT", "/v1/users/7/providers",
                                     [{"provider": "signal", "priority": 1, "active": False}])
        self.assertEqual(answer.status, 200, answer)
        self.before = self.server.counted_rows()

    def assert_no_trace(self):
        """And the server goes on as if nothing had been."""
        self.assertEqual(self.server.counted_rows(), self.before)
        message_id = self.server.send(1, NUMBER, "Still there?")["message_id"]
        wait_until(lambda: self.server.message(message_id)["status"] == "success", 10,
                   "it is delivered")
        self.assertEqual(self.sim.tally("signal")["calls"], 1)
        self.assert_stops(self.server)
        self.assertEqual(str(self.database.rows("SELECT COUNT(*) FROM message")[0][0]), "1")
        self.assert_verified(self.database.url)

    def assert_problem(self, answer, status, code):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json
        self.assertEqual(problem["status"], status)
        if code:
            self.assertEqual(problem["code"], code, problem)
        self.assertEqual(problem["type"], "/problems/" + problem["code"])
        self.assertTrue(problem["title"])
        self.assertTrue(problem["detail"])
        self.assertEqual(problem["request_id"], answer.headers["X-Request-Id"])
        return problem

    def test_bodies_that_are_wrong(self):
        for name, (body, status, code, pointers, detail) in BODIES.items():
            with self.subTest(name):
                problem = self.assert_problem(
                    self.server.request("POST", "/send/message", body, JSON), status, code)
                errors = problem.get("errors", [])
                if pointers is not None:
                    self.assertEqual(sorted(one["pointer"] for one in errors), pointers, problem)
                self.assertTrue(all(one["code"] and one["detail"] for one in errors), problem)
                self.assertIn(detail, json.dumps(problem, ensure_ascii=False).replace("\\", ""))
        self.assert_no_trace()

    def test_requests_that_are_wrong(self):
        for name, (method, path, body, headers, status, code, detail) in REQUESTS.items():
            with self.subTest(name):
                answer = self.server.request(method, path, body, headers)
                problem = self.assert_problem(answer, status, code)
                self.assertIn(detail, json.dumps(problem).replace("\\", ""))
                if status == 405:
                    self.assertIn("POST", answer.headers["Allow"])
        self.assert_no_trace()

    def test_a_body_of_ten_megabytes(self):
        body = text(message='"' + "x" * 10_000_000 + '"')
        self.assert_problem(self.server.request("POST", "/send/message", body, JSON), 413,
                            "body_too_large")
        self.assert_no_trace()

    def converse(self, sent, then_close=False):
        """Sends the bytes; all that comes until the server closes."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(sent)
            if then_close:
                return b""
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer

    def test_connections_that_break_the_protocol_are_closed(self):
        for name, sent in CONNECTIONS.items():
            with self.subTest(name):
                answer = self.converse(sent)
                if answer:
                    self.assertRegex(answer, rb"^HTTP/1\.1 4\d\d ")
                    self.assertIn(b"application/problem+json", answer)
        self.assert_no_trace()

    def test_a_request_that_is_cut_off(self):
        whole = HEAD + LENGTH + b"\r\n" + text()
        for end in (3, len(HEAD) - 1, len(HEAD) + 10, len(whole) - 1):
            with self.subTest(f"after {end} bytes"):
                self.converse(whole[:end], then_close=True)
        self.assert_no_trace()

    def test_a_request_that_does_not_go_on(self):
        whole = HEAD + LENGTH + b"\r\n" + text()
        for end in (len(HEAD) - 1, len(whole) - 1):
            with self.subTest(f"after {end} bytes"):
                answer = self.converse(whole[:end])
                if answer:
                    self.assertRegex(answer, rb"^HTTP/1\.1 408 ")
        self.assert_no_trace()


if __name__ == "__main__":
    unittest.main()
