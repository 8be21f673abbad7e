"""The arrows between layers: what each file may include, and that the pure ones never see CAF."""

import fnmatch
import posixpath
import re

from breach import Breach, is_cpp

LAYERS = ("base", "persistence", "actors", "sources", "inbound", "smtp", "http", "tools", "tests")
# The product's layers, by what each may include of the others.
MAY_SEE = {
    "base": ("base/*",),
    "persistence": ("base/*", "persistence/*"),
    "actors": ("base/*", "persistence/*", "actors/*"),
    "sources": ("base/*", "sources/*", "actors/api/*"),
    "inbound": ("base/*", "inbound/*", "sources/*", "actors/api/*"),
    "smtp": ("base/*", "smtp/*", "inbound/*", "sources/*", "actors/api/*"),
    "http": ("base/*", "http/*", "inbound/*", "sources/*", "actors/api/*"),
}
# Folders whose order is fixed: each sees itself, those before it, and the interface above them.
LEDGER_ORDER = ("records", "sql", "apply", "query")
WITHOUT_CAF = ("base/", "persistence/", "http/", "inbound/", "smtp/", "sources/", "actors/rules/",
               "actors/providers/", "actors/api/")


def includes_of(tree):
    """For each C++ file the files of the tree that it includes, and whether it includes CAF."""
    inside, caf = {}, set()
    for path, text in tree.items():
        if not is_cpp(path):
            continue
        inside[path] = []
        for number, line in enumerate(text.splitlines(), 1):
            match = re.match(r"\s*#\s*include\s+([\"<])([^\">]+)", line)
            if not match:
                continue
            if match.group(1) == "<":
                if match.group(2).startswith("caf/"):
                    caf.add(path)
                continue
            name = match.group(2)
            near = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            target = name if name in tree else near if near in tree else None
            if target:
                inside[path].append((number, target))
    return inside, caf


def way_to_caf(path, inside, caf):
    """The shortest chain of includes from a file to one that includes CAF."""
    ways, seen = [[path]], {path}
    while ways:
        way = ways.pop(0)
        if way[-1] in caf:
            return way
        for _, target in inside.get(way[-1], ()):
            if target not in seen:
                seen.add(target)
                ways.append(way + [target])
    return None


def ledger_folder(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "persistence" and len(parts) > 2 else None


def check_arrows(tree):
    inside, caf = includes_of(tree)
    breaches = []
    for path, targets in inside.items():
        layer = path.split("/")[0]
        for number, target in targets:
            other = target.split("/")[0]
            below = layer in LAYERS and other in LAYERS
            if below and layer in MAY_SEE:
                if not any(fnmatch.fnmatch(target, glob) for glob in MAY_SEE[layer]):
                    breaches.append(Breach(path, number, f"{layer}/ does not see {target}"))
            elif layer == "tools" and other == "tests":
                breaches.append(Breach(path, number, f"{layer}/ does not see {target}"))
            inner = ledger_folder(target)
            if inner in LEDGER_ORDER and layer in ("actors", "http", "tools"):
                breaches.append(Breach(path, number, f"only persistence/ sees {target}"))
            own = ledger_folder(path)
            if (inner in LEDGER_ORDER and own in LEDGER_ORDER and
                    LEDGER_ORDER.index(inner) > LEDGER_ORDER.index(own)):
                breaches.append(Breach(path, number, f"persistence/{own}/ does not see {target}"))
        if path.startswith(WITHOUT_CAF) and (way := way_to_caf(path, inside, caf)):
            breaches.append(Breach(path, 1, "sees CAF: " + " > ".join(way)))
    return breaches
