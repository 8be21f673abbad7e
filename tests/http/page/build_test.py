"""The page that is kept in http/page/dist is the one that its sources and its lock file make, and
it is small.

    build_test.py SOURCE    with node and npm; npm's own registry is asked
"""

import gzip
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = sys.argv.pop(1)
PAGE = os.path.join(SOURCE, "http/page")
MOST = 80 * 1024


def files_of(folder):
    found = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as file:
            found[name] = file.read()
    return found


class Built(unittest.TestCase):
    def test_it_is_what_its_sources_make(self):
        with tempfile.TemporaryDirectory() as folder:
            copy = os.path.join(folder, "page")
            shutil.copytree(PAGE, copy, ignore=shutil.ignore_patterns("node_modules", "dist"))
            for command in (["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund",
                             "--loglevel=error"], ["npm", "run", "build"]):
                done = subprocess.run(command, cwd=copy, capture_output=True, text=True,
                                      timeout=240, check=False)
                self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])
            built, kept = files_of(os.path.join(copy, "dist")), files_of(os.path.join(PAGE, "dist"))
            self.assertEqual(sorted(built), sorted(kept),
                             "run `npm ci && npm run build` in http/page, and commit dist")
            for name, content in built.items():
                self.assertTrue(content == kept[name], f"dist/{name} is not what its sources make")

    def test_it_is_small(self):
        sizes = {name: len(gzip.compress(content, 9))
                 for name, content in files_of(os.path.join(PAGE, "dist")).items()}
        self.assertGreater(sum(sizes.values()), 10_000, sizes)
        self.assertLessEqual(sum(sizes.values()), MOST, sizes)

    def test_the_lock_file_names_versions_and_no_registry(self):
        for folder in (PAGE, os.path.join(SOURCE, "tests/http/page")):
            with open(os.path.join(folder, "package-lock.json"), encoding="utf-8") as file:
                lock = file.read()
            self.assertNotIn('"resolved"', lock)
            self.assertIn('"integrity"', lock)
            with open(os.path.join(folder, "package.json"), encoding="utf-8") as file:
                versions = re.findall(r'"[^"]+": "(\S*\d+\.\d+\S*)"', file.read())
            self.assertGreaterEqual(len(versions), 2)
            for version in versions:
                self.assertRegex(version, r"^\d+\.\d+\.\d+$")


if __name__ == "__main__":
    unittest.main()
