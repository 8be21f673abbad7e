"""Writes the manual page: its text is postrider.1, its list of commands comes from the program.

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


def entries(text, title):
    """[(spelling, sentence)]: the two columns of one part of a --help. The second one may begin on
    the next line."""
    listed = re.search(rf"^{title}:\n((?:  .*\n)+)", text, re.MULTILINE)
    found = []
    for line in listed.group(1).splitlines() if listed else []:
        if line.startswith("  ") and line[2] != " ":
            # The second column begins where the first one has room for 28 characters.
            spelling, sentence = (line[:30], line[30:]) if line[29:30] == " " else (line, "")
            found.append([spelling.strip(), sentence.strip()])
        else:
            found[-1][1] = (found[-1][1] + " " + line.strip()).strip()
    return [(spelling, sentence) for spelling, sentence in found]


def options_of(text):
    """[("--user ID", "whose list ...")] without --help, which all have."""
    return [(re.sub(r" REQUIRED$", "", spelling), sentence)
            for spelling, sentence in entries(text, "Options") if "--help" not in spelling]


def positionals_of(text):
    """[("TEXT", "the message ...")]"""
    return [(spelling.split()[0], sentence) for spelling, sentence in entries(text, "Positionals")]


def commands(program, *path):
    text = help_of(program, *path)
    for name in names_below(text):
        here = help_of(program, *path, name)
        yield [*path, name], here.splitlines()[0], positionals_of(here) + options_of(here)
        yield from commands(program, *path, name)


def main():
    program, template = sys.argv[1:]
    lines = []
    for path, description, arguments in commands(program):
        names = [spelling for spelling, _ in arguments if not spelling.startswith("-")]
        shown = " ".join([*path, *(["[OPTION ...]"] if len(names) < len(arguments) else []),
                          *names])
        lines += [".TP", f".B postrider {escaped(shown)}", escaped(description), ".RS"]
        for spelling, sentence in arguments:
            lines += [".TP", f".B {escaped(spelling)}", escaped(sentence)]
        lines += [".RE"]
    with open(template, encoding="utf-8") as file:
        text = file.read()
    sys.stdout.write(text.replace("@COMMANDS@", "\n".join(line for line in lines if line)))


if __name__ == "__main__":
    main()
