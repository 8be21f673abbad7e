"""A checker that has never failed proves nothing: this one is shown each thing that it must find.
"""

import unittest

from accounting import SUCCESS, Attempt, Ledger, problems_of

FAILED = "3"


def attempt(status=SUCCESS, possible_duplicate="0", retry_count="0"):
    return Attempt(status, "0" if status == SUCCESS else "6", possible_duplicate, retry_count)


class Accounting(unittest.TestCase):
    def setUp(self):
        self.history = [{"body": "a", "status": "ok", "message_id": "00-0a"},
                        {"body": "b", "status": "unknown", "message_id": None},
                        {"body": "c", "status": "refused", "message_id": None}]
        self.ledger = Ledger({"a": "000a", "b": "000b"}, {"000a": [attempt()], "000b": [attempt()]})
        self.accepted = {"a": 1, "b": 1}

    def found(self):
        return set(problems_of(self.history, self.ledger, self.accepted))

    def test_finds_nothing_where_nothing_is(self):
        self.assertEqual(self.found(), set())

    def test_finds_a_message_that_was_lost(self):
        del self.ledger.messages["a"], self.ledger.attempts["000a"], self.accepted["a"]
        self.assertEqual(self.found(), {"answered 202 and not in the ledger"})

    def test_finds_a_message_that_was_not_delivered(self):
        self.ledger.attempts["000a"] = [attempt(FAILED)]
        del self.accepted["a"]
        self.assertEqual(self.found(), {"answered 202 and not delivered"})

    def test_finds_a_message_without_any_attempt(self):
        del self.ledger.attempts["000a"], self.accepted["a"]
        self.assertEqual(self.found(), {"answered 202 and not delivered"})

    def test_finds_a_success_that_was_none(self):
        del self.accepted["b"]
        self.assertEqual(self.found(), {"called a success and not at the provider"})

    def test_finds_a_copy_that_nobody_marked(self):
        self.accepted["a"] = 2
        self.assertEqual(self.found(), {"sent again without a sign of it"})

    def test_knows_a_copy_that_was_marked(self):
        self.accepted["a"] = 2
        self.ledger.attempts["000a"] = [attempt(FAILED), attempt(SUCCESS, "1", "1")]
        self.assertEqual(self.found(), set())

    def test_finds_what_the_ledger_does_not_know(self):
        self.accepted["c"] = 1
        self.assertEqual(self.found(), {"at the provider and not in the ledger"})

    def test_finds_a_delivery_that_is_called_a_failure(self):
        self.ledger.attempts["000b"] = [attempt(FAILED)]
        self.assertEqual(self.found(), {"at the provider and not called a success"})

    def test_finds_what_nobody_posted(self):
        self.ledger.messages["d"] = "000d"
        self.assertEqual(self.found(), {"in the ledger and never posted"})


if __name__ == "__main__":
    unittest.main()
