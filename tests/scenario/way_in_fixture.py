"""A server, its provider and two users, for the scenarios of all ways in."""

import subprocess

from harness import Scenario, program, wait_until

NUMBER, OTHER = "+15557654321", "+15551234567"


def bearer(key):
    return {"Authorization": "Bearer " + key}


class WithWayIn(Scenario):
    """`make_keys` is called before the server starts."""
    root = None

    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.database = self.open_database()
        self.server = self.make_server(self.database, self.providers(), log={"level": "debug"},
                                       **self.sections())
        self.make_keys()
        self.server.start()
        self.set_user(7, NUMBER)
        self.set_user(8, OTHER)

    def providers(self):
        return [self.sim.provider("signal")]

    def sections(self):
        raise NotImplementedError

    def make_keys(self):
        self.root = self.make_key("root", "--scope", "admin")

    def admin(self):
        return bearer(self.root) if self.root else {}

    def make_key(self, name, *options):
        done = subprocess.run(
            [program("postrider"), "keys", "create", "--name", name, *options, "--config",
             self.server.config], capture_output=True, text=True, timeout=60, check=True)
        return done.stdout.strip()

    def set_user(self, user, number):
        answer = self.server.request("PUT", f"/v1/users/{user}/providers",
                                     [{"provider": "signal", "address": number}], self.admin())
        self.assertEqual(answer.status, 200, answer)

    def arrived(self, number=NUMBER):
        return {text: count for (to, text), count in
                self.sim.accepted_by_recipient("signal").items() if to == number}

    def wait_for(self, word, number=NUMBER, seconds=20):
        """Until a message with this in it has arrived; its whole text."""
        def found():
            return [one for one in self.arrived(number) if word in one]
        return wait_until(found, seconds, f"{word!r} has arrived")[0]

    def requests(self, source="alerts"):
        answer = self.server.request("GET", f"/v1/sources/{source}/requests", None, self.admin())
        self.assertEqual(answer.status, 200, answer)
        return answer.json["data"]
