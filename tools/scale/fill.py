"""Fills a migrated database with rows as a server would have left them, in bulk and by SQL.

Both databases get the same statements: numbers come from a recursive query, texts are joined by ||.
Identifiers of messages are UUIDv7 whose random part is the MD5 of a number, so that a load can name
any of them without having read it.
"""

import hashlib
import sqlite3
import subprocess

import harness

CHUNK = 20_000
FILL_POOL = 2 << 30
MOST_TO_PURGE = 100
# Pages in memory that are not written yet.
MOST_DIRTY = 500
SECOND = 1_000_000
HOUR = 3_600 * SECOND
USERS = 100_000

PENDING, SUCCESS, FAILED = 0, 2, 3
UNAVAILABLE = 4

# Values of the columns, unless a row has its own.
TRANSACTION = {
    "id": "", "message_id": "", "recipient_no": "0", "chain_no": "0", "user_id": "",
    "provider_id": "",
    "recipient": "", "status": "", "priority": "2", "on_unknown": "0", "retry_count": "0",
    "max_retries": "3", "possible_duplicate": "0", "owner": "0", "lane": "0", "due_at": "",
    "expires_at": "NULL", "attempts": "''", "error_code": "0", "error_message": "''",
    "provider_ref": "''", "superseded_by": "0", "created_at": "", "updated_at": "",
    "completed_at": "NULL", "receipt": "0", "receipt_at": "NULL", "fallback_on_undelivered": "0",
    "decision": "'d 1:10p 2:10p 3:10p 4:10p'",
}
MESSAGE = {
    "id": "", "user_id": "", "body": "", "subject": "''", "html": "''", "metadata": "''",
    "recipients": "", "requested_type": "''", "fallback": "1", "created_at": "",
    "fallback_on_undelivered": "NULL", "body_removed_at": "NULL",
}
LIVE, HISTORY = "message_transaction", "message_transaction_history"
PHONE = "'+1' || (2000000000 + i)"


def message_key(created_us, number):
    digest = hashlib.md5(str(number).encode("ascii")).hexdigest()
    return bytes.fromhex(f"{created_us // 1000:012x}7{digest[:3]}8{digest[3:18]}")


def message_id(created_us, number):
    text = message_key(created_us, number).hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))


class SqliteFill:
    def __init__(self, database):
        self.connection = sqlite3.connect(database.path, isolation_level=None)
        self.connection.create_function("message_key", 2, message_key, deterministic=True)
        # Rows of one user lie scattered over an index. One transaction without a journal, and a
        # cache for whole indexes, write each of its pages once and not once for each chunk.
        self.connection.execute("PRAGMA journal_mode=OFF")
        self.connection.execute("PRAGMA synchronous=OFF")
        self.connection.execute("PRAGMA cache_size=-1048576")
        self.connection.execute("BEGIN")

    def key(self, created, number):
        return f"message_key({created}, {number})"

    def execute(self, sql):
        self.connection.execute(sql)

    def rows(self, sql):
        return self.connection.execute(sql).fetchall()

    def close(self):
        self.connection.execute("COMMIT")
        self.connection.close()


