"""Mail that comes in by SMTP: addresses, keys, TLS, the local socket, and what operators see.

smtp_hostile.py has clients that mean no good, smtp_faults.py crashes and outages,
tests/peers/mail_in.py the programs that send mail.
"""

import base64
import os
import smtplib
import stat
import subprocess
import threading
import unittest

from harness import http_request, wait_until
from smtp_fixture import WithMail, WithMailByTls, mail_text, make_certificate, trusting
from way_in_fixture import NUMBER, OTHER

NOBODY = 65534


class Addresses(WithMail):
    def test_a_mail_becomes_a_message(self):
        client = self.session()
        answer = client.mail(mail_text("Backup failed", message_id="1"))
        self.assertIn("stored as", answer)
        self.assertEqual(self.wait_for("Backup failed"), "Backup failed\nThe disk is full.")
        message = answer.split()[-1]
        wait_until(lambda: self.server.message(message)["status"] == "success", 30, "its outcome")

    def test_python_sends_as_it_always_does(self):
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            client.sendmail("a@b.example", ["alerts@x", "user+8@x"],
                            mail_text("From smtplib", message_id="2"))
        self.wait_for("From smtplib")
        self.wait_for("From smtplib", OTHER)

    def test_an_address_is_a_source_or_a_user(self):
        client = self.session()
        client.ask("MAIL FROM:<>", 250)
        for address, code, word in (
                ("alerts@anything", 250, ""), ("ALERTS", 250, ""), ("user+8@x", 250, ""),
                ("nobody@x", 550, "[[source]] of type"), ("hook@x", 550, "takes no mail"),
                ("user+x@x", 550, "user+NUMBER"), ("postmaster", 550, "postmaster")):
            self.assertIn(word, client.ask(f"RCPT TO:<{address}>", code))
        client.ask("DATA", 354)
        client.ask(mail_text("To both").replace("\n", "\r\n") + ".", 250)
        # Once, although two addresses stand for the source.
        self.wait_for("To both")
        self.wait_for("To both", OTHER)
        self.assertEqual(sum(self.arrived().values()), 1)

    def test_a_recipient_without_a_provider_keeps_no_other_from_the_mail(self):
        client = self.session()
        text = mail_text("For those who can", message_id="5")
        self.assertIn("not for user:99: no provider",
                      client.mail(text, "alerts@x", "user+99@x", "user+8@x"))
        self.wait_for("For those who can")
        self.wait_for("For those who can", OTHER)
        self.assertIn("stored before as", client.mail(text, "alerts@x", "user+99@x", "user+8@x"))
        self.assertIn("4.3.5", client.mail(text, "user+99@x", code=451))

    def test_many_mails_on_one_connection_and_commands_in_one_packet(self):
        client = self.session()
        for number in range(20):
            client.send("MAIL FROM:<a@b>\r\nRCPT TO:<alerts@x>\r\nRCPT TO:<user+8@x>\r\nDATA\r\n")
            client.expect(250, 250, 250, 354)
            client.send(mail_text(f"Number {number}.").replace("\n", "\r\n") + ".\r\n")
            client.expect(250)
        client.ask("QUIT", 221)
        self.assertTrue(client.closed())
        for number in range(20):
            self.wait_for(f"Number {number}.")
        self.assertEqual(self.figures()["mails"]["stored"], 20)

    def test_the_same_mail_again_is_the_same_message(self):
        for code in ("stored as", "stored before as"):
            self.assertIn(code, self.session().mail(mail_text("Twice", message_id="3"), "pair@x"))
        # Another recipient of it is another message.
        self.assertIn("stored as", self.session().mail(mail_text("Twice", message_id="3")))
        self.wait_for("Twice")
        self.wait_for("Twice", OTHER)
        self.assertEqual(self.stored("Twice"), 3)

    def test_a_source_shows_its_last_mails_and_the_metrics_count_them(self):
        client = self.session()
        client.mail(mail_text("Shown", message_id="4"))
        client.mail(mail_text("Shown", message_id="4"))
        first, second = self.requests()[1], self.requests()[0]
        self.assertEqual((first["method"], first["target"]), ("MAIL", "alerts@anything"))
        self.assertEqual((first["status"], first["result"]), (250, "stored"))
        self.assertEqual(second["result"], "repeated")
        self.assertEqual(first["messages"], second["messages"])
        self.assertIn("Subject: Shown", first["body"])
        metrics = http_request(self.server.port, "GET", "/metrics").body.decode()
        self.assertIn('postrider_source_requests_total{source="alerts",source_type="mail",'
                      'result="repeated"} 1', metrics)
        self.assertIn('postrider_smtp_mails_total{result="stored"} 1', metrics)
        self.assertIn("postrider_smtp_connections 1", metrics)
        self.assertEqual(self.figures()["held_bytes"], 0)
        # Mail to users has one history.
        client.mail(mail_text("To a user"), "user+8@x")
        self.assertEqual([(one["target"], one["result"]) for one in self.requests("user+")],
                         [("user+8@x", "stored")])
        metrics = http_request(self.server.port, "GET", "/metrics").body.decode()
        self.assertIn('postrider_source_requests_total{source="user+",source_type="mail",'
                      'result="stored"} 1', metrics)

    def test_a_drained_server_and_one_that_stops(self):
        client, late = self.session(), self.session()
        self.server.request("POST", "/admin/drain")
        self.assertIn("operator", client.ask("MAIL FROM:<a@b>", 421))
        self.server.request("POST", "/admin/resume")
        client = self.session()
        late.begin()
        stopping = threading.Thread(target=self.server.stop)
        stopping.start()
        # The idle one is told at once, the other may end its mail.
        self.assertEqual(client.reply(), 421)
        self.assertTrue(client.closed())
        late.send(mail_text("At the last moment").replace("\n", "\r\n") + ".\r\n")
        late.expect(250, 421)
        self.assertTrue(late.closed())
        stopping.join(40)
        self.assertFalse(self.server.process.running())
        self.server.start()
        self.wait_for("At the last moment")


