"""config.toml, written from dictionaries."""

import json


def toml(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)


def config_text(sections, providers):
    """A section that is a list is a table for each of its elements, such as [[source]]."""
    tables = []
    for name, keys in sections.items():
        if isinstance(keys, list):
            tables += [(f"[[{name}]]", one) for one in keys]
        else:
            tables.append((f"[{name}]", keys))
    tables += [("[[provider]]", keys) for keys in providers]
    return "".join(
        head + "\n" + "".join(f"{key} = {toml(value)}\n" for key, value in keys.items())
        for head, keys in tables)
