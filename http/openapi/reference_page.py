"""The interface's description as a page of plain HTML, for builds without swagger-ui and browsers
without JavaScript.
"""

import html
import json
import re

METHODS = ("get", "put", "post", "patch", "delete")

HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/plain.css">
</head>
<body>
"""


def inline(text):
    """`code` and [links](to), escaped."""
    text = html.escape(text, quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"\[([^\]]+)\]\((/[^)\s]*|#[^)\s]*)\)", r'<a href="\2">\1</a>', text)


def markdown(text):
    """Paragraphs, lists, tables and blocks of code: as much of Markdown as the description uses."""
    out = []
    for block in re.split(r"\n\s*\n", (text or "").strip()):
        lines = block.splitlines()
        if not lines:
            continue
        if lines[0].startswith("```"):
            out.append("<pre>" + html.escape("\n".join(line for line in lines
                                                       if not line.startswith("```")),
                                             quote=False) + "</pre>")
        elif all(line.startswith("|") for line in lines):
            rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines
                    if not re.fullmatch(r"[|\s:-]+", line)]
            out.append(table(rows[0], [[inline(cell) for cell in row] for row in rows[1:]]))
        elif any(line.startswith("- ") for line in lines):
            items = re.split(r"^- ", "\n".join(lines), flags=re.MULTILINE)
            if items[0].strip():
                out.append(f"<p>{inline(items[0].strip())}</p>")
            out.append("<ul>" + "".join(f"<li>{inline(item.strip())}</li>" for item in items[1:])
                       + "</ul>")
        elif lines[0].startswith("#"):
            out.append(f"<h3>{inline(lines[0].lstrip('# '))}</h3>")
        else:
            out.append(f"<p>{inline(block)}</p>")
    return "\n".join(out)


def table(heads, rows):
    """A table of cells that are HTML already."""
    head = "".join(f"<th>{inline(one)}</th>" for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


class Page:
    def __init__(self, description):
        self.description = description
        self.out = []

    def resolved(self, node):
        while isinstance(node, dict) and "$ref" in node:
            target = self.description
            for part in node["$ref"].lstrip("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def kind(self, schema):
        """The type of a value, in a few words, with links to schemas that have a name."""
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[1]
            return f'<a href="#schema-{html.escape(name)}">{html.escape(name)}</a>'
        for word, between in (("oneOf", " or "), ("anyOf", " or "), ("allOf", " and ")):
            if word in schema:
                return between.join(self.kind(one) for one in schema[word])
        if "const" in schema:
            return f"<code>{html.escape(str(schema['const']))}</code>"
        if "enum" in schema:
            return ", ".join(f"<code>{html.escape('null' if one is None else str(one))}</code>"
                             for one in schema["enum"])
        kinds = schema.get("type", "any value")
        words = kinds if isinstance(kinds, str) else " or ".join(kinds)
        if words == "array" and "items" in schema:
            return "array of " + self.kind(schema["items"])
        limits = [f"{name} {schema[key]}" for key, name in (
            ("format", ""), ("minimum", "from"), ("maximum", "to"), ("minLength", "at least"),
            ("maxLength", "at most"), ("minItems", "at least"), ("maxItems", "at most"),
            ("default", "default")) if key in schema]
        return html.escape(", ".join([words, *(one.strip() for one in limits)]))

    def description_of(self, node):
        """Its own words, beside a $ref too; else those of what it refers to."""
        return markdown(node.get("description") or self.resolved(node).get("description", ""))

    def parts(self, schema):
        """(what it adds to the name, schema) of the objects that are written out in a value."""
        if "$ref" in schema:
            return
        if "properties" in schema:
            yield "", schema
        if isinstance(schema.get("items"), dict):
            for suffix, part in self.parts(schema["items"]):
                yield "[]" + suffix, part
        for word in ("oneOf", "anyOf", "allOf"):
            for one in schema.get(word, []):
                yield from self.parts(one)

    def members(self, schema, before=""):
        """(name, required, schema) of an object, with those of the schemas it is made of and those
        of the objects in it: `plan[].after`.
        """
        schema = self.resolved(schema)
        for part in schema.get("allOf", []):
            yield from self.members(part, before)
        for name, member in schema.get("properties", {}).items():
            yield before + name, name in schema.get("required", []), member
            for suffix, part in self.parts(member):
                yield from self.members(part, f"{before}{name}{suffix}.")

    def add_members(self, schema):
        rows = [[f"<code>{html.escape(name)}</code>" + (" *" if required else ""),
                 self.kind(member),
                 self.description_of(member)]
                for name, required, member in self.members(schema)]
        if rows:
            self.out.append(table(["member (* required)", "value", ""], rows))
        else:
            self.out.append(f"<p>{self.kind(self.resolved(schema))}</p>")
        for word in ("oneOf", "anyOf"):
            for one in self.resolved(schema).get(word, []):
                if "$ref" not in one:
                    self.out.append(markdown(one.get("description", "")))
                    self.add_members(one)

    def add_contents(self, name, contents):
        """The schema of a body or an answer, unless a section of its own shows it."""
        for content_type, content in contents.items():
            schema = content.get("schema", {})
            self.out.append(f"<h4>{name}: <code>{html.escape(content_type)}</code></h4>")
            self.out.append(markdown(schema.get("description", "")))
            self.add_members(schema)

    def headers(self, answer):
        """A list of an answer's own, as HTML; those that many have are in a section of their own.
        """
        lines = [f"<li><code>{html.escape(name)}</code>: {self.description_of(header)}</li>"
                 for name, header in answer.get("headers", {}).items() if "$ref" not in header]
        return f"<ul>{''.join(lines)}</ul>" if lines else ""

    def add_shared_headers(self):
        self.out.append("<h2>Headers of many answers</h2>")
        self.out.append(table(["header", ""], [
            [f"<code>{html.escape(name)}</code>", self.description_of(header)]
            for name, header in self.description["components"].get("headers", {}).items()]))

    def add_operation(self, path, method, operation, shared):
        name = html.escape(operation["operationId"])
        self.out.append(f'<section id="{name}">\n<h3><code>{method.upper()} '
                        f'{html.escape(path)}</code></h3>')
        self.out.append(f"<p>{inline(operation.get('summary', ''))}</p>")
        self.out.append(markdown(operation.get("description", "")))
        parameters = [self.resolved(one) for one in [*shared, *operation.get("parameters", [])]]
        if parameters:
            self.out.append(table(["parameter", "in", "value", ""], [
                [f"<code>{html.escape(one['name'])}</code>" + (" *" if one.get("required") else ""),
                 one["in"], self.kind(one.get("schema", {})),
                 markdown(one.get("description", ""))
                 + markdown(one.get("schema", {}).get("description", ""))]
                for one in parameters]))
        body = self.resolved(operation.get("requestBody", {}))
        self.out.append(markdown(body.get("description", "")))
        self.add_contents("Body", body.get("content", {}))
        for content in body.get("content", {}).values():
            self.add_example("An example", content)
        self.out.append("<h4>Answers</h4>")
        rows, inline_ones = [], {}
        for status, answer in operation["responses"].items():
            description = self.description_of(answer)
            answer = self.resolved(answer)
            contents = {kind: one for kind, one in answer.get("content", {}).items()
                        if "schema" in one}
            inline_ones[status] = {kind: one for kind, one in contents.items()
                                   if "properties" in one["schema"]}
            rows.append([html.escape(str(status)), description + self.headers(answer),
                         ", ".join(self.kind(one["schema"]) for one in contents.values())])
        self.out.append(table(["status", "", "content"], rows))
        for status, contents in inline_ones.items():
            self.add_contents(html.escape(str(status)), contents)
        for status, answer in operation["responses"].items():
            for content in self.resolved(answer).get("content", {}).values():
                self.add_example(f"An answer with {status}", content)
        self.out.append("</section>")

    def add_example(self, about, content):
        if "example" in content:
            text = json.dumps(content["example"], indent=1, ensure_ascii=False)
            self.out.append(f"<details><summary>{html.escape(about)}</summary>\n"
                            f"<pre>{html.escape(text, quote=False)}</pre></details>")

    def scope(self, operation):
        """The scope that a key needs for it, as a cell."""
        needed = [scope for one in operation.get("security", []) for scopes in one.values()
                  for scope in scopes]
        return "".join(f"<code>{html.escape(scope)}</code>" for scope in needed) or "no key"

    def operations(self):
        """(tag, path, method, operation, parameters of the path) in the order of the description.
        """
        for path, item in self.description["paths"].items():
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    yield (operation.get("tags", ["other"])[0], path, method, operation,
                           item.get("parameters", []))

    def text(self):
        info = self.description["info"]
        self.out.append(HEAD.format(title=html.escape(info["title"])))
        self.out.append(f"<h1>{inline(info['title'])}</h1>\n"
                        f"<p>{inline(info.get('summary', ''))}</p>")
        self.out.append('<p>The same for programs: <a href="openapi.json">/openapi.json</a>. '
                        'Errors:'
                        ' <a href="problems">/problems</a>.</p>')
        self.out.append(markdown(info.get("description", "")))
        for server in self.description.get("servers", []):
            self.out.append(f"<p><code>{html.escape(server['url'])}</code>:"
                            f" {inline(server.get('description', ''))}</p>")
        for scheme in self.description["components"].get("securitySchemes", {}).values():
            self.out.append(markdown(scheme.get("description", "")))
        all_of_them = list(self.operations())
        tags = dict.fromkeys(tag for tag, *_ in all_of_them)
        about = {tag["name"]: tag.get("description", "")
                 for tag in self.description.get("tags", [])}
        self.out.append(table(["route", "scope of the key", ""], [
            [f'<a href="#{html.escape(operation["operationId"])}"><code>{method.upper()} '
             f'{html.escape(path)}</code></a>',
             self.scope(operation), inline(operation.get("summary", ""))]
            for _, path, method, operation, _ in all_of_them]))
        for tag in tags:
            self.out.append(f"<h2>{html.escape(tag)}</h2>")
            self.out.append(markdown(about.get(tag, "")))
            for of, path, method, operation, shared in all_of_them:
                if of == tag:
                    self.add_operation(path, method, operation, shared)
        self.add_shared_headers()
        self.out.append("<h2>Schemas</h2>")
        for name, schema in self.description["components"]["schemas"].items():
            self.out.append('<section '
                            f'id="schema-{html.escape(name)}">\n<h3>{html.escape(name)}</h3>')
            self.out.append(markdown(schema.get("description", "")))
            self.add_members(schema)
            self.out.append("</section>")
        self.out.append("</body>\n</html>\n")
        return "\n".join(part for part in self.out if part)


def page_of(description):
    return Page(description).text()
