#!/usr/bin/env python3
"""The tree's tidiness as a test: width, comments, links, pages, words, places, names of tests,
arrows between layers, local names that clash, format.

    tests/tidy/tidy.py    report every breach; exit 1 if there is one

Each check takes the tree as a dictionary from path to text and returns its breaches.
"""

import os
import posixpath
import re
import subprocess
import sys

from arrows import check_arrows
from breach import Breach, is_cpp
from clashes import check_clashes
from cpp_format import FORMAT_VERSION, clang_format, clang_format_of

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WIDTH = 100

HASH_COMMENTS = (".py", ".sh", ".cmake", "CMakeLists.txt")
# Files that a program writes, and texts of others: nobody breaks their lines by hand.
GENERATED = ("docs/reference/configuration.md", "LICENSE", "config.toml")


def has_hash_comments(path, text):
    return path.endswith(HASH_COMMENTS) or text.startswith("#!")


# ---- width ---------------------------------------------------------------------------------------

def markdown_lines(text):
    """Lines of Markdown with their number, whether they are code, and the language of that code."""
    fence = None
    language = ""
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(```+|~~~+)(.*)", line)
        if mark and fence is None:
            fence, language = mark.group(1)[:3], mark.group(2).strip()
            yield number, line, True, language
        elif mark and mark.group(1).startswith(fence) and not mark.group(2).strip():
            yield number, line, True, language
            fence = None
        else:
            yield number, line, fence is not None, language


def may_be_wide(line, code, language):
    """Tables, links, and code blocks without a language, which are output."""
    if code:
        return not language
    return line.lstrip().startswith("|") or "](" in line or "://" in line


def raw_strings(text):
    """The numbers of lines that a raw string of C++ is on: their bytes are what a test needs."""
    lines = set()
    for match in re.finditer(r'R"([^\s()\\]{0,16})\((.*?)\)\1"', text, re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        lines.update(range(first, first + match.group(0).count("\n") + 1))
    return lines


def check_width(tree):
    breaches = []
    for path, text in tree.items():
        if path in GENERATED:
            continue
        if path.endswith(".md"):
            wide = [number for number, line, code, language in markdown_lines(text)
                    if len(line) > WIDTH and not may_be_wide(line, code, language)]
        elif is_cpp(path) or has_hash_comments(path, text):
            raw = raw_strings(text) if is_cpp(path) else ()
            wide = [number for number, line in enumerate(text.splitlines(), 1)
                    if len(line) > WIDTH and "://" not in line and number not in raw]
        else:
            continue
        breaches += [Breach(path, number, f"more than {WIDTH} columns") for number in wide]
    return breaches


# ---- comments ------------------------------------------------------------------------------------

OPENING = r"(?:What|Of|Who|Whom|Whose|Whoever|Whatever|Nobody)\b"
CPP_COMMENT = re.compile(r"(?:^\s*|[;{},)]\s+)///?<?\s*" + OPENING)
HASH_COMMENT = re.compile(r"(?:^\s*|\S  )#\s*" + OPENING)
DOCSTRING = re.compile(r"^\s*[rf]?\"\"\"\s*" + OPENING)


def check_comments(tree):
    breaches = []
    for path, text in tree.items():
        if is_cpp(path):
            patterns = (CPP_COMMENT,)
        elif has_hash_comments(path, text):
            patterns = (HASH_COMMENT, DOCSTRING) if path.endswith(".py") else (HASH_COMMENT,)
        else:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if any(pattern.search(line) for pattern in patterns):
                breaches.append(Breach(path, number, "a comment begins with its subject: " +
                                       line.strip()[:60]))
    return breaches


# ---- links ---------------------------------------------------------------------------------------

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s+(\S+)")
# A page that is named in a comment, a text or a configuration.
MENTION = re.compile(r"(?<![\w/.-])docs/[\w./-]+\.(?:md|yml|json|hpp|cpp)\b")


# A file or folder that a page names as code; `*` and `**` as in the map.
NAMED = re.compile(r"`((?:base|persistence|actors|http|tools|tests|cmake|packaging)/"
                   r"[\w/*-]+(?:\.(?:cpp|hpp|hxx|py|sh|md|yml|yaml|json|tsv|txt|cmake))?)`")


def without_code(line):
    return re.sub(r"`[^`]*`", "", line)


def anchors(text):
    """The anchors that GitHub gives to a page's headings."""
    seen = {}
    found = set()
    for _, line, code, _ in markdown_lines(text):
        heading = None if code else re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if not heading:
            continue
        words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(1)).lower()
        slug = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        found.add(slug if count == 0 else f"{slug}-{count}")
    return found


