"""The check finds each kind of mistake, and leaves alone what is right."""

import os
import shutil
import tempfile
import unittest

import tidy


def lines_of(breaches):
    return [(breach.path, breach.line) for breach in breaches]


class Width(unittest.TestCase):
    def found(self, path, text):
        return lines_of(tidy.check_width({path: text}))

    def test_code_has_100_columns(self):
        for path in ("base/a.cpp", "tools/a.py", "tools/a.sh", "base/CMakeLists.txt"):
            self.assertEqual(self.found(path, "x" * 100 + "\n"), [], path)
            self.assertEqual(self.found(path, "\n" + "x" * 101 + "\n"), [(path, 2)], path)

    def test_columns_are_characters(self):
        self.assertEqual(self.found("base/a.cpp", "// " + "ä" * 97 + "\n"), [])

    def test_raw_strings_and_addresses_cannot_be_broken(self):
        long = "x" * 101
        self.assertEqual(self.found("base/a.cpp", f'f(R"({long})");\n'), [])
        self.assertEqual(self.found("base/a.cpp", f'f(R"json(\n{long}\n)json");\n{long}\n'),
                         [("base/a.cpp", 4)])
        self.assertEqual(self.found("base/a.hpp", "// https://example.org/" + long), [])

    def test_markdown_has_100_columns_outside_tables_links_and_output(self):
        long = "word " * 21
        wide = [("docs/a.md", 1)]
        self.assertEqual(self.found("docs/a.md", long), wide)
        self.assertEqual(self.found("docs/a.md", "| " + long + "|"), [])
        self.assertEqual(self.found("docs/a.md", "[x](y.md) " + long), [])
        self.assertEqual(self.found("docs/a.md", f"```\n{long}\n```\n"), [])
        self.assertEqual(self.found("docs/a.md", f"```sh\n{long}\n```\n"), [("docs/a.md", 2)])
        self.assertEqual(self.found("docs/a.md", f"```\n```\n{long}\n"), [("docs/a.md", 3)])

    def test_a_generated_page_has_the_width_that_it_has(self):
        self.assertEqual(self.found("docs/reference/configuration.md", "word " * 21), [])


class Comments(unittest.TestCase):
    def found(self, path, text):
        return lines_of(tidy.check_comments({path: text}))

    def test_every_opening_is_found(self):
        for word in ("What", "Of", "Who", "Whom", "Whose", "Whoever", "Whatever", "Nobody"):
            for path, comment in (("base/a.hpp", f"  /// {word} waits."),
                                  ("base/a.cpp", f"int a;  // {word} waits."),
                                  ("base/a.hxx", f"// {word} waits."),
                                  ("tools/a.py", f"a = 1  # {word} waits."),
                                  ("tools/a.py", f'    """{word} waits."""'),
                                  ("tools/a.sh", f"# {word} waits."),
                                  ("base/CMakeLists.txt", f"# {word} waits.")):
                self.assertEqual(self.found(path, "\n" + comment + "\n"), [(path, 2)], comment)

    def test_other_words_and_other_places_are_left_alone(self):
        for path, line in (("base/a.cpp", "// Offers wait."), ("base/a.cpp", "// Whatsoever."),
                           ("base/a.cpp", 'f("What is it?");'), ("tools/a.py", 'f("# What")'),
                           ("base/a.cpp", "/// Deliveries in flight."),
                           ("docs/a.md", "# What it is")):
            self.assertEqual(self.found(path, line + "\n"), [], line)


