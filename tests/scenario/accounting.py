"""The client's answers, the ledger and the provider's tally must agree about every message."""

import collections
import dataclasses

SUCCESS = "2"
PROCESSING = "1"

UNMARKED = "sent again without a sign of it"

Attempt = collections.namedtuple("Attempt", "status error possible_duplicate retry_count")

ATTEMPTS = ("SELECT LOWER(HEX(message_id)), status, error_code, possible_duplicate, retry_count"
            " FROM {} ORDER BY id")


@dataclasses.dataclass
class Ledger:
    """The tables of a server that has stopped: body -> message, message -> its attempts, oldest
    first.
    """

    messages: dict
    attempts: dict

    @staticmethod
    def read(database):
        attempts = collections.defaultdict(list)
        for table in ("message_transaction_history", "message_transaction"):
            for message, *rest in database.rows(ATTEMPTS.format(table)):
                attempts[message].append(Attempt(*map(str, rest)))
        return Ledger(dict(database.rows("SELECT body, LOWER(HEX(id)) FROM message")), attempts)

    def of(self, body):
        return self.attempts.get(self.messages.get(body), [])


def problems_of(history, ledger, accepted):
    """Bodies by what is wrong with them. `history` has what each request was answered (bench's
    lines), `accepted` how often the provider took each body. Everything must have been delivered by
    now.
    """
    found = collections.defaultdict(list)
    for one in history:
        body = one["body"]
        if one["status"] != "ok":
            continue
        if ledger.messages.get(body) != one["message_id"].replace("-", ""):
            found["answered 202 and not in the ledger"].append(body)
        elif not any(attempt.status == SUCCESS for attempt in ledger.of(body)):
            found["answered 202 and not delivered"].append((body, ledger.of(body)))
    attempted = {one["body"] for one in history}
    for body in ledger.messages:
        if body not in attempted:
            found["in the ledger and never posted"].append(body)
        if any(attempt.status == SUCCESS for attempt in ledger.of(body)) and body not in accepted:
            found["called a success and not at the provider"].append(body)
    for body, count in accepted.items():
        attempts = ledger.of(body)
        # Each copy after the first has an attempt that says: this may be one.
        if count > 1 + sum(attempt.possible_duplicate == "1" for attempt in attempts):
            found[UNMARKED].append((body, count, attempts))
        if body not in ledger.messages:
            found["at the provider and not in the ledger"].append(body)
        elif not any(attempt.status in (SUCCESS, PROCESSING) for attempt in attempts):
            found["at the provider and not called a success"].append((body, attempts))
    return dict(found)


def duplicates_in(accepted):
    return {body: count for body, count in accepted.items() if count > 1}