def check_links(tree):
    breaches = []
    folders = {""}
    for path in tree:
        while path := posixpath.dirname(path):
            folders.add(path)
    for path, text in tree.items():
        if path.endswith(".md"):
            for number, line, code, _ in markdown_lines(text):
                if code:
                    continue
                targets = LINK.findall(without_code(line))
                targets += REFERENCE.findall(line)
                for target in targets:
                    if re.match(r"[a-z][a-z0-9+.-]*:", target):
                        continue
                    file, _, anchor = target.partition("#")
                    there = path if not file else posixpath.normpath(
                        posixpath.join(posixpath.dirname(path), file))
                    if there not in tree and there not in folders:
                        breaches.append(Breach(path, number, f"the link {target} leads nowhere"))
                    elif anchor and anchor not in anchors(tree.get(there, "")):
                        breaches.append(Breach(path, number, f"{there} has no heading #{anchor}"))
            for number, line, code, _ in markdown_lines(text):
                for name in () if code else NAMED.findall(line):
                    pattern = pattern_of(name.rstrip("/"))
                    if not any(pattern.match(one) for one in (*tree, *folders)):
                        breaches.append(Breach(path, number, f"there is no {name}"))
        if path == "tests/tidy/tidy_test.py":
            continue  # its trees have pages of their own
        for number, line in enumerate(text.splitlines(), 1):
            for mention in MENTION.findall(line):
                if mention not in tree:
                    breaches.append(Breach(path, number, f"there is no {mention}"))
    return breaches


# ---- pages ---------------------------------------------------------------------------------------

def check_pages(tree):
    """A page of docs/ begins with its readers: "For operators: ..."."""
    breaches = []
    for path, text in tree.items():
        if not path.startswith("docs/") or not path.endswith(".md") or path in GENERATED:
            continue
        first = next((line for line in text.splitlines()[1:] if line.strip()), "")
        if not text.startswith("# ") or not first.startswith("For "):
            breaches.append(Breach(path, 1, "a page begins with a title, then \"For \" its "
                                   "readers and what they can do afterwards"))
    return breaches


# ---- words ---------------------------------------------------------------------------------------

# Words that send a reader to a dictionary. CONTRIBUTING.md names them.
RARE = re.compile(r"\b(besides|lest|anew|whoever|whomever|whatsoever|tells of)\b", re.IGNORECASE)


def check_words(tree):
    breaches = []
    for path, text in tree.items():
        page = path.endswith(".md") and path not in (*GENERATED, "CONTRIBUTING.md")
        if not page and path != "http/openapi/openapi.yaml":
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for word in RARE.findall(line):
                breaches.append(Breach(path, number, f"a plainer word for \"{word}\""))
    return breaches


# ---- places --------------------------------------------------------------------------------------

