"""A browser signs in: with a key, with the link of a server that has none, and on two servers. Each
change is in the audit of both.
"""

import json
import re
import subprocess
import unittest

from harness import Scenario, program, wait_until

PAGE = {"Sec-Fetch-Site": "same-origin"}


class SignIn(Scenario):
    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal")
        self.database = self.open_database()
        self.server = self.new_server()

    def new_server(self):
        return self.make_server(self.database, [self.sim.provider("signal")],
                                auth={"required": True})

    def make_key(self, name, *options):
        done = subprocess.run(
            [program("postrider"), "keys", "create", "--name", name, *options, "--config",
             self.server.config], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def sign_in(self, body, server=None):
        answer = (server or self.server).request("POST", "/ui/session", body, PAGE)
        if answer.status != 204:
            return answer, {}
        cookie = answer.headers["Set-Cookie"]
        self.assertRegex(cookie, "^postrider_session=[-_A-Za-z0-9]{43}; Path=/; HttpOnly; "
                                 "SameSite=Strict$")
        return answer, {**PAGE, "Cookie": cookie.split(";")[0]}

    def link(self):
        """The token that the server printed."""
        pattern = rf"http://127.0.0.1:{self.server.port}/ui/#link=(\S+)"
        return wait_until(lambda: re.search(pattern, self.server.process.output()), 10,
                          "the link was printed").group(1)

    def audit(self, headers, server=None, query=""):
        answer = (server or self.server).request("GET", "/v1/audit" + query, None, headers)
        self.assertEqual(answer.status, 200)
        return answer.json["data"]

    def test_a_server_without_keys_lets_one_person_in_by_its_link(self):
        self.server.start()
        token = self.link()
        self.assertEqual(self.sign_in({"link": token[:-1] + "_"})[0].status, 401)
        _, browser = self.sign_in({"link": token})
        self.assertEqual(self.sign_in({"link": token})[0].status, 401)
        shown = self.server.request("GET", "/ui/session", None, browser).json
        self.assertEqual((shown["name"], "admin" in shown["scopes"]), ("first sign-in", True))
        made = self.server.request("POST", "/v1/keys", {"name": "operator", "scopes": ["admin"]},
                                   browser)
        self.assertEqual(made.status, 201)
        listed = self.server.request("GET", "/v1/keys", None, browser).json["data"]
        first = next(key for key in listed if key["name"] == "first sign-in")
        self.assertIsNotNone(first["expires_at"])
        entries = [(one["who"], one["action"], one["status"]) for one in self.audit(browser)]
        self.assertEqual(entries, [("page:first sign-in", "POST /v1/keys", 201),
                                   ("page:first sign-in", "POST /ui/session", 204)])
        # The token is in no log and no entry, and the next start offers none.
        self.assertNotIn(token, self.server.process.errors())
        self.assertNotIn(token, json.dumps(self.audit(browser)))
        self.assert_stops(self.server)
        self.server.start()
        operator = {"Authorization": "Bearer " + made.json["key"]}
        self.assertEqual(self.server.request("GET", "/ui/session", None, operator).status, 200)
        self.assertEqual(self.server.process.output().count("#link="), 1)
        # A session outlives a restart.
        self.assertEqual(self.server.request("GET", "/ui/session", None, browser).status, 200)
        self.assert_stops(self.server)

    def test_a_session_ends_with_its_key_everywhere(self):
        key = self.make_key("operator", "--scope", "admin")
        root = {"Authorization": "Bearer " + self.make_key("root", "--scope", "admin")}
        self.server.start()
        _, browser = self.sign_in({"key": key})
        servers = [self.server]
        if self.wants_mysql():
            servers.append(self.new_server())
            servers[1].start()
        for server in servers:
            wait_until(lambda: server.request("GET", "/ui/session", None, browser).status == 200,
                       20, "the session is known")
        # The cookie alone changes nothing.
        cookie = {"Cookie": browser["Cookie"]}
        refused = self.server.request("POST", "/admin/drain", None, cookie)
        self.assertEqual((refused.status, refused.json["code"]), (403, "forbidden"))
        listed = self.server.request("GET", "/v1/keys", None, browser).json["data"]
        number = next(one["id"] for one in listed if one["name"] == "operator")
        self.assertEqual(
            self.server.request("DELETE", f"/v1/keys/{number}", None, root).status, 200)
        self.assertEqual(self.server.request("GET", "/ui/session", None, browser).status, 401)
        for server in servers:
            wait_until(lambda: server.request("GET", "/ui/session", None, browser).status == 401,
                       20, "the session has ended")
            entry = self.audit(root, server)[0]
            self.assertEqual((entry["who"], entry["action"], entry["target"]),
                             ("key:root", "DELETE /v1/keys/{id}", str(number)))
            self.assertEqual(len(self.audit(root, server, "?who=page:operator")), 1)
        for server in servers:
            self.assert_stops(server)

    def test_signing_out_ends_one_session_only(self):
        key = self.make_key("operator", "--scope", "read")
        self.server.start()
        _, first = self.sign_in({"key": key})
        _, second = self.sign_in({"key": key})
        self.assertNotEqual(first["Cookie"], second["Cookie"])
        self.assertEqual(self.server.request("DELETE", "/ui/session", None, first).status, 204)
        self.assertEqual(self.server.request("GET", "/ui/session", None, first).status, 401)
        self.assertEqual(self.server.request("GET", "/ui/session", None, second).status, 200)
        self.assertEqual(self.server.request("GET", "/v1/audit", None, second).status, 403)
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
