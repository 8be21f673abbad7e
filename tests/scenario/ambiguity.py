"""A provider that takes one in ten messages and then drops the connection, for every kind of
provider: with on_unknown = hold nobody gets two, with retry every second copy is marked, and
nothing is lost. POSTRIDER_AMBIGUITY_SENDS says how many messages each run has.
"""

import os
import unittest

from channels import CHANNELS, SECRETS, start_channels
from harness import Scenario, wait_until

SENDS = int(os.environ.get("POSTRIDER_AMBIGUITY_SENDS", "1000"))
PER_MESSAGE = min(1000, SENDS)


class Ambiguity(Scenario):
    def run_channel(self, channel, receipts=False, retry_delay="1s", **keys):
        database = self.open_database()
        sim = start_channels(self, [channel])
        behaviour = {"seed": 7, "outcomes": {"accept": 90, "accept_then_drop": 10}}
        if receipts:
            behaviour["receipts"] = {"kind": "delivered", "delay_ms": 20}
        sim.behave(channel.name, **behaviour)
        server = self.make_server(
            database, [channel.provider(sim, circuit={"failures": 100_000, "open_for": "1s"},
                                        **keys)],
            messaging={"retry_delay": retry_delay, "retry_jitter": 0.0, "max_retries": 20,
                       "default_provider_type": channel.type},
            **({"receipts": {}} if receipts else {}))
        server.environment.update(SECRETS)
        server.start()
        ids = []
        for first in range(0, SENDS, PER_MESSAGE):
            answer = server.request("POST", "/v1/messages", {
                "user_id": 1, "message": f"campaign {first}",
                "recipients": [channel.address(sim, first + i) for i in range(PER_MESSAGE)]})
            self.assertEqual(answer.status, 202, answer)
            ids.append(answer.json["message_id"])
        wait_until(server.drained, 300, "everything has come to its end")
        found = [self.checked(server, sim, channel, one) for one in ids]
        self.assert_stops(server)
        self.assert_verified(database.url)
        sim.process.kill()
        return {key: sum(one[key] for one in found) for key in found[0]}

    def checked(self, server, sim, channel, message_id):
        message = server.message(message_id)
        copies = sim.accepted_by_recipient(channel.name)
        tally = {"success": 0, "unknown": 0, "copies": 0, "lost": 0, "twice": 0, "unmarked": 0}
        self.assertEqual(len(message["recipients"]), PER_MESSAGE)
        for recipient in message["recipients"]:
            chain = recipient["transactions"]
            count = self.copies_of(channel, copies, recipient["recipient"], message["message"])
            tally["copies"] += count
            tally["lost"] += count == 0
            tally["twice"] += count > 1
            tally["success"] += recipient["status"] == "success"
            tally["unknown"] += chain[-1]["error_code"] == "outcome_unknown"
            marked = sum(one["possible_duplicate"] for one in chain)
            tally["unmarked"] += max(0, count - 1 - marked)
        return tally

    def copies_of(self, channel, copies, recipient, text):
        if channel.type == "webhook":
            recipient = recipient.split("/", 3)[3]
            return sum(count for (to, body), count in copies.items()
                       if to.endswith("/" + recipient) and body == text) \
                if ("/" + recipient, text) not in copies else copies["/" + recipient, text]
        return copies.get((recipient, text), 0)

    def report(self, channel, how, found):
        print(f"{channel.name} {how}: {found}", flush=True)

    def hold(self, channel):
        """Every recipient gets exactly one message."""
        found = self.run_channel(channel, on_unknown="hold")
        self.report(channel, "hold", found)
        self.assertEqual((found["lost"], found["twice"]), (0, 0))
        self.assertEqual(found["success"] + found["unknown"], SENDS)
        self.assertGreater(found["unknown"], SENDS / 20)
        self.assertLess(found["unknown"], SENDS / 5)

    def retry(self, channel):
        """Every second copy is marked, and nothing is lost."""
        found = self.run_channel(channel, on_unknown="retry")
        self.report(channel, "retry", found)
        self.assertEqual((found["lost"], found["unmarked"]), (0, 0))
        self.assertEqual(found["success"], SENDS)
        self.assertGreater(found["twice"], SENDS / 20)

    def receipts(self, channel):
        """The receipt tells that the provider has it before the retry is due: no second copy."""
        found = self.run_channel(channel, receipts=True, retry_delay="60s", on_unknown="retry")
        self.report(channel, "retry with receipts", found)
        self.assertEqual((found["lost"], found["twice"], found["success"]), (0, 0, SENDS))


def add_case(channel, run):
    def test(self):
        run(self, channel)
    test.__doc__ = f"{channel.name}: {run.__doc__}"
    setattr(Ambiguity, f"test_{run.__name__}_{channel.name.replace('-', '_')}", test)


for one_channel in CHANNELS:
    add_case(one_channel, Ambiguity.hold)
    add_case(one_channel, Ambiguity.retry)
    if one_channel.reports:
        add_case(one_channel, Ambiguity.receipts)

if __name__ == "__main__":
    unittest.main()
