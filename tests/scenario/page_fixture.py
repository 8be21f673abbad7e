"""A server whose messages, providers and keys are those that the tests of the page look at, and the
browser that looks (tests/http/page).

    PAGE_TESTS        folder in whose node_modules playwright-core and axe-core are
    PAGE_ONLY         a part of the names of the tests that run (all)
    PAGE_SHOTS        folder for a picture of each view (none without it)
"""

import json
import os
import re
import shutil
import subprocess
import unittest

from channels import CHANNELS, SECRETS, Channel, start_channels
from databases import open_database
from harness import SOURCE, Scenario, Server, program, wait_until

BROWSER = shutil.which("chromium")
NODE = shutil.which("node")
TESTS = os.environ.get("PAGE_TESTS", os.path.join(SOURCE, "build/deps/page-tests"))
MARKUP = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"

FELL_BACK, MAY_HAVE_ARRIVED = "+15551234567", "+15551230007"
UNREGISTERED = ("+15551230041", "+15551230042")
# Its text, its metadata and its provider's answer have markup.
HOSTILE = "+15551236666"
CAPTCHA = "+15551237777"
SOLVED = "signalcaptcha://signal-hcaptcha.5fad97ac.challenge.P1_"

needs_browser = unittest.skipUnless(
    BROWSER and NODE and os.path.isdir(TESTS),
    "chromium, node or playwright-core is missing: run tools/setup.sh --tests")


def channel(kind, name):
    known, = (one for one in CHANNELS if one.name == kind)
    return Channel(name, known.type, known.recipient, known.keys, known.speaks_smtp, known.reports)


