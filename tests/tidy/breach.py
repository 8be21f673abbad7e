"""Words that all checks share."""

from collections import namedtuple

Breach = namedtuple("Breach", "path line text")

CPP = (".cpp", ".hpp", ".hxx", ".ipp")


def is_cpp(path):
    return path.endswith(CPP)