class MariadbFill:
    """One client process, fed with statements; so settings of the session last. Meanwhile the
    server has memory for whole indexes, if it may have it (bench_bed)."""

    def __init__(self, database):
        self.database = database
        self.pool = int(database.rows("SELECT @@GLOBAL.innodb_buffer_pool_size")[0][0])
        self.resize_pool(FILL_POOL)
        database.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
        self.statements = ["SET max_recursive_iterations = 4294967295, sql_mode = "
                           "'PIPES_AS_CONCAT',"
                           " unique_checks = 0"]

    def key(self, created, number):
        return (f"UNHEX(LPAD(HEX(({created}) DIV 1000), 12, '0') || '7' || SUBSTR(MD5({number}), "
                "1, 3)"
                f" || '8' || SUBSTR(MD5({number}), 4, 15))")

    def resize_pool(self, size):
        """Some versions do it in the background."""
        self.database.execute(f"SET GLOBAL innodb_buffer_pool_size = {size}")
        harness.wait_until(lambda: not self.database.rows(
            "SHOW STATUS WHERE Variable_name = 'Innodb_buffer_pool_resize_status' AND Value <> ''"
            " AND Value NOT LIKE 'Completed%' AND Value NOT LIKE '%not change%'"), 300,
            "MariaDB has changed its buffer pool")

    def to_purge(self):
        """Transactions."""
        return int(self.database.rows("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'")[0][1])

    def execute(self, sql):
        self.statements.append(sql)

    def rows(self, sql):
        return self.database.rows(sql)

    def close(self):
        command = ["mariadb", *self.database.options, self.database.database]
        subprocess.run(command, input=";\n".join(self.statements) + ";\n", text=True, check=True,
                       stdout=subprocess.DEVNULL, timeout=3600)
        self.database.execute("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
        # Entries that an UPDATE replaced are in the way of every scan until they are purged.
        harness.wait_until(lambda: self.to_purge() < MOST_TO_PURGE, 600, "MariaDB has purged")
        self.flush()
        self.resize_pool(self.pool)

    def flush(self):
        """Otherwise the next measurement also pays for writing what was filled."""
        usual = {name: self.database.rows(f"SELECT @@GLOBAL.{name}")[0][0]
                 for name in ("innodb_io_capacity_max", "innodb_io_capacity",
                              "innodb_max_dirty_pages_pct")}
        self.database.execute("SET GLOBAL innodb_io_capacity_max = 20000, innodb_io_capacity = "
                              "20000, innodb_max_dirty_pages_pct = 0")
        harness.wait_until(lambda: int(self.database.rows(
            "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")[0][1]) < MOST_DIRTY, 600,
            "MariaDB has written its pages")
        for name in ("innodb_io_capacity", "innodb_io_capacity_max", "innodb_max_dirty_pages_pct"):
            self.database.execute(f"SET GLOBAL {name} = {usual[name]}")


def open_fill(database):
    return SqliteFill(database) if database.name == "sqlite" else MariadbFill(database)


def insert(fill, table, columns, first, last, where="", **values):
    """A row for each number i from `first` up to and without `last`."""
    row = {**columns, **values}
    for begin in range(first, last, CHUNK):
        end = min(begin + CHUNK, last)
        fill.execute(
            f"INSERT INTO {table} ({', '.join(row)}) WITH RECURSIVE n(i) AS (SELECT {begin} UNION "
            "ALL"
            f" SELECT i + 1 FROM n WHERE i + 1 < {end}) SELECT {', '.join(row.values())} FROM n"
            + (f" WHERE {where}" if where else ""))


def insert_messages(fill, first, last, created, user):
    insert(fill, "message", MESSAGE, first, last, id=fill.key(created, "i"), user_id=user,
           body="'Message number ' || i || ': dinner at eight, the usual place. Bring nothing.'",
           recipients="'[{\"phone\":\"+1' || (2000000000 + i) || '\"}]'", created_at=created)


def user_of(number):
    return f"1 + ({number}) % {USERS}"


def next_transaction(fill):
    return int(fill.rows("SELECT next_id FROM id_block WHERE name = 'transaction'")[0][0])


def end_ids(fill, next_id):
    fill.execute(f"UPDATE id_block SET next_id = {next_id} WHERE name = 'transaction'")


def fill_lists(fill, providers):
    """Every second user has a list of all providers, each beginning with another one."""
    fill.execute("DELETE FROM user_provider")
    for place in range(providers):
        insert(fill, "user_provider",
               {"user_id": "2 * i", "provider_id": f"1 + (i + {place}) % {providers}",
                "priority": str(place + 1), "active": "1", "address": "''",
                "fallback_on_undelivered": "0"}, 1, USERS // 2 + 1)
    insert(fill, "user_list", {"user_id": "2 * i", "version": "i"}, 1, USERS // 2 + 1)
    fill.execute(f"UPDATE id_block SET next_id = {USERS // 2 + 1} WHERE name = 'user_list'")


def fill_retries(fill, first_id, first, count, providers, now, later=0):
    """Failures whose retry is due, `later` microseconds from now; one in five is the second of its
    chain. Gives the next free id."""
    step = HOUR // count
    created = f"({now - 2 * HOUR} + (i - {first}) * {step})"
    provider = f"1 + i % {providers}"
    last = first + count
    live_id, past_id = f"{first_id} + 2 * (i - {first}) + 1", f"{first_id} + 2 * (i - {first})"
    insert_messages(fill, first, last, created, user_of("i"))
    common = {"message_id": fill.key(created, "i"), "user_id": user_of("i"), "recipient": PHONE,
              "status": str(FAILED), "error_code": str(UNAVAILABLE),
              "error_message": "'connection refused'", "created_at": created}
    earlier = f"1 + (i + 1) % {providers}"
    insert(fill, HISTORY, TRANSACTION, first, last, where="i % 5 = 0", **common, id=past_id,
           provider_id=earlier, lane=f"({earlier}) * 4 + 2", due_at=created,
           superseded_by=live_id, updated_at=f"{created} + {SECOND}",
           completed_at=f"{created} + {SECOND}")
    insert(fill, LIVE, TRANSACTION, first, last, **common, id=live_id, provider_id=provider,
           lane="0",
           due_at=f"{now + later - HOUR // 6} + (i - {first}) * {HOUR // 12 // count}",
           retry_count="CASE WHEN i % 5 = 0 THEN 1 ELSE 0 END",
           attempts=f"CASE WHEN i % 5 = 0 THEN ({earlier}) || ':{UNAVAILABLE}' ELSE '' END",
           updated_at=f"{created} + 2 * {SECOND}")
    return first_id + 2 * count


def fill_scheduled(fill, first_id, first, count, providers, now, later=0):
    """Sends that wait for their time, which for every second one has come, `later` microseconds
    from now; one in two hundred has expired meanwhile. Gives the next free id."""
    created = f"({now - HOUR} + (i - {first}) * {HOUR // 2 // count})"
    provider = f"1 + i % {providers}"
    priority = "CASE WHEN i % 10 = 0 THEN 1 WHEN i % 10 > 7 THEN 3 ELSE 2 END"
    past = f"{now + later - HOUR // 3} + (i - {first}) * {HOUR // 6 // count}"
    future = f"{now + later + HOUR // 30} + (i - {first}) * {20 * HOUR // count}"
    last = first + count
    insert_messages(fill, first, last, created, user_of("i"))
    insert(fill, LIVE, TRANSACTION, first, last, id=f"{first_id} + i - {first}",
           message_id=fill.key(created, "i"), user_id=user_of("i"), provider_id=provider,
           recipient=PHONE, status=str(PENDING), priority=priority,
           lane=f"({provider}) * 4 + {priority}",
           due_at=f"CASE WHEN i % 8 < 4 THEN {past} ELSE {future} END",
           expires_at=f"CASE WHEN i % 200 = 0 THEN {now + later - 60 * SECOND}"
                      f" WHEN i % 10 = 5 THEN {now + later + 40 * HOUR} ELSE NULL END",
           created_at=created, updated_at=created)
    return first_id + count


def make_due(fill, first_id, last_id, later):
    """The rows that were to be due `later` are due now."""
    for begin in range(first_id, last_id, CHUNK):
        fill.execute(f"UPDATE {LIVE} SET due_at = due_at - {later}, expires_at = expires_at - "
                     f"{later} WHERE id >= {begin} AND id < {min(begin + CHUNK, last_id)}")


def fill_history(fill, first_id, first, count, now):
    """Finished messages of six days; one in fifty took two attempts. One row in ten is of user 1,
    and provider 4 was used for the oldest thousandth only. Gives when message `i` was
    created, and the next free id; transaction `first_id + 2 * (i - first) + 1` ended it."""
    start, step = now - 6 * 24 * HOUR, 6 * 24 * HOUR // count
    created = f"({start} + (i - {first}) * {step})"
    user = f"CASE WHEN i % 10 = 0 THEN 1 ELSE {user_of('i')} END"
    provider = f"CASE WHEN i < {first + count // 1000} THEN 4 ELSE 1 + i % 3 END"
    error = "CASE i % 100 WHEN 7 THEN 4 WHEN 17 THEN 1 WHEN 27 THEN 7 ELSE 0 END"
    last = first + count
    end_id = f"{first_id} + 2 * (i - {first}) + 1"
    insert_messages(fill, first, last, created, user)
    common = {"message_id": fill.key(created, "i"), "user_id": user, "recipient": PHONE,
              "provider_id": provider, "lane": f"({provider}) * 4 + 2", "due_at": created,
              "created_at": created}
    insert(fill, HISTORY, TRANSACTION, first, last, where="i % 50 = 0", **common,
           id=f"{first_id} + 2 * (i - {first})", status=str(FAILED), error_code=str(UNAVAILABLE),
           error_message="'connection refused'", superseded_by=end_id,
           updated_at=f"{created} + {SECOND}", completed_at=f"{created} + {SECOND}")
    insert(fill, HISTORY, TRANSACTION, first, last, **common, id=end_id,
           status=f"CASE WHEN {error} = 0 THEN {SUCCESS} ELSE {FAILED} END", error_code=error,
           error_message=f"CASE WHEN {error} = 0 THEN '' ELSE 'as the provider said' END",
           retry_count="CASE WHEN i % 50 = 0 THEN 1 ELSE 0 END",
           attempts=f"CASE WHEN i % 50 = 0 THEN ({provider}) || ':{UNAVAILABLE}' ELSE '' END",
           provider_ref=f"CASE WHEN {error} = 0 THEN '' || (1700000000000 + i) ELSE '' END",
           updated_at=f"{created} + 2 * {SECOND}", completed_at=f"{created} + 2 * {SECOND}")
    return (lambda i: start + (i - first) * step), first_id + 2 * count + 1
