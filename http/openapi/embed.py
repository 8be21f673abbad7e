"""Makes C++ of the interface's description and of the files of the two pages.

    embed.py --description openapi.yaml --out DIR [--ui FOLDER] [FILE ...]

Writes into DIR: openapi.json; reference.html, the same for people; embedded_files.S, which holds
them and the FILEs; embedded_files.cpp, which names them. Files of FOLDER are named "ui/...".
"""

import argparse
import json
import os

import yaml

from reference_page import page_of

CONTENT_TYPES = {
    ".json": "application/json",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}


class Loader(yaml.SafeLoader):
    """YAML's core schema as JSON has it: nothing is made a date."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def resolved(document, node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def add_examples(description, examples):
    """Puts real requests and answers where they belong: {operationId: {"request": ..., "answers":
    {status: ...}}}.
    """
    operations = {operation["operationId"]: operation for item in description["paths"].values()
                  for operation in item.values() if isinstance(operation, dict)
                  and "operationId" in operation}
    for name, one in examples.items():
        operation = operations[name]
        if "request" in one:
            body = resolved(description, operation["requestBody"])
            body["content"]["application/json"].setdefault("example", one["request"])
        for status, answer in one["answers"].items():
            # Several operations may share it, and each has an example of its own.
            response = dict(resolved(description, operation["responses"][status]))
            response["content"] = {kind: {**content, "example": answer}
                                   for kind, content in response["content"].items()}
            operation["responses"][status] = response


def read_description(path):
    with open(path, encoding="utf-8") as file:
        description = yaml.load(file, Loader)
    with open(os.path.join(os.path.dirname(path), "examples.json"), encoding="utf-8") as file:
        add_examples(description, json.load(file))
    return description


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--description", required=True)
    arguments.add_argument("--out", required=True)
    arguments.add_argument("--ui", help="the folder of the page at /ui/, built")
    arguments.add_argument("files", nargs="*")
    given = arguments.parse_args()

    description = read_description(given.description)
    os.makedirs(given.out, exist_ok=True)
    as_json = os.path.join(given.out, "openapi.json")
    write(as_json, json.dumps(description, ensure_ascii=False, separators=(",", ":")))

    as_page = os.path.join(given.out, "reference.html")
    write(as_page, page_of(description))

    files = {os.path.basename(path): os.path.abspath(path)
             for path in (as_json, as_page, *given.files)}
    if given.ui:
        files |= {f"ui/{name}": os.path.abspath(os.path.join(given.ui, name))
                  for name in sorted(os.listdir(given.ui))}
    data = ['    .section .note.GNU-stack,"",@progbits', "    .section .rodata"]
    names, declared = [], []
    for number, (name, path) in enumerate(files.items()):
        begin, end = f"postrider_file_{number}", f"postrider_file_{number}_end"
        data += [f"    .global {begin}, {end}", f"{begin}:", f'    .incbin "{path}"', f"{end}:"]
        declared.append(f"extern const char {begin}[], {end}[];")
        kind = CONTENT_TYPES[os.path.splitext(path)[1]]
        names.append(f'    embedded_file{{"{name}", "{kind}",\n'
                     f"                  {{{begin}, static_cast<std::size_t>({end} - {begin})}}}},")
    write(os.path.join(given.out, "embedded_files.S"), "\n".join([*data, ""]))
    write(os.path.join(given.out, "embedded_files.cpp"), "\n".join([
        '#include "http/openapi/embedded_files.hpp"', "", "#include <array>", "",
        'extern "C" {', *declared, "}", "",
        "namespace postrider::http {", "",
        "std::span<const embedded_file> embedded_files() {",
        f"  static const std::array<embedded_file, {len(files)}> files{{", *names, "  };",
        "  return files;", "}", "",
        "const embedded_file* find_embedded_file(std::string_view name) {",
        "  for (const auto& file : embedded_files())",
        "    if (file.name == name) return &file;",
        "  return nullptr;", "}", "", "}  // namespace postrider::http", ""]))


if __name__ == "__main__":
    main()
