"""Requests that two HTTP servers can read in two ways are read in none: each of these shapes, sent
as raw bytes, is refused once and its connection closed, so that nothing behind it is taken for a
request. What RFC 9112 allows in spite of its looks is taken.
"""

import json
import socket
import unittest

from harness import Scenario

HIDDEN = b"GET /livez HTTP/1.1\r\nHost: hidden\r\nX-Request-Id: hidden\r\n\r\n"
POST = b"POST /v1/retry HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET = b"GET /livez HTTP/1.1\r\nHost: localhost\r\n"
DRY = b'{"dry_run": true}'
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
IN_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(DRY), DRY)


def encoded(value):
    return POST + b"Transfer-Encoding: " + value + b"\r\n\r\n" + IN_CHUNKS


def of_length(value, content=DRY):
    return POST + b"Content-Length: " + value + b"\r\n\r\n" + content


# Requests that get 400 and the end of the connection.
REFUSED = {
    # Two ways to say how long the content is.
    "a length, then chunks": POST + b"Content-Length: 17\r\nTransfer-Encoding: chunked\r\n\r\n"
    + IN_CHUNKS,
    "chunks, then a length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 17\r\n\r\n"
    + IN_CHUNKS,
    "two equal lengths": POST + b"Content-Length: 17\r\nContent-Length: 17\r\n\r\n" + DRY,
    "two different lengths": POST + b"Content-Length: 17\r\nContent-Length: 4\r\n\r\n" + DRY,
    "a list of lengths": of_length(b"17, 17"),
    # Lengths that are none.
    "a length with a sign": of_length(b"+17"),
    "a hexadecimal length": of_length(b"0x11"),
    "a negative length": of_length(b"-1"),
    "an empty length": of_length(b""),
    "a length with a fraction": of_length(b"17.0"),
    "a length beyond 64 bits": of_length(b"18446744073709551633"),
    # Encodings that an old parser takes for no body.
    "identity": encoded(b"identity"),
    "gzip": encoded(b"gzip"),
    "xchunked": encoded(b"xchunked"),
    "chunked, gzip": encoded(b"chunked, gzip"),
    "gzip, chunked": encoded(b"gzip, chunked"),
    "chunked, identity": encoded(b"chunked, identity"),
    "chunked twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"
    + IN_CHUNKS,
    "chunked with a parameter": encoded(b"chunked;q=1"),
    "chunked behind a vertical tab": encoded(b"\x0bchunked"),
    "chunked in quotes": encoded(b'"chunked"'),
    "an empty encoding": encoded(b""),
    "chunks in HTTP/1.0": encoded(b"chunked").replace(b"HTTP/1.1", b"HTTP/1.0"),
    # Hosts.
    "no host": GET.replace(b"Host: localhost\r\n", b"") + b"\r\n",
    "two hosts": GET + b"Host: b\r\n\r\n",
    "two equal hosts": GET + b"Host: localhost\r\n\r\n",
    "a host with a user": GET.replace(b"Host: localhost", b"Host: b@localhost") + b"\r\n",
    "a list of hosts": GET.replace(b"Host: localhost", b"Host: localhost, b") + b"\r\n",
    # Lines and fields.
    "a folded field": GET + b"X-One: 1\r\n\t2\r\n\r\n",
    "a folded first field": b"GET /livez HTTP/1.1\r\n Host: localhost\r\n\r\n",
    "bare line feeds": GET.replace(b"\r\n", b"\n") + b"\n",
    "one bare line feed": GET + b"X-One: 1\nX-Two: 2\r\n\r\n",
    "a bare carriage return": GET + b"X-One: 1\rX-Two: 2\r\n\r\n",
    "a zero byte in a value": GET + b"X-One: 1\x002\r\n\r\n",
    "a zero byte in a name": GET + b"X-\x00One: 1\r\n\r\n",
    "a space before a colon": POST + b"Transfer-Encoding : chunked\r\n\r\n" + IN_CHUNKS,
    "a field without a name": GET + b": 1\r\n\r\n",
    "a field without a colon": GET + b"X-One\r\n\r\n",
    # Chunks.
    "a chunk size with a sign": CHUNKED + b"+11\r\n" + DRY + b"\r\n0\r\n\r\n",
    "a chunk size with 0x": CHUNKED + b"0x11\r\n" + DRY + b"\r\n0\r\n\r\n",
    "a chunk size that is no number": CHUNKED + b"ten\r\n" + DRY + b"\r\n0\r\n\r\n",
    "a chunk size beyond 64 bits": CHUNKED + b"10000000000000011\r\n" + DRY + b"\r\n0\r\n\r\n",
    "an empty chunk size": CHUNKED + b"\r\n" + DRY + b"\r\n0\r\n\r\n",
    "a chunk longer than its size": CHUNKED + b"2\r\n" + DRY + b"\r\n0\r\n\r\n",
    "a chunk line that ends with a bare line feed": CHUNKED + b"11\n" + DRY + b"\r\n0\r\n\r\n",
    "a chunk that ends with a bare line feed": CHUNKED + b"11\r\n" + DRY + b"\n0\r\n\r\n",
    "a control character in a chunk extension": CHUNKED + b"11;a\x01=b\r\n" + DRY
    + b"\r\n0\r\n\r\n",
    "a length among the trailers": CHUNKED + IN_CHUNKS[:-2] + b"Content-Length: 4\r\n\r\n",
    "an encoding among the trailers": CHUNKED + IN_CHUNKS[:-2]
    + b"Transfer-Encoding: chunked\r\n\r\n",
    # Request lines.
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/1.2": GET.replace(b"HTTP/1.1", b"HTTP/1.2") + b"\r\n",
    "HTTP/2 without asking": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "two spaces": GET.replace(b"GET /livez", b"GET  /livez") + b"\r\n",
    "a tab for a space": GET.replace(b"GET /livez", b"GET\t/livez") + b"\r\n",
    "a space in the target": GET.replace(b"/livez", b"/livez x") + b"\r\n",
    "a fragment": GET.replace(b"/livez", b"/livez#x") + b"\r\n",
    "a zero byte in the target": GET.replace(b"/livez", b"/livez\x00") + b"\r\n",
    "a target beyond ASCII": GET.replace(b"/livez", "/lïvez".encode()) + b"\r\n",
    "CONNECT": b"CONNECT example.org:443 HTTP/1.1\r\nHost: example.org:443\r\n\r\n",
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
}