class Postmaster(WithMail):
    def smtp_section(self):
        return {"postmaster": "alerts"}

    def test_postmaster_has_a_source(self):
        self.session().mail(mail_text("To the postmaster"), "Postmaster")
        self.wait_for("To the postmaster")

    def test_a_reload_changes_sources_and_not_the_server(self):
        client = self.session()
        client.ask("MAIL FROM:<a@b>", 250)
        client.ask("RCPT TO:<new@x>", 550)
        self.server.sections["source"].append({"name": "new", "type": "mail", "to": ["user:8"]})
        self.server.configure([self.sim.provider("signal")])
        self.server.reload()
        client.ask("RCPT TO:<new@x>", 250)
        self.assertNotIn("restart it", self.server.process.errors())
        self.server.sections["smtp"]["max_size"] = "1MiB"
        self.server.configure([self.sim.provider("signal")])
        self.server.reload()
        self.assertIn("restart it for smtp.max_size", self.server.process.errors())


class Limits(WithMail):
    def smtp_section(self):
        return {"max_size": "64KiB", "max_held": "1MiB", "max_connections": 6,
                "max_connections_per_address": 4, "idle_timeout": "2s",
                "transaction_timeout": "4s"}

    def test_a_large_mail_is_refused_by_its_word_and_by_its_bytes(self):
        client = self.session()
        self.assertIn("max_size", client.ask("MAIL FROM:<a@b> SIZE=65537", 552))
        client.mail(mail_text("Large", "x" * 70_000), code=554)  # One line.
        self.assertIn("max_size", client.mail(mail_text("Large", "x\n" * 40_000), code=552))
        client.mail(mail_text("Small enough", "x\n" * 10_000), code=250)
        self.wait_for("Small enough")

    def test_connections_have_a_limit(self):
        clients = [self.session() for _ in range(4)]
        refused = self.connect(greeting=421)
        self.assertIn("this address", refused.text)
        self.assertTrue(refused.closed())
        clients.pop().close()
        wait_until(lambda: self.figures()["connections"] < 4, 10, "a place is free")
        self.session()
        self.assertEqual(self.figures()["refused"]["connections_per_address"], 1)
        for _ in range(2):
            clients.append(self.connect(source="127.0.0.2"))
        self.assertIn("this server", self.connect(source="127.0.0.2", greeting=421).text)
        self.assertEqual(self.figures()["refused"]["connections"], 1)

    def test_a_client_that_says_nothing_is_told_to_go(self):
        idle, slow = self.session(), self.session()
        slow.begin()

        # A byte from time to time does not make the time of a mail longer.
        def told_to_go():
            slow.send("x")
            slow.socket.settimeout(0.2)
            try:
                return slow.reply()
            except TimeoutError:
                return None
        self.assertEqual(wait_until(told_to_go, 30, "the slow one was told to go"), 421)
        idle.expect(421)
        for client in (idle, slow):
            self.assertIn("4.4.2 nothing came in time", client.text)
            self.assertTrue(client.closed())
        self.assertEqual(self.figures()["refused"]["timeout"], 2)


class LocalSocket(WithMail):
    KEYS = True

    def smtp_section(self):
        self.path = os.path.join(self.folder, "mail.sock")
        return {"local_socket": self.path, "local_source": "alerts"}

    def test_all_mail_of_this_machine_goes_to_one_source(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o666)
        client = self.connect(self.path)
        self.assertNotIn("STARTTLS", client.hello())
        client.mail(mail_text("From cron"), "root", "someone@example.org", "user+8@x")
        self.wait_for("From cron")
        self.assertEqual(self.arrived(OTHER), {})
        # By TCP a key is needed.
        other = self.session()
        self.assertIn("AUTH", other.ask("MAIL FROM:<a@b>", 530))
        self.server.stop()
        self.assertFalse(os.path.exists(self.path))


