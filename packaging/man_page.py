"""Writes the manual page: its text is postrider.1, its list of commands what the program itself says.

    man_page.py POSTRIDER TEMPLATE > postrider.1
"""

import re
import subprocess
import sys


def escaped(text):
    return text.replace("\\", "\\e").replace("-", "\\-")


def help_of(program, *command):
    return subprocess.run([program, *command, "--help"], capture_output=True, text=True,
                          check=True).stdout


def names_below(text):
    """The commands that a --help lists, in its order."""
    listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.MULTILINE)
    return re.findall(r"^  (\S+)", listed.group(1), re.MULTILINE) if listed else []


def options_of(text):
    listed = re.search(r"^Options:\n((?:  .*\n)+)", text, re.MULTILINE)
    return re.findall(r"^  (-\S+(?: [A-Z]\S*)?)", listed.group(1), re.MULTILINE) if listed else []


def commands(program, *path):
    text = help_of(program, *path)
    for name in names_below(text):
        here = help_of(program, *path, name)
        yield [*path, name], here.splitlines()[0], options_of(here)
        yield from commands(program, *path, name)


def main():
    program, template = sys.argv[1:]
    lines = []
    for path, description, options in commands(program):
        shown = " ".join(f"[{one}]" for one in options if "--help" not in one)
        lines += [".TP", f".B postrider {escaped(' '.join(path))}",
                  f".RS\n{escaped(description)}", ".br" if shown else "", escaped(shown), ".RE"]
    with open(template, encoding="utf-8") as file:
        text = file.read()
    sys.stdout.write(text.replace("@COMMANDS@", "\n".join(line for line in lines if line)))


if __name__ == "__main__":
    main()