# Requests that are answered with a status, after which the connection goes on. The request behind
# each is a second one.
TAKEN = {
    "a body in chunks": (CHUNKED + IN_CHUNKS, 200),
    "a chunk extension": (CHUNKED + b'11;a="b"\r\n' + DRY + b"\r\n0\r\n\r\n", 200),
    "Chunked in other letters": (encoded(b"cHuNkEd"), 200),
    "spaces around a length": (of_length(b" \t 17 \t "), 200),
    "leading zeros of a length": (of_length(b"0017"), 200),
    "an empty line before the request": (b"\r\n" + of_length(b"17"), 200),
    "the whole URL": (GET.replace(b"/livez", b"http://a/livez") + b"\r\n", 200),
    "a method in small letters": (GET.replace(b"GET", b"get") + b"\r\n", 405),
    "a method that nobody has": (GET.replace(b"GET", b"BREW") + b"\r\n", 405),
    "credentials and a host among the trailers": (
        CHUNKED + IN_CHUNKS[:-2] + b"Authorization: Bearer x\r\nHost: b\r\nX-Request-Id: "
                                   b"trailer\r\n\r\n", 200),
}


class RequestShapes(Scenario):
    def setUp(self):
        super().setUp()
        sim = self.start_sim("signal")
        self.server = self.make_server(self.open_database(), [sim.provider("signal")])
        self.server.start()

    def converse(self, sent, then_end=False):
        """Everything that is answered until the server closes, by itself or because the client has
        said that there is no more."""
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall(sent)
            if then_end:
                connection.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
            return answer

    def only_answer(self, answers):
        head, _, body = answers.partition(b"\r\n\r\n")
        self.assertEqual(answers.count(b"HTTP/1.1 "), 1, answers)
        self.assertRegex(head, rb"^HTTP/1\.1 400 ")
        self.assertRegex(head, rb"\r\nConnection: close(\r\n|$)")
        self.assertRegex(head, rb"\r\nContent-Length: %d(\r\n|$)" % len(body))
        return json.loads(body)

    def test_what_can_be_read_in_two_ways_is_refused_and_the_connection_closed(self):
        for name, sent in REFUSED.items():
            with self.subTest(name):
                problem = self.only_answer(self.converse(sent + HIDDEN))
                self.assertEqual(problem["code"], "bad_request")
                self.assertNotEqual(problem["request_id"], "hidden")

    def test_what_only_looks_strange_is_answered_and_the_connection_goes_on(self):
        for name, (sent, status) in TAKEN.items():
            with self.subTest(name):
                answers = self.converse(sent + HIDDEN, then_end=True).split(b"HTTP/1.1 ")[1:]
                self.assertEqual(len(answers), 2, answers)
                self.assertTrue(answers[0].startswith(b"%d " % status), answers[0])
                self.assertNotIn(b"X-Request-Id: trailer", answers[0])
                self.assertTrue(answers[1].startswith(b"200 "), answers[1])
                self.assertIn(b"X-Request-Id: hidden", answers[1])

    def test_http_1_0_needs_no_host(self):
        for sent in (b"GET /livez HTTP/1.0\r\n\r\n", b"GET http://a/livez HTTP/1.0\r\n\r\n"):
            self.assertRegex(self.converse(sent), rb"^HTTP/1\.[01] 200 ")

    def test_each_shape_cut_at_each_byte_harms_nobody(self):
        """A client that goes away is no request, and never one that succeeds."""
        for name, sent in REFUSED.items():
            with self.subTest(name):
                for end in range(1, len(sent), 7):
                    self.assertNotRegex(self.converse(sent[:end], then_end=True),
                                        rb"^HTTP/1\.1 [^4]")
        self.assertEqual(self.server.request("GET", "/livez").status, 200)


if __name__ == "__main__":
    unittest.main()