class Links(unittest.TestCase):
    def found(self, tree):
        return [breach.text for breach in tidy.check_links(tree)]

    def test_a_link_leads_to_a_file_a_folder_or_a_heading(self):
        self.assertEqual(self.found({
            "docs/a.md": "# A\n[b](guides/b.md#the-local-socket) [up](../README.md) [c](guides/)"
                         " [here](#a) [out](https://example.org/x) [mail](mailto:a@example.org)\n",
            "docs/guides/b.md": "# B\n## The local `socket`\n", "README.md": ""}), [])

    def test_a_link_that_leads_nowhere(self):
        self.assertEqual(self.found({"docs/a.md": "[b](b.md)\n"}), ["the link b.md leads nowhere"])
        self.assertEqual(self.found({"docs/a.md": "[b]: b.md\n"}), ["the link b.md leads nowhere"])

    def test_a_heading_that_is_not_there(self):
        tree = {"docs/a.md": "[b](b.md#two) [b](b.md#one-1)\n",
                "docs/b.md": "# One\n## One\n```\n# Two\n```\n"}
        self.assertEqual(self.found(tree), ["docs/b.md has no heading #two"])

    def test_code_has_no_links(self):
        self.assertEqual(self.found({"docs/a.md": "`[b](b.md)`\n```\n[b](b.md)\n```\n"}), [])

    def test_a_file_that_a_page_names(self):
        tree = {"docs/a.md": "`actors/rules/` `actors/rules/a*.cpp` `actors/rules/b.cpp`\n",
                "actors/rules/a.cpp": ""}
        self.assertEqual(self.found(tree), ["there is no actors/rules/b.cpp"])

    def test_a_page_that_a_comment_names(self):
        self.assertEqual(self.found({"base/a.hpp": "/// See docs/a.md.\n"}),
                         ["there is no docs/a.md"])
        self.assertEqual(self.found({"base/a.hpp": "// https://example.org/docs/a.md\n"}), [])


class Pages(unittest.TestCase):
    def test_a_page_begins_with_its_readers(self):
        for text, breaches in (("# A\n\nFor operators: install it.\n", 0),
                               ("# A\n\nThis page is long.\n", 1), ("For operators.\n", 1)):
            self.assertEqual(len(tidy.check_pages({"docs/a.md": text})), breaches, text)


class Words(unittest.TestCase):
    def test_rare_words_in_pages_and_in_the_description(self):
        for path, line, breaches in (("docs/a.md", "It is checked besides.", 1),
                                     ("http/openapi/openapi.yaml", "description: Whoever asks.", 1),
                                     ("docs/a.md", "It is checked, too. The last one.", 0),
                                     ("docs/reference/configuration.md", "Begin anew.", 0),
                                     ("base/a.cpp", "// besides", 0)):
            self.assertEqual(len(tidy.check_words({path: line})), breaches, line)


class Places(unittest.TestCase):
    places = "# a comment\nbase/*   code\ndocs/**.md   pages\n"

    def test_every_file_has_a_place_and_every_place_a_file(self):
        tree = {"base/a.cpp": "", "docs/guides/a.md": ""}
        self.assertEqual(tidy.check_places(tree, self.places), [])

    def test_a_file_outside(self):
        tree = {"base/a.cpp": "", "docs/a.md": "", "base/more/a.cpp": "", "docs/a.txt": ""}
        self.assertEqual([breach.path for breach in tidy.check_places(tree, self.places)],
                         ["base/more/a.cpp", "docs/a.txt"])

    def test_a_place_without_a_file(self):
        self.assertEqual([breach.text for breach in
                          tidy.check_places({"base/a.cpp": ""}, self.places)],
                         ["nothing lies at docs/**.md: remove the line"])


class TestNames(unittest.TestCase):
    def found(self, path, exceptions=""):
        tree = {"actors/rules/circuit.hpp": "", path: ""}
        return [breach.text for breach in tidy.check_test_names(tree, exceptions)]

    def test_a_test_lies_where_its_class_lies(self):
        self.assertEqual(self.found("tests/actors/rules/circuit_test.cpp"), [])
        self.assertEqual(self.found("tests/actors/rules/circuit_hold_test.cpp"), [])
        self.assertEqual(self.found("tests/actors/circuit_test.cpp"),
                         ["its class lies elsewhere: move it to tests/actors/rules"])
        self.assertEqual(self.found("tests/actors/rules/circuits_test.cpp"),
                         ["no source of actors/rules/ has this name"])

    def test_an_exception_has_a_reason_and_is_needed(self):
        outside = "tests/actors/circuit_test.cpp"
        self.assertEqual(self.found(outside, f"{outside} several circuits\n"), [])
        self.assertEqual(self.found(outside, f"{outside}\n"), [f"{outside} has no reason"])
        self.assertEqual(self.found("tests/actors/rules/circuit_test.cpp", "tests/a.cpp why\n"),
                         ["tests/a.cpp is not needed: remove the line"])


