"""The times in the server's answers."""

from datetime import datetime


def unix_seconds(text):
    """Seconds since 1970 of an RFC 3339 time in UTC, such as 2026-11-23T05:06:07.089Z."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def seconds_between(begin, end):
    return unix_seconds(end) - unix_seconds(begin)
