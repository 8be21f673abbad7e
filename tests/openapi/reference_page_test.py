"""The plain page of the interface's description has every word of it.

    reference_page_test.py OPENAPI_FOLDER
"""

import html.parser
import os
import re
import sys
import unittest

FOLDER = sys.argv.pop()
sys.path.insert(0, FOLDER)

from embed import read_description  # noqa: E402
from reference_page import page_of  # noqa: E402


class Text(html.parser.HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.pieces = []
        self.feed(page)

    def handle_data(self, data):
        self.pieces.append(data)


def squeezed(text):
    """Without spaces and the signs of Markdown, the addresses of links too."""
    return re.sub(r"[\s`|#*-]|\]\([^)\s]*\)|\[", "", text)


def texts(node, where=""):
    """(where, text) of every description and summary."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from texts(one, f"{where}/{number}")
    if not isinstance(node, dict):
        return
    for key, value in node.items():
        if key in ("description", "summary") and isinstance(value, str):
            yield f"{where}/{key}", value
        elif key not in ("example", "examples", "default", "const", "enum"):
            yield from texts(value, f"{where}/{key}")


class ReferencePage(unittest.TestCase):
    def shown(self, description):
        return squeezed("".join(Text(page_of(description)).pieces))

    def test_every_description_is_on_the_page(self):
        description = read_description(os.path.join(FOLDER, "openapi.yaml"))
        all_texts = list(texts(description))
        self.assertGreater(len(all_texts), 200)
        page = self.shown(description)
        self.assertEqual([where for where, text in all_texts if squeezed(text) not in page], [])

    def test_words_beside_a_reference_and_of_objects_in_objects(self):
        inner = {"type": "object", "required": ["deep"],
                 "properties": {"deep": {"type": "string", "description": "Deep words."}}}
        description = {
            "info": {"title": "T"}, "paths": {},
            "components": {"schemas": {
                "named": {"type": "string", "description": "Words of the named one."},
                "outer": {"type": "object", "properties": {
                    "own": {"$ref": "#/components/schemas/named",
                            "description": "Words of its own."},
                    "plain": {"$ref": "#/components/schemas/named"},
                    "list": {"type": "array", "items": {"oneOf": [inner, {"type": "null"}]}}}}}}}
        page = page_of(description)
        self.assertEqual(page.count("Words of its own."), 1)
        self.assertEqual(page.count("Words of the named one."), 2)
        self.assertIn("<code>list[].deep</code> *", page)
        self.assertIn("Deep words.", page)


if __name__ == "__main__":
    unittest.main()
