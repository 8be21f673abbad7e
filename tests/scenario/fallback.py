"""A provider that is down: the next one in the user's list delivers, and everything is told."""

import json
import unittest

from harness import Scenario, wait_until


class Fallback(Scenario):
    def setUp(self):
        super().setUp()
        self.database = self.open_database()
        self.sim = self.start_sim("first", "second")
        self.server = self.make_server(
            self.database, [self.sim.provider("first"), self.sim.provider("second")],
            messaging={"retry_delay": "60s"})
        self.server.start()
        answer = self.server.request("PUT", "/v1/users/1/providers", [
            {"provider": "first", "priority": 1}, {"provider": "second", "priority": 2}])
        self.assertEqual(answer.status, 200, answer)

    def finish(self):
        self.assert_stops(self.server)
        self.assert_verified(self.database.url)

    def wait_for_end(self, message_id):
        def message():
            found = self.server.message(message_id)
            return found if found["status"] in ("success", "failed") else None
        return wait_until(message, 15, "the message has ended")

    def test_falls_back_to_the_next_provider_when_refused(self):
        self.sim.behave("first", down=True)
        receipt = self.server.send(1, "+15551234567", "Dinner at eight?")
        self.assertEqual(receipt["transactions"][0]["provider"], "first")
        message = self.wait_for_end(receipt["message_id"])
        self.assertEqual(message["status"], "success")
        failed, delivered = message["recipients"][0]["transactions"]
        self.assertEqual(
            (failed["provider"], failed["status"], failed["error_code"], failed["retry_count"],
             failed["superseded_by"], failed["archived"], failed["next_retry_at"]),
            ("first", "failed", "unavailable", 0, delivered["id"], True, None))
        self.assertEqual(
            (delivered["provider"], delivered["status"], delivered["error_code"],
             delivered["retry_count"], delivered["archived"], delivered["final"],
             delivered["possible_duplicate"]),
            ("second", "success", None, 1, True, True, False))
        self.assertEqual([one["provider"] for one in failed["attempts"]], ["first"])
        first, second = delivered["attempts"]
        self.assertEqual((first["provider"], first["provider_type"], first["count"],
                          first["first"]),
                         ("first", "signal", 1, None))
        self.assertEqual(first["last"]["outcome"], "unavailable")
        self.assertIn("onnect", first["last"]["answer"])
        self.assertEqual((second["provider"], second["count"], second["last"]["outcome"]),
                         ("second", 1, "accepted"))
        times = [one["last"][name] for one in (first, second) for name in ("began_at", "ended_at")]
        self.assertEqual(times, sorted(times))
        self.assertEqual(message["recipients"][0]["outcome"], "sent")
        self.assertEqual({name for name, count in message["outcomes"].items() if count}, {"sent"})
        self.assertEqual(self.sim.tally("second")["accepted"], 1)
        self.assertEqual(self.sim.tally("first")["calls"], 0)
        self.finish()

    def test_a_message_that_nobody_takes_says_what_it_waits_for(self):
        for name in ("first", "second"):
            self.sim.behave(name, down=True)
        sent = self.server.send(1, "+15551234567", "Dinner at eight?")

        def last():
            return self.server.message(sent["message_id"])["recipients"][0]["transactions"][-1]

        def waits():
            found = last()["waits_for"]
            return found if found and found["reason"] == "next_round" else None
        found = wait_until(waits, 15, "both were tried")
        self.assertEqual((found["provider"], found["attempts"]), (None, 2))
        self.assertEqual(found["next_at"], last()["due_at"])
        self.assertLess(found["since"], found["next_at"])
        self.assertLess(found["next_at"], found["until"])
        words = f"all providers were tried; tried again at {found['next_at']}; 2 attempts since "
        self.assertIn(words, self.server.command("status", sent["message_id"]).stdout)
        explained = self.server.command("explain", str(last()["id"]))
        self.assertIn("  now: " + words, explained.stdout, explained.stderr)
        later = self.server.request("POST", "/v1/messages", {
            "user_id": 1, "recipients": ["+15551234567"], "message": "In time.",
            "send_at": "2099-01-01T00:00:00Z"}).json
        found = self.server.message(later["message_id"])
        self.assertEqual(found["send_at"], "2099-01-01T00:00:00.000Z")
        waiting = found["recipients"][0]["transactions"][0]["waits_for"]
        self.assertEqual((waiting["reason"], waiting["next_at"], waiting["attempts"]),
                         ("scheduled", found["send_at"], 0))
        self.finish()

    def test_the_commands_tell_what_happened(self):
        self.sim.behave("first", down=True)
        sent = self.server.command("send", "--user", "1", "--to", "+15551234567", "--wait",
                                   "--wait-limit", "20s", "Make that nine.")
        self.assertEqual(sent.returncode, 0, sent.stdout + sent.stderr)
        self.assertIn("the message: success", sent.stdout)
        told = self.server.command("status", "1")
        self.assertEqual(told.returncode, 0, told.stderr)
        self.assertIn("first", told.stdout)
        self.assertRegex(told.stdout, r"\n      2\d{3}-\S+Z  first  \S+ m?s  unavailable, ")
        self.assertRegex(told.stdout, r"\n      2\d{3}-\S+Z  second  \S+ m?s  accepted")
        self.assertIn("unavailable", told.stdout)
        machine = self.server.command("status", "--json", "1")
        self.assertEqual(json.loads(machine.stdout)["error_code"], "unavailable")
        unknown = self.server.command("status", "999999")
        self.assertEqual(unknown.returncode, 1)
        self.assertIn("there is no transaction 999999", unknown.stderr)
        self.finish()

    def test_a_retry_by_hand_need_not_wait_for_its_time(self):
        for name in ("first", "second"):
            self.sim.behave(name, down=True)
        receipt = self.server.send(1, "+15551234567", "Or at ten?")
        def waits():
            chain = self.server.message(receipt["message_id"])["recipients"][0]["transactions"]
            waiting = len(chain) == 2 and chain[-1]["status"] == "pending"
            return waiting and chain[-1]["provider"] == "first" and chain[-1]
        last = wait_until(waits, 15, "it waits for its next round")
        self.assertFalse(last["final"])
        self.sim.behave("first")
        retried = self.server.command("retry", "--json")
        self.assertEqual(retried.returncode, 0, retried.stderr)
        self.assertEqual(json.loads(retried.stdout)["retried"], 1)
        message = self.wait_for_end(receipt["message_id"])
        chain = message["recipients"][0]["transactions"]
        # The second transaction waited, and went to the provider that was back.
        self.assertEqual([one["provider"] for one in chain], ["first", "first"])
        self.assertEqual([one["retry_count"] for one in chain], [0, 1])
        self.assertEqual([one["status"] for one in chain], ["failed", "success"])
        self.finish()


if __name__ == "__main__":
    unittest.main()
