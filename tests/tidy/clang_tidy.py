#!/usr/bin/env python3
"""clang-tidy with the checks of .clang-tidy.

    tests/tidy/clang_tidy.py BUILD            the C++ files that were changed last
    tests/tidy/clang_tidy.py BUILD --all      every file; takes half an hour
    tests/tidy/clang_tidy.py BUILD FILE...    these

BUILD is a configured build folder that has compile_commands.json, with its generated files built.
Changed last is all that differs from the branch `origin/main`. Where nothing does, it is all that
the last COMMITS changed. At most MOST files are checked, those with most new lines.
Exit: 0 clean, 1 not, 77 there is no clang-tidy, or no repository to ask.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Older ones do not know the ranges of C++20.
PROGRAMS = ("clang-tidy-16", "clang-tidy-19")
MOST = 12
COMMITS = 20
SKIPPED = 77


def git(*arguments):
    done = subprocess.run(["git", "-C", TREE, *arguments], capture_output=True, text=True,
                          check=False)
    return done.stdout if done.returncode == 0 else ""


def changed_since(revision):
    """The number of new lines, by path."""
    if not revision:
        return {}
    lines = git("diff", "--numstat", "--diff-filter=AM", revision).splitlines()
    found = (line.split("\t") for line in lines)
    return {path: int(added) for added, _, path in found if added.isdigit()}


def last_change():
    base = git("merge-base", "HEAD", "origin/main").strip()
    return changed_since(base) or changed_since(git("rev-parse", f"HEAD~{COMMITS}").strip())


def sources_of(path):
    """The files that are compiled when this one is: CMake writes one that includes several."""
    if not re.search(r"/Unity/unity_\d+_cxx\.cxx$", path):
        return [path]
    with open(path, encoding="utf-8") as file:
        return re.findall(r'^#include "(.*)"$', file.read(), re.MULTILINE)


def commands_of(build):
    """The compile commands by path, without the precompiled headers: they are GCC's."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        entries = json.load(file)
    commands = {}
    for entry in entries:
        words = shlex.split(re.sub(r" -Winvalid-pch| -include \S+cmake_pch\.hxx", "",
                                   entry["command"]))
        compiler = next(i for i, word in enumerate(words) if re.search(r"(\+\+|g\+\+-\d+)$", word))
        compiled = os.path.join(entry["directory"], entry["file"])
        for source in sources_of(compiled):
            path = os.path.relpath(source, TREE)
            if path.startswith(("build", "..")):
                continue
            command = [source if word == entry["file"] else word for word in words[compiler:]]
            commands[path] = {**entry, "file": source, "command": shlex.join(command)}
    return commands


def to_check(change, commands):
    """The files to compile for a change. A header is checked with the source of its name."""
    wanted = {}
    for path, added in change.items():
        source = re.sub(r"\.hpp$", ".cpp", path)
        if source in commands:
            wanted[source] = wanted.get(source, 0) + added
    return sorted(wanted, key=lambda path: -wanted[path])


def check(program, folder, path):
    done = subprocess.run([program, "-p", folder, "--quiet", "--extra-arg=-w",
                           os.path.join(TREE, path)], capture_output=True, text=True, check=False)
    return path, done.returncode, done.stdout


def main():
    options = argparse.ArgumentParser(description=__doc__,
                                      formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("build")
    options.add_argument("files", nargs="*")
    options.add_argument("--all", action="store_true", help="every file")
    given = options.parse_args()
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if not program:
        print(f"none of {', '.join(PROGRAMS)} is installed: tools/setup.sh --tests installs it")
        return SKIPPED
    commands = commands_of(given.build)
    if given.all:
        paths = sorted(commands)
    elif given.files:
        paths = [os.path.relpath(os.path.abspath(path), TREE) for path in given.files]
    else:
        change = last_change()
        if not change:
            print("git knows of no change")
            return SKIPPED
        paths = to_check(change, commands)
        for path in paths[MOST:]:
            print(f"left out, because the change has more than {MOST} files: {path}")
        paths = paths[:MOST]
    failed = 0
    with tempfile.TemporaryDirectory() as folder, \
            concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        with open(os.path.join(folder, "compile_commands.json"), "w", encoding="utf-8") as file:
            json.dump(list(commands.values()), file)
        for path, code, text in pool.map(lambda one: check(program, folder, one), paths):
            failed += code != 0
            print(text if code else f"clean: {path}", flush=True)
    print(f"{len(paths)} files, {failed} with findings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