class PageScenario(Scenario):
    def start(self):
        channels = [channel("signal-rpc", "signal-main"), channel("kannel", "kannel-de"),
                    channel("mail", "mail"), channel("kannel", "kannel-old"),
                    channel("signal-rpc", "signal-spare")]
        self.sim = start_channels(self, channels)
        self.sim.behave("signal-main", latency_ms=[20, 60],
                        by_recipient={FELL_BACK: "unregistered", MAY_HAVE_ARRIVED: "drop",
                                      **dict.fromkeys(UNREGISTERED, "unregistered")},
                        receipts={"kind": "delivered", "delay_ms": 5})
        self.sim.behave("kannel-de", latency_ms=[4, 9],
                        receipts={"kind": "delivered", "delay_ms": 200})
        # Kannel's answer to a wrong password begins so: the provider is held.
        self.sim.behave("kannel-old", outcomes={"reply": 1}, reply={
            "status": 403, "message": f"Authorization failed for sendsms {MARKUP}"})
        self.sim.behave("signal-spare", by_recipient={CAPTCHA: "rate_limit_captcha"},
                        retry_after_s=86400)
        self.server = self.make_server(
            self.open_database(), [one.provider(self.sim) for one in channels], receipts={},
            messaging={"default_provider_type": "signal"},
            source=[{"name": "alerts", "type": "alertmanager", "to": ["user:7"]}])
        self.server.environment.update(SECRETS)
        self.server.start()

    def make_locked(self, name):
        """A server that requires keys."""
        folder = os.path.join(self.folder, name)
        os.makedirs(folder)
        made = self.use(Server(folder, self.stack.enter_context(open_database(folder)),
                               [channel("mail", "mail").provider(self.sim)],
                               auth={"required": True}))
        made.environment.update(SECRETS)
        return made

    def start_locked(self):
        """One with keys by their names."""
        locked = self.make_locked("locked")
        self.keys = {}
        for name, arguments in {"root": ["--scope", "admin"], "reader": ["--scope", "read"],
                                "limited": ["--scope", "read", "--user", "7", "--user", "8"],
                                "tester": ["--scope", "read", "--scope", "send", "--test"],
                                "sender": ["--scope", "send"],
                                "leaver": ["--scope", "read"]}.items():
            done = subprocess.run([program("postrider"), "keys", "create", "--name", name,
                                   *arguments, "--config", locked.config],
                                  env={**os.environ, **SECRETS}, timeout=60, capture_output=True,
                                  text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.keys[name] = done.stdout.strip()
        locked.start()
        return locked

    def start_first(self):
        """One that has no key yet, and the link that it prints."""
        first = self.make_locked("first")
        first.start()
        link = wait_until(lambda: re.search(r"http://\S+/ui/#link=\S+", first.process.output()), 10,
                          "the link was printed")
        return first, link.group(0)

    def put_lists(self):
        lists = {7: [{"provider": "signal-main", "priority": 1},
                     {"provider": "kannel-de", "priority": 2},
                     {"provider": "mail", "priority": 3, "address": "ann@example.org"}],
                 8: [{"provider": "kannel-old"}], 9: [{"provider": "signal-spare"}]}
        for user, providers in lists.items():
            answer = self.server.request("PUT", f"/v1/users/{user}/providers", providers)
            self.assertEqual(answer.status, 200, answer)

    def seed(self):
        """Messages of every state; ids by what they show."""
        self.put_lists()
        phones = {"user_id": 7, "type": "signal"}
        later = {"send_at": "2099-01-01T18:00:00Z"}
        seeds = {
            "plain": {**phones, "recipients": ["+15551230001"]},
            "fell_back": {**phones, "recipients": [FELL_BACK], "reference": "order-42",
                          "metadata": {"order": "42", "shop": "berlin", "town": "Old Town"}},
            "unknown": {**phones, "recipients": [MAY_HAVE_ARRIVED], "on_unknown": "hold",
                        "fallback": False},
            "scheduled": {**phones, "recipients": ["+15551230002"], **later},
            "to_cancel": {**phones, "recipients": ["+15551230003"], **later},
            "failed": {**phones, "fallback": False, "recipients": list(UNREGISTERED)},
            "several": {**phones, "recipients": [f"+1555124{n:04}" for n in range(30)]},
            "captcha": {"user_id": 9, "recipients": [CAPTCHA]},
            "hostile": {"user_id": 8, "recipients": [HOSTILE], "reference": MARKUP,
                        "message": MARKUP, "subject": MARKUP, "html": MARKUP,
                        "metadata": {MARKUP: MARKUP}},
        }
        self.ids = {}
        for name, body in seeds.items():
            answer = self.server.request("POST", "/v1/messages",
                                         {"message": f"The text of {name}", **body})
            self.assertEqual(answer.status, 202, answer)
            self.ids[name] = answer.json["message_id"]
        for name, outcome in {"plain": "delivered", "fell_back": "delivered",
                              "unknown": "unknown", "failed": "failed"}.items():
            wait_until(lambda: self.outcome(name) == outcome, 20, f"{name} is {outcome}")
        wait_until(lambda: self.chain("hostile")[-1]["attempts"], 20, "the hostile answer has come")
        wait_until(lambda: self.provider("kannel-old")["circuit"]["held"], 20, "it is held")
        wait_until(lambda: self.provider("signal-spare")["challenge"], 20, "a captcha is asked for")
        self.alert()
        answer = self.server.request("POST", "/v1/keys", {"name": MARKUP[:64], "scopes": ["send"]})
        self.assertEqual(answer.status, 201, answer)

    def alert(self):
        """A request to the source, as Alertmanager writes it."""
        answer = self.server.request("POST", "/in/alerts", {
            "version": "4", "groupKey": "{}", "status": "firing", "receiver": "postrider",
            "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {}, "externalURL": "",
            "alerts": [{"status": "firing", "labels": {"alertname": MARKUP}, "annotations": {},
                        "startsAt": "2026-11-23T05:06:07Z", "endsAt": "0001-01-01T00:00:00Z",
                        "generatorURL": "", "fingerprint": "1"}]})
        self.assertEqual(answer.status, 200, answer)

    def outcome(self, name):
        return self.server.message(self.ids[name])["recipients"][0]["outcome"]

    def chain(self, name):
        return self.server.message(self.ids[name])["recipients"][0]["transactions"]

    def provider(self, name):
        return self.server.request("GET", f"/v1/providers/{name}").json

    def browse(self, script, **seed):
        """Runs a script of tests/http/page in a browser; it reads `seed`."""
        file = os.path.join(self.folder, script + ".json")
        with open(file, "w", encoding="utf-8") as output:
            json.dump({"url": f"http://127.0.0.1:{self.server.port}/ui/", "ids": self.ids,
                       "fell_back": FELL_BACK, "may_have_arrived": MAY_HAVE_ARRIVED,
                       "hostile": HOSTILE, "markup": MARKUP, "solved": SOLVED,
                       "control": f"http://127.0.0.1:{self.sim.port}/control",
                       "pid": self.server.process.child.pid, **seed}, output)
        done = subprocess.run(
            [NODE, "--test", "--test-reporter=spec",
             "--test-name-pattern=" + os.environ.get("PAGE_ONLY", "."),
             os.path.join(SOURCE, "tests/http/page", script)],
            capture_output=True, text=True, timeout=300, check=False,
            env={**os.environ, "PAGE_SEED": file, "PAGE_TESTS": TESTS, "PAGE_BROWSER": BROWSER,
                 "PAGE_PROFILE": self.folder})
        if "POSTRIDER_KEEP" in os.environ:
            print(done.stdout)
        self.assertEqual(done.returncode, 0, done.stdout[-12000:] + done.stderr[-3000:])