class Clashes(unittest.TestCase):
    def found(self, one, other):
        """In two files of one library, and in two of different ones."""
        code = "namespace a {\nnamespace {\n\n%s\n\n}  // namespace\n}\n"
        tree = {"x/CMakeLists.txt": "add_library(x STATIC one.cpp\n  other.cpp)\n"
                                    "add_library(y STATIC third.cpp)\n",
                "x/one.cpp": code % one, "x/other.cpp": code % other, "x/third.cpp": code % one}
        return [(breach.path, breach.line) for breach in tidy.check_clashes(tree)]

    def test_a_local_name_is_had_once(self):
        for one, other in (
                ("constexpr int most = 4;", "constexpr std::size_t most{5};"),
                ("struct row {", "class row final : public base {"),
                ("enum place : int { here, there };", "enum { away, there = 4 };"),
                ("enum place { here, there };", "constexpr int there = 4;"),
                ("int there(int a) {", "using there = long;"),
                ("using there = long;", "int there(int a) {"),
                ("using row = int;", "using row = long;"),
                ("bool is(std::string_view a, int b) {",
                 "bool is(std::string_view one,\n    int x) {"),
                ("int f() {", "std::string f() {")):
            self.assertEqual(self.found(one, other), [("x/other.cpp", 4)], one)

    def test_what_differs_or_is_the_same_on_purpose_may_stay(self):
        for one, other in (
                ("enum class a { here };", "enum class b { here };"),
                ("using row = int;", "using row = int;"), ("int f(int a) {", "int f(long a) {"),
                ("struct row {\n  int number() {", "struct column {\n  int number() {"),
                ("int f() {\n  const int most = 4;", "int g() {\n  const int most = 4;")):
            self.assertEqual(self.found(one, other), [], one)


class Arrows(unittest.TestCase):
    def found(self, tree):
        return [(breach.path, breach.text) for breach in tidy.check_arrows(tree)]

    def include(self, path, target):
        return self.found({path: f'#include "{target}"\n', target: ""})

    def test_an_arrow_points_down(self):
        for path, target in (
                ("persistence/a.cpp", "base/b.hpp"), ("actors/node/a.cpp", "persistence/b.hpp"),
                ("http/a.cpp", "actors/api/b.hpp"), ("tools/postrider/a.cpp", "http/b.hpp"),
                ("persistence/query/a.cpp", "persistence/apply/b.hpp"),
                ("persistence/sql/a.cpp", "persistence/ledger.hpp"),
                ("tests/http/a.cpp", "persistence/records/b.hpp")):
            self.assertEqual(self.include(path, target), [], path)

    def test_an_arrow_that_points_up_or_past_an_interface(self):
        for path, target in (
                ("base/a.cpp", "persistence/b.hpp"), ("persistence/a.cpp", "actors/api/b.hpp"),
                ("actors/rules/a.cpp", "http/b.hpp"), ("http/a.cpp", "actors/rules/b.hpp"),
                ("http/a.cpp", "persistence/b.hpp"), ("base/a.cpp", "tests/support/b.hpp"),
                ("actors/a.cpp", "tools/bench/b.hpp"), ("tools/a.cpp", "tests/support/b.hpp"),
                ("actors/a.cpp", "persistence/records/b.hpp"),
                ("persistence/records/a.cpp", "persistence/sql/b.hpp"),
                ("persistence/apply/a.cpp", "persistence/query/b.hpp")):
            self.assertEqual([found for found, _ in self.include(path, target)], [path], path)

    def test_a_file_beside_it_is_found_without_its_folder(self):
        self.assertEqual([path for path, _ in self.found({
            "base/a.cpp": '#include "../http/b.hpp"\n', "http/b.hpp": ""})], ["base/a.cpp"])

    def test_caf_is_found_through_other_files(self):
        tree = {"actors/rules/a.cpp": '#include "actors/a.hpp"\n',
                "actors/a.hpp": '#include "actors/b.hpp"\n',
                "actors/b.hpp": "#include <caf/all.hpp>\n",
                "actors/node/c.cpp": '#include "actors/a.hpp"\n'}
        self.assertEqual(self.found(tree), [
            ("actors/rules/a.cpp",
             "sees CAF: actors/rules/a.cpp > actors/a.hpp > actors/b.hpp")])


@unittest.skipUnless(tidy.clang_format(), "clang-format is not installed")
class Format(unittest.TestCase):
    def test_a_file_that_clang_format_would_change(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(os.path.join(tidy.ROOT, ".clang-format"), folder)
            for name, text in (("good.cpp", "int a = 1;\n"), ("bad.cpp", "\nint  a=1;\n")):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            found = tidy.clang_format_of(folder, ["good.cpp", "bad.cpp"], tidy.clang_format())
            self.assertEqual({breach.path for breach in found}, {"bad.cpp"})


if __name__ == "__main__":
    unittest.main()
