"""Holds requests and answers against the interface's description, http/openapi/openapi.yaml.

Every scenario does that with what it sends and gets, a bounded number of times for each route and
status; openapi.py sees to it that each status that is described is seen.
"""

import collections
import datetime
import json
import os
import re
import sys
import threading
import urllib.parse

import jsonschema

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, "http/openapi"))
from embed import read_description  # pylint: disable=wrong-import-position

# Exchanges that are checked of each route and status. Validating one in Python takes as long as
# many requests take the server.
CHECKED = 25

DATE_TIME = re.compile(r"(?a)\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?"
                       r"(?P<zone>[Zz]|[+-]\d\d:\d\d)")


def is_date_time(value):
    """A time of RFC 3339, for a FormatChecker. A value that is not a text has no format."""
    if not isinstance(value, str):
        return True
    form = DATE_TIME.fullmatch(value)
    if form is None:
        return False
    zone = "+00:00" if form["zone"] in "Zz" else form["zone"]
    try:
        # Before Python 3.11 it knows neither Z nor every length of a fraction.
        datetime.datetime.fromisoformat(value[:19].upper() + zone)
    except ValueError:
        return False
    return True


class Contract:
    def __init__(self, document):
        self.document = document
        self.seen = collections.Counter()
        self.routes = []
        for pattern, item in document["paths"].items():
            form = re.sub(r"\\\{[^/]*\\\}", "[^/]+", re.escape(pattern))
            self.routes.append((re.compile(form + r"\Z"), pattern, item))
        # A path without parameters comes first, as in the router.
        self.routes.sort(key=lambda route: route[1].count("{"))
        # jsonschema judges date-time only where a package is installed that Debian does not have.
        self.formats = jsonschema.FormatChecker(formats=["uuid"])
        self.formats.checks("date-time")(is_date_time)
        self.problems = []
        self.mutex = threading.Lock()

    def hold(self, method, target, body, answer):
        """Checks one request and its answer; what is wrong is kept for take_problems."""
        with self.mutex:
            self.problems += self.check(method, target, body, answer)

    def take_problems(self):
        with self.mutex:
            taken, self.problems = self.problems, []
            return taken

    def resolve(self, node):
        while "$ref" in node:
            path = node["$ref"].removeprefix("#/").split("/")
            node = self.document
            for part in path:
                node = node[part.replace("~1", "/").replace("~0", "~")]
        return node

    def operations(self):
        """(METHOD, pattern, operation) of all that is described."""
        for _, pattern, item in self.routes:
            for method in ("get", "put", "post", "patch", "delete"):
                if method in item:
                    yield method.upper(), pattern, item[method]

    def find(self, method, target):
        path = urllib.parse.urlsplit(target).path
        method = "GET" if method == "HEAD" else method
        for form, pattern, item in self.routes:
            if form.match(path) and method.lower() in item:
                return pattern, item, item[method.lower()]
        return None

    def matches(self, schema, value):
        """The worst mistake of a value, or None."""
        whole = {**schema, "components": self.document["components"]}
        validator = jsonschema.Draft202012Validator(whole, format_checker=self.formats)
        wrong = jsonschema.exceptions.best_match(validator.iter_errors(value))
        return wrong and f"at {wrong.json_path}: {wrong.message[:500]}"

    def check(self, method, target, body, answer):
        """Differences of a request and its answer from the description. `body` is the request's."""
        found = self.find(method, target)
        if found is None:
            return self.check_unknown(method, target, answer)
        pattern, item, operation = found
        key = (method, pattern, answer.status)
        self.seen[key] += 1
        if self.seen[key] > CHECKED:
            return []
        wrong = self.check_answer(method, operation, answer)
        if 200 <= answer.status < 300:
            wrong += self.check_request(target, body, item, operation)
        return [f"{method} {target} -> {answer.status}: {one}" for one in wrong]

    def check_unknown(self, method, target, answer):
        if answer.status in (400, 404, 405, 413, 431, 503):
            return []
        return [f"{method} {target} is not described, but answered with {answer.status}"]

    def check_answer(self, method, operation, answer):
        responses = operation["responses"]
        described = responses.get(str(answer.status))
        if described is None:
            if answer.status < 400:
                return ["this status is not described"]
            described = responses["default"]
        described = self.resolve(described)
        wrong = []
        for name, header in described.get("headers", {}).items():
            header = self.resolve(header)
            value = answer.headers.get(name)
            if value is None:
                if header.get("required"):
                    wrong.append(f"the field {name} is missing")
                continue
            if header["schema"].get("type") == "integer":
                value = int(value)
            if problem := self.matches(header["schema"], value):
                wrong.append(f"the field {name} {problem}")
        content = described.get("content", {})
        kind = answer.headers.get("Content-Type")
        if not content and not answer.body:
            return wrong
        if kind not in content:
            return [*wrong, f"the content is {kind}, not {' or '.join(content) or 'none'}"]
        if kind == "application/x-ndjson":
            lines = answer.body.splitlines()[:CHECKED]
            schema = content[kind]["schema"]
            return wrong + [f"a line {problem}" for line in lines
                            if (problem := self.matches(schema, json.loads(line)))]
        if method != "HEAD" and kind.endswith("json"):
            if problem := self.matches(content[kind]["schema"], json.loads(answer.body)):
                wrong.append(f"the content {problem}")
        return wrong

    def check_request(self, target, body, item, operation):
        """An accepted request must be as described: the description is as wide as the server."""
        wrong = []
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        if "application/json" in content and body:
            value = body if isinstance(body, (dict, list)) else json.loads(body)
            if problem := self.matches(content["application/json"]["schema"], value):
                wrong.append(f"it was taken, but the body {problem}")
        known = {one["name"] for one in
                 map(self.resolve, [*item.get("parameters", []), *operation.get("parameters", [])])
                 if one["in"] == "query"}
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(target).query, keep_blank_values=True)
        foreign = "*/*" in content or target.startswith("/receipts/")
        for name in set() if foreign else set(query) - known:
            wrong.append(f"it was taken, but the query parameter {name} is not described")
        return wrong


CONTRACT = Contract(read_description(os.path.join(SOURCE, "http/openapi/openapi.yaml")))