class LocalUsers(WithMail):
    def smtp_section(self):
        self.path = os.path.join(self.folder, "mail.sock")
        return {"local_socket": self.path, "local_source": "alerts", "socket_mode": "0660",
                "max_connections_per_address": 2}

    @unittest.skipUnless(os.geteuid() == 0, "another user's connections need root")
    def test_a_user_cannot_use_up_the_connections_of_others(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o660)
        os.chmod(self.folder, 0o755)
        os.chown(self.path, NOBODY, NOBODY)
        script = ("import socket, sys\n"
                  "for _ in range(3):\n"
                  "    made = socket.socket(socket.AF_UNIX); made.connect(sys.argv[1])\n"
                  "    print(made.recv(1000).decode().split()[0], flush=True); made.detach()\n"
                  "sys.stdin.read()\n")
        other = subprocess.Popen(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
             "/usr/bin/python3", "-c", script, self.path],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with other:
            self.assertEqual([other.stdout.readline().strip() for _ in range(3)],
                             ["220", "220", "421"])
            # The server runs as root, who has places of its own.
            self.connect(self.path).ask("NOOP", 250)
            self.assertEqual(self.figures()["refused"]["connections_per_address"], 1)
            other.stdin.close()


class KeysAndTls(WithMailByTls):
    def test_starttls_and_a_login(self):
        client = self.connect()
        self.assertIn("STARTTLS", client.hello())
        client.start_tls(trusting(self.certificate))
        self.assertEqual(client.socket.version(), "TLSv1.3")
        client.ask("MAIL FROM:<a@b>", 503)
        self.assertNotIn("STARTTLS", client.hello())
        client.log_in(self.key)
        client.mail(mail_text("By STARTTLS"))
        self.wait_for("By STARTTLS")
        self.assertEqual(self.figures()["connections_encrypted"], 1)

    def test_tls_from_the_first_byte_on(self):
        with smtplib.SMTP_SSL("localhost", self.tls_port, timeout=30,
                              context=trusting(self.certificate)) as client:
            client.login("anybody", self.key)
            client.sendmail("a@b", ["alerts@x"], mail_text("By implicit TLS"))
        self.wait_for("By implicit TLS")

    def test_bytes_behind_starttls_are_refused(self):
        client = self.session()
        client.send("STARTTLS\r\nMAIL FROM:<a@b>\r\n")
        client.expect(554)
        self.assertTrue(client.closed())

    def test_keys(self):
        reader = self.make_key("reader", "--scope", "read")
        limited = self.make_key("limited", "--scope", "ingest", "--source", "pair")
        client = self.session()
        client.log_in("pr_" + "x" * 43, 535)
        # A server may see a new key a second later, and with it the one made before.
        wait_until(lambda: self.admitted(limited), 10, "the key is known")
        client.log_in(reader, 550)
        client.log_in(limited)
        client.ask("MAIL FROM:<a@b>", 250)
        self.assertIn("not for the source alerts", client.ask("RCPT TO:<alerts@x>", 550))
        client.ask("RCPT TO:<user+7@x>", 550)
        client.ask("RCPT TO:<pair@x>", 250)
        client.ask("RSET", 250)
        # A key that is revoked ends at the next mail.
        found = [one for one in self.server.request(
            "GET", "/v1/keys", None, self.admin()).json["data"] if one["name"] == "limited"]
        answer = self.server.request("DELETE", f"/v1/keys/{found[0]['id']}", None, self.admin())
        self.assertEqual(answer.status, 200, answer)
        client.ask("MAIL FROM:<a@b>", 530)
        self.assertNotIn(limited, self.server.process.errors())

    def admitted(self, key):
        client = self.session()
        client.ask("AUTH LOGIN eA==", 334)
        client.send(base64.b64encode(key.encode()).decode() + "\r\n")
        return client.reply() == 235

    def test_guesses_are_slow_after_a_hundred(self):
        guesses = 0
        while self.figures()["wrong_keys_held_back"] == 0:
            self.assertLess(guesses, 1_000)
            client = self.session()
            for _ in range(5):
                client.log_in("pr_" + "x" * 43, 535)
                guesses += 1
        self.assertGreater(guesses, 100)
        # A right key is not slow.
        held_back = self.figures()["wrong_keys_held_back"]
        self.session().log_in(self.key)
        self.assertEqual(self.figures()["wrong_keys_held_back"], held_back)

    def test_a_renewed_certificate_is_shown_after_a_reload(self):
        old = self.connect(self.tls_port, context=trusting(self.certificate))
        make_certificate(self.folder)
        self.server.reload()
        self.assertIn("of [smtp] get the certificate", self.server.process.errors())
        new = self.connect(self.tls_port, context=trusting(self.certificate))
        self.assertNotEqual(old.socket.getpeercert()["serialNumber"],
                            new.socket.getpeercert()["serialNumber"])
        old.ask("NOOP", 250)

    def test_a_test_key_sends_nothing(self):
        answer = self.server.request("POST", "/v1/keys", {
            "name": "test", "scopes": ["ingest"], "test": True}, self.admin())
        client = self.session()
        client.log_in(answer.json["key"])
        stored = client.mail(mail_text("A test")).split()[-1]
        message = self.server.request("GET", f"/v1/messages/{stored}", None, self.admin()).json
        self.assertTrue(message["test"])
        self.assertEqual(self.arrived(NUMBER), {})


if __name__ == "__main__":
    unittest.main()
