"""Providers that are called through an HTTP proxy: one with credentials, and one of a provider. A
proxy of our own knows the names that the test invents; tinyproxy is a real one.
"""

import os
import socket
import unittest

from channels import CHANNELS, SECRETS, start_channels
from connect_proxy import ConnectProxy
from harness import Process, Scenario, free_port, wait_until

TWILIO, = (channel for channel in CHANNELS if channel.name == "twilio")
KANNEL, = (channel for channel in CHANNELS if channel.name == "kannel")
PASSWORD = "proxy-password-0f1e2d3c"
TINYPROXY = os.environ.get("TINYPROXY", "")


class HttpProxy(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = start_channels(self, [TWILIO, KANNEL])
        self.hosts = {"twilio.example:80": ("127.0.0.1", self.sim.ports["twilio"])}
        self.proxy = self.start_proxy()

    def start_proxy(self):
        proxy = ConnectProxy(self.hosts, f"postrider:{PASSWORD}")
        self.stack.callback(proxy.close)
        return proxy

    def start(self, port=None, **keys):
        self.database = self.open_database()
        self.server = self.make_server(
            self.database,
            [TWILIO.provider(self.sim, priority=1, **{"url": "http://twilio.example", **keys}),
             KANNEL.provider(self.sim, priority=2)],
            messaging={"default_provider_type": "sms", "retry_delay": "1s"},
            http_proxy={"url": f"http://127.0.0.1:{port or self.proxy.port}",
                        "username": "postrider", "password_env": "PROXY_PASSWORD"})
        self.server.environment.update(SECRETS)
        # The environment's own proxy is nobody's wish.
        self.server.environment.update(
            {"PROXY_PASSWORD": PASSWORD, "http_proxy": "http://127.0.0.1:1",
             "https_proxy": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1"})
        self.server.start()

    def provider_of(self, number):
        message = self.server.wait_for_end(self.server.send(1, f"+1555{number:07}", "hello"), 15)
        self.assertEqual(message["status"], "success", message)
        return [(one["provider"], one["error_code"])
                for one in message["recipients"][0]["transactions"]]

    def test_calls_go_through_the_proxy_and_those_to_this_machine_do_not(self):
        self.start()
        self.assertEqual(self.provider_of(1), [("twilio", None)])
        self.assertEqual(self.proxy.asked, ["CONNECT twilio.example:80"])
        # Kannel is on this machine, which is in no_proxy unless somebody says otherwise.
        self.server.request("PATCH", "/v1/providers/twilio", {"active": False})
        self.assertEqual(self.provider_of(2), [("kannel", None)])
        self.assertEqual(len(self.proxy.asked), 1)
        self.server.request("PATCH", "/v1/providers/twilio", {"active": True})
        trial = self.server.request("POST", "/v1/providers/twilio/test",
                                    {"recipient": "+15550000003"}).json
        self.assertEqual(trial["outcome"], "accepted", trial)
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)
        self.assertNotIn(PASSWORD, self.server.process.errors())

    def test_a_proxy_that_does_not_make_the_connection_leaves_it_to_the_next_provider(self):
        self.start()
        del self.hosts["twilio.example:80"]
        self.assertEqual(self.provider_of(1), [("twilio", "unavailable"), ("kannel", None)])
        self.assert_stops(self.server)

    def test_a_proxy_that_refuses_its_credentials_holds_the_provider(self):
        self.start()
        self.proxy.credentials = "postrider:another"
        self.assertEqual(self.provider_of(1), [("twilio", "misconfigured"), ("kannel", None)])
        circuit = self.server.request("GET", "/v1/providers/twilio").json["circuit"]
        self.assertTrue(circuit["held"])
        self.assertIn("407", circuit["reason"])
        warning = next(one for one in self.server.request("GET", "/readyz").json["warnings"]
                       if "twilio" in one)
        self.assertIn("tried again in 30 min", warning)
        self.assert_stops(self.server)

    def test_a_provider_has_its_own_proxy_and_a_reload_takes_it_away(self):
        own = ConnectProxy(self.hosts)
        self.stack.callback(own.close)
        self.start(proxy={"url": f"http://127.0.0.1:{own.port}"})
        self.assertEqual(self.provider_of(1), [("twilio", None)])
        self.assertEqual((len(own.asked), self.proxy.asked), (1, []))
        self.server.configure([TWILIO.provider(self.sim, url="http://twilio.example")])
        self.assertIn("changed: twilio", self.server.reload())
        wait_until(lambda: self.provider_of(2) == [("twilio", None)], 5, "it is called again")
        self.assertEqual((len(own.asked), len(self.proxy.asked)), (1, 1))
        self.assert_stops(self.server)

    def start_tinyproxy(self, password):
        port = free_port()
        log = os.path.join(self.folder, "tinyproxy.log")
        config = os.path.join(self.folder, "tinyproxy.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(f"Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nTimeout 60\n"
                       f"MaxClients 20\nLogFile \"{log}\"\nLogLevel Connect\n"
                       f"BasicAuth postrider {password}\n")
        process = Process([TINYPROXY, "-d", "-c", config], os.path.join(self.folder, "tinyproxy"))
        self.stack.callback(process.kill)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        wait_until(listens, 10, "tinyproxy listens")
        return port, log

    @unittest.skipUnless(TINYPROXY, "tinyproxy is missing: tools/setup.sh --tests")
    def test_tinyproxy_makes_the_connections(self):
        port, log = self.start_tinyproxy(PASSWORD)
        twilio = f"127.0.0.1:{self.sim.ports['twilio']}"
        keys = {"url": f"http://{twilio}", "proxy": {
            "url": f"http://127.0.0.1:{port}", "username": "postrider",
            "password_env": "PROXY_PASSWORD", "no_proxy": ""}}
        self.start(port, **keys)
        self.assertEqual(self.provider_of(1), [("twilio", None)])
        with open(log, encoding="utf-8") as lines:
            self.assertIn(f"CONNECT {twilio}", lines.read())
        self.assert_stops(self.server)

    @unittest.skipUnless(TINYPROXY, "tinyproxy is missing: tools/setup.sh --tests")
    def test_tinyproxy_refuses_other_credentials(self):
        port, _ = self.start_tinyproxy("another")
        self.start(port)
        self.assertEqual(self.provider_of(1), [("twilio", "misconfigured"), ("kannel", None)])
        self.assertTrue(self.server.request("GET", "/v1/providers/twilio").json["circuit"]["held"])
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
