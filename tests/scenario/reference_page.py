"""The reference page at /docs in a real browser: it shows every operation, and nothing is loaded
from elsewhere.
"""

import html.parser
import os
import shutil
import subprocess
import unittest

from contract import CONTRACT
from harness import Scenario

BROWSER = shutil.which("chromium")


class Shown(html.parser.HTMLParser):
    """The operations that the page shows, as "GET /path"."""

    def __init__(self):
        super().__init__()
        self.method = None
        self.reads_method = False
        self.operations = set()

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.reads_method = attributes.get("class") == "opblock-summary-method"
        if "data-path" in attributes:
            self.operations.add(f"{self.method} {attributes['data-path']}")

    def handle_data(self, data):
        if self.reads_method and data.strip():
            self.method = data.strip()


@unittest.skipUnless(BROWSER, "chromium is missing: run tools/setup.sh --tests")
class ReferencePage(Scenario):
    def test_a_browser_shows_every_operation_and_is_refused_nothing(self):
        server = self.make_server(self.open_database(), [])
        server.start()
        profile = os.path.join(self.folder, "browser")
        done = subprocess.run(
            [BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
             f"--user-data-dir={profile}", "--virtual-time-budget=30000", "--dump-dom",
             f"http://127.0.0.1:{server.port}/docs"],
            capture_output=True, text=True, timeout=120, check=False)
        shown = Shown()
        shown.feed(done.stdout)
        described = {f"{method} {pattern}" for method, pattern, _ in CONTRACT.operations()}
        self.assertEqual(shown.operations, described, done.stderr[-2000:])
        console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
        self.assertEqual(console, [])
        self.assert_stops(server)


if __name__ == "__main__":
    unittest.main()
