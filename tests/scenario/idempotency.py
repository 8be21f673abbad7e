"""A client that does not know whether it was heard posts again, as often and as concurrently as it
likes, and the message is sent once."""

import json
import threading
import unittest

from harness import Scenario, wait_until

NUMBER = "+15551234567"
JSON = {"Content-Type": "application/json"}


def body(text):
    return json.dumps({"user_id": 1, "recipients": [NUMBER], "message": text})


class Idempotency(Scenario):

    def setUp(self):
        super().setUp()
        self.sim = self.start_sim("signal", options=["--keep-texts"])
        self.server = self.make_server(self.open_database(), [self.sim.provider("signal")])
        self.server.start()

    def post(self, key, text):
        return self.server.request("POST", "/send/message", body(text),
                                   {**JSON, "Idempotency-Key": key})

    def post_until_answered(self, key, text):
        """As a client does: a 409 says when to come again."""
        def answered():
            answer = self.post(key, text)
            if answer.status == 409:
                self.assertEqual(answer.headers["Retry-After"], "1")
                return None
            return answer
        return wait_until(answered, 20, "the first request is answered")

    def test_64_identical_posts_at_once_are_one_message(self):
        answers = []
        barrier = threading.Barrier(64)

        def client():
            barrier.wait()
            answers.append(self.post_until_answered("order-1", "one of 64"))

        threads = [threading.Thread(target=client) for _ in range(64)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({answer.status for answer in answers}, {202})
        self.assertEqual(len({answer.body for answer in answers}), 1)
        first = [a for a in answers if "Idempotency-Replayed" not in a.headers]
        self.assertEqual(len(first), 1)
        self.server.wait_for_end(first[0].json)
        self.assertEqual(self.sim.accepted("signal"), {"one of 64": 1})

    def test_an_answer_outlives_a_crash_and_a_restart(self):
        first = self.post("order-2", "again and again")
        self.assertEqual(first.status, 202)
        self.server.wait_for_end(first.json)
        for end in (self.server.kill, lambda: self.assert_stops(self.server)):
            end()
            self.server.start()
            again = self.post("order-2", "again and again")
            self.assertEqual(again.status, 202)
            self.assertEqual(again.headers["Idempotency-Replayed"], "true")
            self.assertEqual(again.body, first.body)
            self.assertEqual(again.headers["Location"], first.headers["Location"])
        self.assertEqual(self.sim.accepted("signal"), {"again and again": 1})

    def test_another_body_is_refused_and_a_refusal_is_not_remembered(self):
        refused = self.server.request("POST", "/send/message", body("x").replace("+1555", "555"),
                                      {**JSON, "Idempotency-Key": "order-3"})
        self.assertEqual(refused.status, 422)
        self.assertEqual(self.post("order-3", "good").status, 202)
        other = self.post("order-3", "not so good")
        self.assertEqual((other.status, other.json["code"]), (422, "idempotency_mismatch"))
        wait_until(lambda: self.sim.accepted("signal") == {"good": 1}, 10, "one was sent")

    def tearDown(self):
        self.assert_stops(self.server)
        self.assert_verified(self.server.database.url)


if __name__ == "__main__":
    unittest.main()
