"""The times in the server's answers."""

from datetime import datetime


def seconds_between(begin, end):
    """Of two RFC 3339 times in UTC, such as 2026-11-23T05:06:07.089Z."""
    def parse(text):
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    return (parse(end) - parse(begin)).total_seconds()
