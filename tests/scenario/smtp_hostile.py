"""Clients of SMTP that mean no good, or are mended by nobody. After each dialogue the server works,
holds no memory of it, and has stored nothing that was not said in plain words."""

import base64
import socket
import unittest

from harness import wait_until
from smtp_client import Refused, SmtpClient
from smtp_fixture import WithMail, mail_text

SMUGGLED = ("MAIL FROM:<evil@x>\r\nRCPT TO:<alerts@x>\r\nDATA\r\n"
            "Subject: smuggled\r\n\r\nsmuggled\r\n.\r\n")


CUT = "(the mail has more parts or headers than are read; its end is cut)"


def crlf(text):
    return text.replace("\n", "\r\n")


class Hostile(WithMail):
    def smtp_section(self):
        return {"idle_timeout": "5s", "max_held": "8MiB", "max_size": "2MiB",
                "max_connections_per_address": 60}

    def setUp(self):
        super().setUp()
        self.honest = self.session()

    def tearDown(self):
        """The server is as it was before."""
        with SmtpClient(self.port) as client:
            client.hello()
            client.mail(mail_text("Honest mail"))
        self.wait_for("Honest mail")
        self.assertEqual([one for one in self.arrived() if "smuggled" in one], [])
        wait_until(lambda: self.figures()["held_bytes"] == 0, 10, "no memory is held")
        self.assertNotIn("exception", self.server.process.errors())

    def refuse_content(self, content, code=554):
        client = self.session()
        client.begin()
        client.send(content)
        client.expect(code)
        client.ask("QUIT", 221)

    # ---- smuggling: the end of a mail is CRLF . CRLF and nothing else --------------------------

    def test_01_a_header_behind_a_bare_line_feed(self):
        self.refuse_content(b"Subject: x\nSubject: smuggled\r\n\r\nx\r\n.\r\n")

    def smuggle(self, end):
        """The client means one mail, whose end comes last; `end` must be none."""
        client = self.session()
        client.begin()
        inner = ("MAIL FROM:<evil@x>\r\nRCPT TO:<alerts@x>\r\nDATA\r\n"
                 "Subject: smuggled\r\n\r\nsmuggled")
        client.send("Subject: outer\r\n\r\nx" + end + inner + "\r\n.\r\n")
        client.expect(554)
        client.ask("NOOP", 250)

    def test_02_line_feed_dot_crlf(self):
        self.smuggle("\n.\r\n")

    def test_03_crlf_dot_line_feed(self):
        self.smuggle("\r\n.\n")

    def test_04_line_feed_dot_line_feed(self):
        self.smuggle("\n.\n")

    def test_05_carriage_return_dot_carriage_return(self):
        self.smuggle("\r.\r")

    def test_06_carriage_return_dot_crlf(self):
        self.smuggle("\r.\r\n")

    def test_07_crlf_dot_carriage_return(self):
        self.smuggle("\r\n.\r")

    def test_08_crlf_dot_cr_cr_lf(self):
        self.smuggle("\r\n.\r\r\n")

    def test_09_nul_beside_the_dot(self):
        self.smuggle("\r\n\0.\r\n")

    # ---- commands --------------------------------------------------------------------------------

    def expect_end(self, data, *codes):
        client = self.connect()
        client.send(data)
        client.expect(*codes)
        self.assertTrue(client.closed())

    def test_10_commands_that_end_with_a_bare_line_feed(self):
        self.expect_end("EHLO x\nMAIL FROM:<a@b>\nRCPT TO:<alerts@x>\nDATA\n", 500)

    def test_11_commands_that_end_with_a_bare_carriage_return(self):
        self.expect_end("EHLO x\rQUIT\r", 500)

    def test_12_a_whole_dialogue_without_waiting(self):
        self.expect_end("EHLO x\r\n" + SMUGGLED, 554)

    def test_13_the_mail_together_with_data(self):
        client = self.session()
        client.send("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\nDATA\r\nSubject: smuggled\r\n\r\n"
                    "smuggled\r\n.\r\n")
        client.expect(250, 250, 554)
        self.assertTrue(client.closed())

    def test_14_the_mail_together_with_data_that_is_refused(self):
        """Its lines would be commands."""
        client = self.session()
        client.send("MAIL FROM:<a@b>\r\nRCPT TO:<nobody@x>\r\nDATA\r\n" + SMUGGLED)
        client.expect(250, 550, 554)
        self.assertTrue(client.closed())

    def test_15_a_command_without_an_end(self):
        client = self.connect()
        client.send(b"E" * 1_000_000)
        client.expect(500)
        client.close()

    def test_16_a_login_without_an_end(self):
        client = self.session()
        client.send("AUTH PLAIN " + "A" * 100_000)
        client.expect(500)

    def test_17_nul_in_commands(self):
        client = self.session()
        client.ask(b"MAIL FROM:<a\0b@c>\r\n", 500)
        client.ask(b"MAIL FROM:<a@c>\0\r\n", 500)
        client.ask(b"\0\r\n", 500)

    def test_18_addresses_that_are_none(self):
        client = self.session()
        for address in ("<a@b", "a@b>", "<<a@b>>", "<a@b><c@d>", "<a b@c>", "<@:a@b>",
                        "<" + "a" * 65 + "@b>", '<"a@b>', "<a@b>,<c@d>", "<a@b..c>",
                        "<a@b\t>"):
            client.ask(f"MAIL FROM:{address}", 501 if "\t" not in address else 500)

    def test_19_commands_in_a_wrong_order(self):
        client = self.connect()
        for command in ("RCPT TO:<alerts@x>", "DATA", "MAIL FROM:<a@b>", "AUTH PLAIN"):
            client.ask(command, 503)
        client.hello()
        client.ask("DATA", 503)
        client.ask("MAIL FROM:<a@b>", 250)
        client.ask("AUTH PLAIN", 503)
        client.ask("DATA", 554)

    def test_20_nonsense_for_ever(self):
        client = self.connect()
        client.send("FOO\r\n" * 1_000)
        client.expect(*[500] * 20, 421)
        self.assertTrue(client.closed())

    def test_21_commands_that_do_nothing_for_ever(self):
        client = self.session()
        client.send("NOOP\r\n" * 1_000)
        client.expect(*[250] * 99, 421)
        self.assertTrue(client.closed())

    def test_22_a_search_for_recipients(self):
        client = self.session()
        client.ask("VRFY alerts", 252)
        client.ask("EXPN all", 502)
        client.ask("MAIL FROM:<a@b>", 250)
        client.send("".join(f"RCPT TO:<name{n}@x>\r\n" for n in range(100)))
        client.expect(*[550] * 19, 421)

    def test_23_a_web_page_that_sends_mail(self):
        for verb in ("POST / HTTP/1.1", "GET / HTTP/1.1", "CONNECT x:25 HTTP/1.1"):
            self.expect_end(f"{verb}\r\nHost: x\r\n\r\nEHLO x\r\n" + SMUGGLED, 554)

    def test_24_a_client_that_speaks_tls_to_a_plain_port(self):
        client = self.connect()
        client.send(bytes.fromhex("16030100eb010000e70303") + b"\x00\n\r" + bytes(100))
        self.assertEqual(client.reply(), 500)

    # ---- logins --------------------------------------------------------------------------------

    def test_25_a_login_before_tls_where_others_listen(self):
        """On this machine a key is private; where it is not, the dialogue's tests have it."""
        client = self.session()
        client.ask("AUTH CRAM-MD5", 504)
        client.ask("AUTH PLAIN ====", 501)
        client.ask("AUTH PLAIN " + base64.b64encode(b"\0" * 300).decode(), 501)
        client.ask("AUTH LOGIN", 334)
        client.ask("*", 501)
        client.ask("MAIL FROM:<a@b>", 250)

    # ---- mails ---------------------------------------------------------------------------------

    def test_26_long_lines(self):
        self.refuse_content("Subject: x\r\n\r\n" + "x" * 65_537 + "\r\n.\r\n")
        client = self.session()
        client.mail(mail_text("A line of 64 KiB", "x" * 65_536))
        self.wait_for("A line of 64 KiB")

    def test_27_nul_in_a_mail(self):
        self.refuse_content(b"Subject: x\r\n\r\nx\0y\r\n.\r\n")

    def test_28_a_charset_that_is_wrong_or_unknown(self):
        client = self.session()
        for number, (charset, body) in enumerate((
                ("utf-8", b"\xff\xfe broken"), ("klingon", b"\xe4 unknown"),
                ("utf-16", b"x\xd8y odd"), ("us-ascii", b"\xe4 eight bits"))):
            client.begin()
            client.send(f"Subject: charset {number}\r\nContent-Type: text/plain; "
                        f"charset={charset}\r\n\r\n".encode() + body + b"\r\n.\r\n")
            client.expect(250)
            self.wait_for(f"charset {number}")

    def test_29_a_mail_of_a_thousand_nested_parts(self):
        parts = "".join(f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'
                        for n in range(1_000))
        client = self.session()
        client.begin()
        client.send("Subject: nested\r\nMIME-Version: 1.0\r\n" + parts
                    + "Content-Type: text/plain\r\n\r\ndeep\r\n.\r\n")
        client.expect(250)
        # It is read to its innermost part, whose depth is below the limit.
        self.assertEqual(self.wait_for("nested"), "nested\ndeep")

    def test_30_a_mail_of_ten_thousand_parts_side_by_side(self):
        part = "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"
        client = self.session()
        client.begin()
        client.send('Subject: wide\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; '
                    'boundary="b"\r\n\r\n' + part * 10_000 + "--b--\r\n.\r\n")
        client.expect(250)
        # The last line is one boundary too many.
        self.assertIn(CUT, self.wait_for("wide"))

    def test_31_a_mail_that_goes_round_in_circles(self):
        client = self.session()
        hops = "".join(f"Received: from a by b; {n}\n" for n in range(200))
        answer = client.mail(hops + mail_text("Round and round"), code=554)
        self.assertIn("5.4.6", answer)

    def test_32_no_headers_no_body_nothing(self):
        client = self.session()
        for content in ("\r\n.\r\n", ".\r\n", "\r\n\r\n\r\n.\r\n", "no header at all\r\n.\r\n"):
            client.begin()
            client.send(content)
            client.expect(250)
            self.wait_for("no header" if content.startswith("no") else "a mail without a text")
        self.assertEqual(self.stored(""), 4)

    def test_33_headers_without_an_end(self):
        client = self.session()
        client.begin()
        client.send("".join(f"X-{n}: {'y' * 60}\r\n" for n in range(20_000)) + "\r\n.\r\n")
        client.expect(250)
        self.wait_for(CUT)

    def test_34_a_hundred_recipients_and_one_more(self):
        client = self.session()
        client.ask("MAIL FROM:<a@b>", 250)
        client.send("".join(f"RCPT TO:<user+{n}@x>\r\n" for n in range(1, 102)))
        client.expect(*[250] * 100, 452)
        client.ask("RSET", 250)

    def test_35_a_mail_that_is_larger_than_it_said(self):
        client = self.session()
        client.ask("MAIL FROM:<a@b> SIZE=10", 250)
        client.ask("RCPT TO:<alerts@x>", 250)
        client.ask("DATA", 354)
        client.send(crlf(mail_text("Larger than said", "x" * 1_000)) + ".\r\n")
        client.expect(250)
        self.wait_for("Larger than said")

    def test_36_a_mail_without_an_end(self):
        client = self.session()
        client.begin()
        with self.assertRaises((OSError, Refused)):
            for _ in range(200):
                client.send(b"x" * 998 + b"\r\n" + b"y" * 65_000 + b"\r\n")
            client.expect(552)
            # The server reads at most 16 MiB more, for the reply to be read.
            for _ in range(10):
                client.send(b"more" * 1_000_000)
            client.line()

    def test_37_many_large_mails_at_once(self):
        """Their sum is limited, not only each of them."""
        clients = [self.session() for _ in range(8)]
        for client in clients:
            client.begin()
            client.send(b"Subject: large\r\n\r\n" + b"z" * 60_000 + b"\r\n")
        block = (b"x" * 998 + b"\r\n") * 1_800
        for client in clients:
            client.send(block)
        for client in clients:
            client.send(b".\r\n")
        codes = sorted(client.reply() for client in clients)
        self.assertEqual(set(codes), {250, 452}, codes)
        self.assertGreater(self.figures()["refused"]["no_room"], 0)

    def test_38_a_connection_that_ends_in_the_middle(self):
        for upto in ("EHLO x", "MAIL FROM:<a", "DATA", "Subject: smug"):
            client = self.session()
            for line in ("EHLO x", "MAIL FROM:<a@b>", "RCPT TO:<alerts@x>", "DATA",
                         "Subject: smuggled"):
                if line.startswith(upto[:6]):
                    client.send(upto)
                    break
                client.ask(line, 354 if line == "DATA" else 250)
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
        wait_until(lambda: self.figures()["connections"] <= 1, 10, "they have gone")

    def test_39_a_byte_at_a_time(self):
        client = self.session()
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part, code in (("MAIL FROM:<a@b>\r\n", 250), ("RCPT TO:<alerts@x>\r\n", 250),
                           ("DATA\r\n", 354), (crlf(mail_text("Byte by byte")) + ".\r\n", 250)):
            for one in part:
                client.send(one)
            client.expect(code)
        self.wait_for("Byte by byte")

    def test_40_a_client_that_reads_nothing(self):
        client = self.session()
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with self.assertRaises(OSError):
            client.socket.settimeout(3)
            for _ in range(1_000):
                client.send("HELP\r\n" * 10_000)


if __name__ == "__main__":
    unittest.main()