def pattern_of(glob):
    """`*` stays in a folder, `**` does not."""
    parts = re.split(r"(\*\*|\*)", glob)
    return re.compile("".join(
        {"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts) + r"\Z")


def table(text):
    """The lines of a list: pattern and reason, without comments."""
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            pattern, _, reason = line.partition(" ")
            yield pattern, reason.strip()


def check_places(tree, places=None):
    places = tree.get("tests/tidy/places.txt", "") if places is None else places
    rows = [(glob, pattern_of(glob)) for glob, _ in table(places)]
    breaches = [Breach(path, 1, "no place for it in tests/tidy/places.txt")
                for path in tree if not any(pattern.match(path) for _, pattern in rows)]
    breaches += [Breach("tests/tidy/places.txt", 1, f"nothing lies at {glob}: remove the line")
                 for glob, pattern in rows if not any(pattern.match(path) for path in tree)]
    return breaches


# ---- names of tests ------------------------------------------------------------------------------

def check_test_names(tree, exceptions=None):
    """X_test.cpp, or X_more_test.cpp, lies in tests/ where X lies in the tree."""
    exceptions = (tree.get("tests/tidy/test_names.txt", "") if exceptions is None else exceptions)
    rows = [(glob, pattern_of(glob), reason) for glob, reason in table(exceptions)]
    sources = {}
    for path in tree:
        if is_cpp(path) and not path.startswith("tests/"):
            folder, name = posixpath.split(path)
            sources.setdefault(folder, set()).add(name.rsplit(".", 1)[0])
    breaches = []
    used = set()
    for path in tree:
        match = re.match(r"tests/(?:(.*)/)?([^/]+)_test\.cpp$", path)
        if not match:
            continue
        here = sources.get(match.group(1) or "", set())
        if any(match.group(2) == name or match.group(2).startswith(name + "_") for name in here):
            continue
        excepted = [glob for glob, pattern, _ in rows if pattern.match(path)]
        used.update(excepted)
        if not excepted:
            elsewhere = sorted(folder for folder, names in sources.items()
                               if match.group(2) in names)
            place = ", ".join("tests/" + folder for folder in elsewhere)
            breaches.append(Breach(path, 1, f"its class lies elsewhere: move it to {place}" if place
                                   else f"no source of {match.group(1)}/ has this name"))
    breaches += [Breach("tests/tidy/test_names.txt", 1, f"{glob} is not needed: remove the line")
                 for glob, _, _ in rows if glob not in used]
    breaches += [Breach("tests/tidy/test_names.txt", 1, f"{glob} has no reason")
                 for glob, _, reason in rows if not reason]
    return breaches


# ---- the whole tree ------------------------------------------------------------------------------

CHECKS = {
    "width": check_width,
    "comments": check_comments,
    "links": check_links,
    "pages": check_pages,
    "words": check_words,
    "places": check_places,
    "test_names": check_test_names,
    "arrows": check_arrows,
    "clashes": check_clashes,
}


def read_tree(root):
    """Every text file of the tree that git knows or would know, else every file outside build/."""
    try:
        listed = subprocess.run(
            ["git", "-C", root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            capture_output=True, text=True, check=True).stdout.split("\0")
        paths = sorted(path for path in set(listed) if path)
    except (OSError, subprocess.CalledProcessError):
        paths = []
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders
                          if name not in (".git", "build", "node_modules", "__pycache__")]
            paths += [os.path.relpath(os.path.join(folder, name), root) for name in files]
    tree = {}
    for path in paths:
        whole = os.path.join(root, path)
        if os.path.isfile(whole):
            with open(whole, encoding="utf-8", errors="replace") as file:
                tree[path] = file.read()
    return tree


def main(arguments):
    if arguments:
        print(__doc__)
        return 0 if arguments == ["--help"] else 2
    tree = read_tree(ROOT)
    failed = False
    for name, check in CHECKS.items():
        for breach in check(tree):
            failed = True
            print(f"{breach.path}:{breach.line}: {name}: {breach.text}")
    program = clang_format()
    if program:
        for breach in clang_format_of(ROOT, [path for path in tree if is_cpp(path)], program):
            failed = True
            print(f"{breach.path}:{breach.line}: format: {breach.text}")
    else:
        print(f"clang-format {FORMAT_VERSION} is not installed: the format is not checked"
              " (tools/setup.sh --tests)")
    if not failed:
        print(f"{len(tree)} files are tidy")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
