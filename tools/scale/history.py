"""A client's requests, with a million finished transactions in the database."""

import http.client
import random
import time
import urllib.parse

import bench_bed
import fill

STATUS_MS = 5
PAGE_MS = 20
LOAD_PER_S = 50


class Client:
    """One connection that stays open."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=40)

    def get(self, path):
        """The body, and how many seconds it took to come."""
        begin = time.perf_counter()
        self.connection.request("GET", path)
        answer = self.connection.getresponse()
        body = answer.read()
        took = time.perf_counter() - begin
        if answer.status != 200:
            raise AssertionError(f"{path}: HTTP {answer.status} {body[:500]!r}")
        return body, took


class Past:
    """The history that was filled in, by number."""

    def __init__(self, first_id, count, created):
        self.first_id, self.count, self.created = first_id, count, created
        self.chance = random.Random(1)

    def number(self):
        return self.chance.randrange(self.count)

    def transaction(self):
        return f"/v1/transactions/{self.first_id + 2 * self.number() + 1}"

    def message(self):
        number = self.number()
        return f"/v1/messages/{fill.message_id(self.created(number), number)}"

    def user(self):
        return f"/v1/users/{2 + self.chance.randrange(fill.USERS - 1)}/transactions"

    def page(self, user=None, deep=False, **filters):
        if deep:
            filters["cursor"] = f"a{self.first_id + 2 * self.number():016x}"
        path = f"/v1/users/{user}/transactions" if user else "/v1/transactions"
        return path + ("?" + urllib.parse.urlencode(filters) if filters else "")

    def range(self, width_us):
        start = self.created(self.number())
        return {"created_after": rfc3339(start), "created_before": rfc3339(start + width_us)}


def rfc3339(time_us):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time_us // 1_000_000)) + "Z"


def pages(past):
    """Requests by name."""
    hour = fill.HOUR
    long_ago = {"created_before": "2001-01-01T00:00:00Z"}
    return {
        "page": past.page,
        "page of 500": lambda: past.page(limit=500),
        "page, deep": lambda: past.page(deep=True),
        "page, status=failed": lambda: past.page(deep=True, status="failed"),
        "page, status=pending: nothing": lambda: past.page(deep=True, status="pending"),
        "page, provider of the oldest": lambda: past.page(deep=True, provider="p4"),
        "page, error_code=expired": lambda: past.page(deep=True, error_code="expired"),
        "page, error_code=no_route: nothing": lambda: past.page(deep=True, error_code="no_route"),
        "page, recipient: nothing": lambda: past.page(deep=True, recipient="+15550000000"),
        "page, an hour": lambda: past.page(**past.range(hour)),
        "page, an hour, failed": lambda: past.page(status="failed", **past.range(hour)),
        "page, a minute, nothing": lambda: past.page(status="pending", **past.range(hour // 60)),
        "page, before all: nothing": lambda: past.page(**long_ago),
        "page of a user with a tenth of all": lambda: past.page(user=1),
        "page of this user, deep": lambda: past.page(user=1, deep=True),
        "page of this user, failed": lambda: past.page(user=1, deep=True, status="failed"),
        "page of this user, provider of the oldest":
            lambda: past.page(user=1, deep=True, provider="p4"),
        "page of this user, no_route: nothing":
            lambda: past.page(user=1, deep=True, error_code="no_route"),
        "page of this user, an hour": lambda: past.page(user=1, **past.range(hour)),
    }


def measure(report, bed, client, what, path, requests, bound_ms):
    """On a machine with other things to do the processor's time is the figure to trust."""
    before = bed.cpu_seconds()
    took = [client.get(path())[1] for _ in range(requests)]
    cpu_ms = (bed.cpu_seconds() - before) * 1000 / requests
    report.latencies(what, took, bound_ms, f"cpu {cpu_ms:5.2f}")


def ask(report, bed, client, past, requests):
    measure(report, bed, client, "without the database (/livez)", lambda: "/livez", requests, None)
    for what, path in (("a transaction by id", past.transaction), ("a message", past.message),
                       ("a user's transactions", past.user)):
        measure(report, bed, client, what, path, requests, STATUS_MS)
    for what, path in pages(past).items():
        measure(report, bed, client, what, path, requests // 10, PAGE_MS)


def fill_past(database, rows):
    filler = fill.open_fill(database)
    first = fill.next_transaction(filler)
    created, end = fill.fill_history(filler, first, 0, rows, bench_bed.now_us())
    fill.end_ids(filler, end)
    filler.close()
    return Past(first, rows, created)


def run(report, folder, kind, rows, requests, stack):
    report.head(f"{rows} finished transactions, {kind}")
    bed = bench_bed.Bed(folder, kind, stack)
    names = ("p1", "p2", "p3", "p4")
    sim = bed.start_sim(names)
    server = bed.make_server([sim.provider(name, max_in_flight=32) for name in names])
    server.start()
    bench_bed.stop(server)
    bed.watch(server)
    with bench_bed.timed(report, "filling"):
        past = fill_past(bed.database, rows)
    bed.verify(report)
    report.figure("start until ready", server.start(60), "s")
    client = Client(server.port)
    report.head("at rest")
    ask(report, bed, client, past, requests)
    report.head(f"while {LOAD_PER_S} messages a second are sent")
    load = bed.start_load(server, rate=LOAD_PER_S, duration=3600, connections=4)
    ask(report, bed, client, past, requests)
    sent = load.end()
    report.say("accepted meanwhile", str(sent["accepted"]))
    bench_bed.stop(server)
    bed.verify(report)
