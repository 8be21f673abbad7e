"""The format of C++ files, judged by clang-format."""

import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

from breach import Breach

# Other versions break lines elsewhere.
FORMAT_VERSION = 14


def clang_format():
    """The clang-format whose version is the tree's, or None."""
    for name in (f"clang-format-{FORMAT_VERSION}", "clang-format"):
        program = shutil.which(name)
        if program:
            said = subprocess.run([program, "--version"], capture_output=True, text=True,
                                  check=True).stdout
            if f" version {FORMAT_VERSION}." in said:
                return program
    return None


def clang_format_of(root, paths, program):
    """Breaches that clang-format finds."""
    def run(chunk):
        return subprocess.run([program, "--dry-run", "-Werror", *chunk], cwd=root, text=True,
                              capture_output=True, check=False)

    chunks = [paths[at:at + 50] for at in range(0, len(paths), 50)]
    breaches = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(run, chunks):
            found = re.findall(r"^(\S+?):(\d+):\d+: error: (.*)", result.stderr, re.MULTILINE)
            breaches += [Breach(path, int(line), "run clang-format -i") for path, line, _ in found]
            if result.returncode != 0 and not found:
                breaches.append(Breach(program, 0, result.stderr.strip()[:300]))
    return breaches
