"""Draws the pictures of README from `postrider serve --demo`, by hand and not in the run:

    python3 tests/scenario/page_pictures.py     writes docs/images/*.webp, in some five minutes

    PICTURE_POINTS    points of ten seconds that the chart has (30)
"""

import json
import os
import subprocess
import tempfile

from harness import http_request
from page_fixture import BROWSER, NODE, TESTS
from processes import SOURCE, Process, free_port, program, wait_until

FOLDER = os.path.join(SOURCE, "docs/images")


def answers(port):
    try:
        return http_request(port, "GET", "/livez").status == 200
    except OSError:
        return False


def main():
    port = free_port()
    with tempfile.TemporaryDirectory() as work:
        demo = Process([program("postrider"), "serve", "--demo"], os.path.join(work, "demo"),
                       {"POSTRIDER_HTTP__LISTEN": f"127.0.0.1:{port}"})
        try:
            wait_until(lambda: answers(port), 20, "the demo answers")
            seed = os.path.join(work, "seed.json")
            with open(seed, "w", encoding="utf-8") as file:
                json.dump({"url": f"http://127.0.0.1:{port}/ui/", "folder": FOLDER,
                           "points": int(os.environ.get("PICTURE_POINTS", "30"))}, file)
            os.makedirs(FOLDER, exist_ok=True)
            subprocess.run([NODE, os.path.join(SOURCE, "tests/http/page/pictures.mjs")], check=True,
                           env={**os.environ, "PAGE_SEED": seed, "PAGE_TESTS": TESTS,
                                "PAGE_BROWSER": BROWSER})
        finally:
            demo.kill()


if __name__ == "__main__":
    main()
