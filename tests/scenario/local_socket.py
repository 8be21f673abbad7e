"""The local socket: the first key of a running server, and the commands on its machine."""

import os
import socket
import stat
import subprocess
import unittest

from harness import Scenario, program, wait_until

MESSAGE = {"user_id": 1, "recipients": ["+15551234567"], "message": "Dinner at eight?"}


class LocalSocket(Scenario):

    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal")
        # Short, for a Unix socket has 107 bytes.
        self.path = os.path.join("/tmp", f"postrider-scenario-{os.getpid()}.sock")
        self.stack.callback(self.remove)
        self.server = self.make_server(self.open_database(), [self.sim.provider("signal")],
                                       auth={"required": True}, http={"local_socket": self.path})

    def remove(self):
        if os.path.exists(self.path):
            os.remove(self.path)

    def command(self, *arguments):
        """As a person types it: no URL and no key."""
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("POSTRIDER_")}
        return subprocess.run([program("postrider"), *arguments], timeout=60, capture_output=True,
                              text=True, env=environment, check=False, cwd=self.folder)

    def done(self, *arguments):
        command = self.command(*arguments)
        self.assertEqual(command.returncode, 0, command.stdout + command.stderr)
        return command.stdout

    def test_the_first_key_is_made_beside_the_running_server(self):
        self.server.start()
        self.assertEqual(self.server.request("POST", "/send/message", MESSAGE).status, 401)
        self.assertTrue(any("API key" in one for one in
                            self.server.request("GET", "/readyz").json["warnings"]))
        root = self.done("keys", "create", "--name", "root", "--scope", "admin").strip()
        sent = self.server.request("POST", "/send/message", MESSAGE,
                                   {"Authorization": f"Bearer {root}"})
        self.assertEqual(sent.status, 202)
        self.assertIn("root", self.done("keys", "list"))
        self.done("send", "--user", "1", "--to", "+15551234567", "--wait", "And dessert?")
        self.assertIn("signal", self.done("providers"))
        self.assertIn("key=local", self.server.process.errors())
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o660)
        self.assert_stops(self.server)
        self.assertFalse(os.path.exists(self.path))

    def test_the_socket_of_a_dead_server_is_replaced(self):
        self.server.start()
        self.server.kill()
        self.assertTrue(os.path.exists(self.path))
        self.server.start()
        self.done("keys", "list")
        self.assert_stops(self.server)

    def test_another_servers_socket_and_other_files_are_left_alone(self):
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(self.path)
            other.listen()
            self.assert_refused("another server listens there")
            self.assertTrue(stat.S_ISSOCK(os.stat(self.path).st_mode))
        os.remove(self.path)
        with open(self.path, "w", encoding="ascii") as file:
            file.write("mine")
        self.assert_refused("another file, which is left alone")
        with open(self.path, encoding="ascii") as file:
            self.assertEqual(file.read(), "mine")

    def assert_refused(self, why):
        self.server.launch()
        self.assertEqual(self.server.process.wait(30), 1)
        self.assertIn(why, self.server.process.errors())

    def test_a_service_has_it_in_its_runtime_directory(self):
        self.server.sections["http"].pop("local_socket")
        self.server.configure([self.sim.provider("signal")])
        folder = self.path + ".d"
        os.mkdir(folder)
        self.stack.callback(os.rmdir, folder)
        self.server.environment["RUNTIME_DIRECTORY"] = folder
        self.server.start()
        wait_until(lambda: os.path.exists(f"{folder}/postrider.sock"), 5, "the socket is there")
        self.assert_stops(self.server)


if __name__ == "__main__":
    unittest.main()
