"""Names that clash when a unity build compiles the files of a target as one."""

import posixpath
import re

from breach import Breach

TARGET = re.compile(r"add_library\((\w+) STATIC\b(.*?)\)", re.DOTALL)
# All of these stand at the left margin, within an anonymous namespace.
TYPE = re.compile(r"^(?:struct|class|enum class) (\w+)(?: final)?(?: :[^;{]*)? ?[{;]", re.MULTILINE)
ALIAS = re.compile(r"^using (\w+) = ([^;]*);", re.MULTILINE)
VALUE = re.compile(r"^(?:inline )?const(?:expr|init)? [\w:<>, *&]+? (\w+)(?:\[[^\]]*\])?(?:\{| =)",
                   re.MULTILINE)
FUNCTION = re.compile(r"^(?!return|using|struct|class)\w[\w:<>, *&]*?[ *&](\w+)"
                      r"\(([^()]*(?:\([^()]*\)[^()]*)*)\)(?: noexcept)?\s*\{", re.MULTILINE)
# Its enumerators are names of the namespace; those of an enum class are not.
ENUM = re.compile(r"^enum \w*(?: : [\w:]+)? ?\{([^}]*)\}", re.MULTILINE)
ENUMERATOR = re.compile(r"(?:^|,)(?:\s|//[^\n]*\n)*(\w+)")
PARAMETER_NAME = re.compile(r"(?<=[\w>&*\]] )\w+$|(?<=[&*])\w+$")


def targets(tree):
    """The sources of each library of the product."""
    for path, text in tree.items():
        if posixpath.basename(path) != "CMakeLists.txt" or path.startswith("tests/"):
            continue
        for name, sources in TARGET.findall(text):
            files = re.findall(r"[\w./-]+\.cpp", sources)
            yield name, [posixpath.join(posixpath.dirname(path), one) for one in files]


def local_parts(text):
    """The enclosing namespace and the text of each anonymous namespace."""
    for begin in re.finditer(r"^namespace \{$", text, re.MULTILINE):
        outer = re.findall(r"^namespace ([\w:]+) \{$", text[:begin.start()], re.MULTILINE)
        end = text.find("\n}  // namespace\n", begin.end())
        yield "::".join(outer), text[begin.end():end], text.count("\n", 0, begin.end()) + 1


def signature(parameters):
    """The types of a function's parameters."""
    types = (PARAMETER_NAME.sub("", " ".join(one.split(" = ")[0].split())).strip()
             for one in parameters.split(","))
    return ", ".join(types)


def local_names(text):
    """Each name with its namespace and line. What an alias stands for is a part of its name: two
    that say the same are one.
    """
    for space, part, line in local_parts(text):
        for pattern in (TYPE, VALUE, FUNCTION):
            for found in pattern.finditer(part):
                name = found.group(1)
                if pattern is FUNCTION:
                    name += f"({signature(found.group(2))})"
                yield (space, name, ""), line + part.count("\n", 0, found.start())
        for found in ENUM.finditer(part):
            for one in ENUMERATOR.finditer(found.group(1)):
                at = found.start(1) + one.start(1)
                yield (space, one.group(1), ""), line + part.count("\n", 0, at)
        for found in ALIAS.finditer(part):
            yield (space, *found.groups()), line + part.count("\n", 0, found.start())


def check_clashes(tree):
    """The release build compiles the files of a target together, and the tests' build does not."""
    breaches = []
    for target, files in targets(tree):
        seen, functions = {}, {}
        for path in files:
            for (space, name, meaning), line in local_names(tree.get(path, "")):
                bare = name.partition("(")[0]
                other, same = seen.setdefault((space, name), (path, meaning))
                if other == path and bare == name:
                    other, same = functions.get((space, bare), path), ""
                elif other == path:
                    # Functions with other parameters may have its name, nothing else may.
                    functions.setdefault((space, bare), path)
                    other = seen.get((space, bare), (path, ""))[0]
                if other != path and not (meaning and meaning == same):
                    breaches.append(Breach(path, line, f"{name} is also in {other}, and both are in"
                                           f" {target}: share it, or give it another name"))
    return breaches
