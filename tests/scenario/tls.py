"""HTTPS: TLS 1.2 and later only, a certificate that is renewed while the server works, and mistakes
in it that are told before anybody is refused. The certificates are made here, by openssl.
"""

import contextlib
import http.client
import os
import shutil
import socket
import ssl
import subprocess
import unittest
import warnings
import xml.etree.ElementTree

from harness import Scenario, wait_until

NUMBER = "+15551234567"


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


def make_certificate(folder, name, *options):
    """A certificate for 127.0.0.1 that has signed itself; its files."""
    certificate, key = (os.path.join(folder, name + end) for end in (".crt", ".key"))
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
            "-keyout", key, "-out", certificate, *options)
    os.chmod(key, 0o600)
    return certificate, key


class Tls(Scenario):
    def setUp(self):
        super().setUp()
        self.certificate, self.key = make_certificate(self.folder, "first")
        sim = self.start_sim("signal")
        self.server = self.make_server(self.open_database(), [sim.provider("signal")], http={
            "tls_certificate": self.certificate, "tls_key": self.key})
        self.trusted = self.certificate

    def start(self):
        self.server.launch()
        wait_until(lambda: self.answers() or self.server.must_run(), 20, "the server answers")

    def answers(self):
        try:
            return self.request("GET", "/readyz").status == 200
        except OSError:
            return False

    def context(self, version=None):
        context = ssl.create_default_context(cafile=self.trusted)
        if version is not None:
            # A version that the test cannot speak itself would prove nothing.
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            with warnings.catch_warnings():
                # That the old versions are deprecated is the point.
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = version
        return context

    def connect(self, version=None):
        connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=10,
                                                 context=self.context(version))
        self.stack.callback(connection.close)
        connection.connect()
        return connection

    def request(self, method, path, version=None):
        return self.ask(self.connect(version), method, path)

    @staticmethod
    def ask(connection, method, path):
        connection.request(method, path)
        answer = connection.getresponse()
        answer.read()
        return answer

    def shown(self):
        """The subject of the certificate that a new connection gets."""
        pem = ssl.get_server_certificate(("127.0.0.1", self.server.port), timeout=10)
        done = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=pem, text=True,
                              capture_output=True, check=True, timeout=60)
        return done.stdout.strip().replace("subject=", "").replace(" ", "")

    def renew(self, told):
        """SIGHUP; waits for the line that says what became of it."""
        before = self.server.process.errors().count(told)
        self.server.reload()
        wait_until(lambda: self.server.process.errors().count(told) > before, 10, told)

    def test_speaks_1_2_and_1_3_and_nothing_older(self):
        self.start()
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            self.assertEqual(self.request("GET", "/livez", version).status, 200)
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
            with self.subTest(version.name), self.assertRaisesRegex(ssl.SSLError, "(?i)version"):
                self.request("GET", "/livez", version)

    @unittest.skipUnless(shutil.which("sslscan"), "sslscan is missing: tools/setup.sh --tests")
    def test_sslscan_finds_no_old_protocol_and_no_weak_cipher(self):
        self.start()
        report = os.path.join(self.folder, "sslscan.xml")
        subprocess.run(["sslscan", f"--xml={report}", f"127.0.0.1:{self.server.port}"], check=True,
                       capture_output=True, timeout=120)
        found = xml.etree.ElementTree.parse(report).getroot().find("ssltest")
        enabled = {f"{one.get('type')} {one.get('version')}" for one in found.findall("protocol")
                   if one.get("enabled") == "1"}
        self.assertEqual(enabled, {"tls 1.2", "tls 1.3"})
        ciphers = found.findall("cipher")
        self.assertGreater(len(ciphers), 4)
        for one in ciphers:
            self.assertIn(one.get("strength"), ("strong", "acceptable"), one.attrib)
            self.assertGreaterEqual(int(one.get("bits")), 128)
            self.assertRegex(one.get("cipher"), "GCM|CHACHA20", one.attrib)
            self.assertTrue(one.get("sslversion") == "TLSv1.3"
                            or one.get("cipher").startswith("ECDHE-"), one.attrib)
        self.assertEqual(found.find("renegotiation").get("supported"), "0")
        self.assertEqual({one.get("vulnerable") for one in found.findall("heartbleed")}, {"0"})

    def test_many_requests_on_one_connection_and_a_long_body(self):
        self.start()
        connection = self.connect()
        for _ in range(50):
            self.assertEqual(self.ask(connection, "GET", "/livez").status, 200)
        body = b'{"user_id": 1, "message": "' + b"x" * 900_000 + b'"}'
        connection.request("POST", "/send/message", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        self.assertEqual(answer.status, 422, answer.read())
        answer.read()
        self.assertEqual(self.ask(connection, "GET", "/livez").status, 200)

    def test_the_end_of_a_connection_is_told(self):
        """Without close_notify nobody could tell an end from a cut."""
        self.start()
        raw = socket.create_connection(("127.0.0.1", self.server.port), timeout=10)
        with self.context().wrap_socket(raw, server_hostname="127.0.0.1",
                                        suppress_ragged_eofs=False) as connection:
            connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            answer = b""
            while chunk := connection.recv(65536):
                answer += chunk
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)

    def test_plain_http_is_told_where_it_is(self):
        self.start()
        answer = self.server.request("GET", "/livez")
        self.assertEqual(answer.status, 400, answer)
        self.assertIn("https://", answer.json["detail"])

    def test_a_handshake_that_does_not_end_is_ended(self):
        self.server.sections["http"]["header_timeout"] = "500ms"
        self.server.configure([])
        self.start()
        for sent in (b"", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                     b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00"):
            with socket.create_connection(("127.0.0.1", self.server.port),
                                          timeout=10) as connection:
                connection.sendall(sent)
                with contextlib.suppress(ConnectionResetError):
                    while connection.recv(65536):
                        pass
        self.assertEqual(self.request("GET", "/livez").status, 200)

    def test_a_renewed_certificate_is_shown_without_a_restart(self):
        self.start()
        before = self.connect()
        self.assertEqual(self.ask(before, "GET", "/livez").status, 200)
        self.assertEqual(self.shown(), "CN=first")
        for old, new in zip((self.certificate, self.key), make_certificate(self.folder, "second")):
            os.replace(new, old)
        self.assertEqual(self.shown(), "CN=first")
        self.renew("new connections get the certificate of")
        self.assertEqual(self.shown(), "CN=second")
        self.assertEqual(self.request("GET", "/livez").status, 200)
        # An older connection goes on.
        self.assertEqual(self.ask(before, "GET", "/livez").status, 200)
        # And what cannot be used changes nothing.
        shutil.copy(self.certificate, self.certificate + ".good")
        with open(self.certificate, "w", encoding="ascii") as file:
            file.write("-----BEGIN CERTIFICATE-----\nhalf of")
        self.renew(f"tls_certificate {self.certificate}: this is no certificate in PEM")
        self.assertIn("the certificate in force stays", self.server.process.errors())
        self.assertEqual(self.shown(), "CN=second")
        self.trusted = self.certificate + ".good"
        self.assertEqual(self.request("GET", "/livez").status, 200)
        self.assertEqual(self.server.stop()[0], 0)

    def test_a_certificate_that_cannot_be_used_stops_the_start(self):
        _, other_key = make_certificate(self.folder, "other")
        locked = os.path.join(self.folder, "locked.key")
        openssl("pkcs8", "-topk8", "-in", self.key, "-out", locked, "-passout", "pass:geheim")
        os.chmod(locked, 0o600)
        open_key = shutil.copy(self.key, os.path.join(self.folder, "open.key"))
        os.chmod(open_key, 0o644)
        no_key = shutil.copy(self.certificate, os.path.join(self.folder, "no.key"))
        os.chmod(no_key, 0o600)
        ended = self.ended_certificate()
        mistakes = {
            "no such file": ("/nowhere/server.crt", self.key,
                             ["tls_certificate /nowhere/server.crt", "No such file"]),
            "a folder": (self.folder, self.key, ["tls_certificate", "not a regular file"]),
            "no certificate": (self.key, self.key, ["tls_certificate", "no certificate in PEM"]),
            "an ended one": (ended, self.key, [f"tls_certificate {ended}", "has ended"]),
            "no key": (self.certificate, no_key, [f"tls_key {no_key}", "no key in PEM"]),
            "a key with a passphrase": (self.certificate, locked,
                                        [f"tls_key {locked}", "passphrase"]),
            "another's key": (self.certificate, other_key,
                              [f"tls_key {other_key}", "not the key of"]),
            "a key that all can read": (self.certificate, open_key,
                                        [f"tls_key {open_key}", "chmod o="]),
            "neither": (no_key + "x", open_key,
                        [f"tls_certificate {no_key}x", f"tls_key {open_key}", "chmod o="]),
            "a key without a certificate": ("", self.key,
                                            ["config.toml:", "tls_key", "without a certificate"]),
            "a certificate without a key": (self.certificate, "",
                                            ["config.toml:", "tls_certificate", "without a key"]),
        }
        for name, (certificate, key, expected) in mistakes.items():
            with self.subTest(name):
                self.server.sections["http"].update(tls_certificate=certificate, tls_key=key)
                self.server.configure([])
                self.server.launch()
                self.assertEqual(self.server.process.wait(20), 1)
                said = self.server.process.errors().splitlines()
                self.assertTrue(any(all(part in line for part in expected) for line in said), said)
                checked = self.server.command("check-config", "--config", self.server.config)
                self.assertEqual(checked.returncode, 1)
                for part in expected:
                    self.assertIn(part, checked.stderr)

    def ended_certificate(self):
        """openssl req knows no past; the tool of an authority does."""
        request, ended = (os.path.join(self.folder, "ended" + end) for end in (".csr", ".crt"))
        authority = os.path.join(self.folder, "authority.cnf")
        for name in ("index.txt", "serial"):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as file:
                file.write("01\n" if name == "serial" else "")
        with open(authority, "w", encoding="utf-8") as file:
            file.write(f"[ca]\ndefault_ca = own\n[own]\ndatabase = {self.folder}/index.txt\n"
                       f"serial = {self.folder}/serial\nnew_certs_dir = {self.folder}\n"
                       "default_md = sha256\npolicy = any\n[any]\ncommonName = supplied\n")
        openssl("req", "-new", "-key", self.key, "-subj", "/CN=ended", "-out", request)
        openssl("ca", "-batch", "-notext", "-config", authority, "-selfsign", "-keyfile", self.key,
                "-in", request, "-out", ended, "-startdate", "20200101000000Z",
                "-enddate", "20210101000000Z")
        return ended

    def test_the_commands_trust_whom_they_are_told_to(self):
        self.start()
        url = f"https://127.0.0.1:{self.server.port}"
        send = ["send", "--url", url, "--user", "1", "--to", NUMBER, "Dinner at eight?"]
        refused = self.server.command(*send)
        self.assertEqual(refused.returncode, 1, refused)
        self.assertIn("is not trusted", refused.stderr)
        self.assertIn("--ca-file", refused.stderr)
        done = self.server.command(*send, "--ca-file", self.trusted)
        self.assertEqual(done.returncode, 0, done)
        # With the configuration alone it knows that the server speaks HTTPS.
        done = self.server.command("send", "--config", self.server.config, "--ca-file",
                                   self.trusted,
                                   *send[3:])
        self.assertEqual(done.returncode, 0, done)
        # Trusted, and of another name.
        other = self.server.command("send", "--url", f"https://localhost:{self.server.port}",
                                    "--ca-file", self.trusted, *send[3:])
        self.assertEqual(other.returncode, 1, other)
        self.assertIn("--url https://NAME", other.stderr)
        file = os.path.join(self.folder, "lines.ndjson")
        with open(file, "w", encoding="utf-8") as lines:
            lines.write('{"user_id": 1, "recipients": ["%s"], "message": "Dinner?"}\n' % NUMBER)
        done = self.server.command("bulk", file, "--url", url, "--ca-file", self.trusted)
        self.assertEqual(done.returncode, 0, done)
        missing = self.server.command(*send, "--ca-file", "/nowhere/ca.pem")
        self.assertEqual(missing.returncode, 1, missing)
        self.assertIn("/nowhere/ca.pem", missing.stderr)


if __name__ == "__main__":
    unittest.main()
