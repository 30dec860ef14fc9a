"""docs/quotes.py on made-up trees: every kind of drift is found, and a refresh mends what can be mended."""

import io
import os
import stat
import sys
import tempfile
import textwrap
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import quotes  # noqa: E402

EXECUTOR = """\
// An executor.
namespace kettle {

  // #region run
  void run() {
    // #region loop
    while (step()) {
    }
    // #endregion loop

    park();
  }
  // #endregion

// #region park
void park();
// #endregion
}
"""

RUN = "void run() {\n  while (step()) {\n  }\n\n  park();\n}"


class Quotes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.put("runtime/kettle/executor.hpp", EXECUTOR)
        self.put("README.md", "# Top\n")

    def put(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def chapter(self, text):
        return self.put("lessons/05-spawn/README.md", text)

    def run_quotes(self, *arguments):
        out = io.StringIO()
        status = quotes.main([*arguments, "--root", str(self.root)], out=out)
        return status, out.getvalue()

    def expect(self, status, *parts, arguments=("--check",)):
        got, text = self.run_quotes(*arguments)
        self.assertEqual(status, got, text)
        for each in parts:
            self.assertIn(each, text)
        return text

    # ------------------------------------------------------------ code

    def test_a_true_quote_passes(self):
        self.chapter(f"# 05 Spawn\n\n```cpp file=runtime/kettle/executor.hpp#run\n{RUN}\n```\n")
        self.expect(0, "all true")

    def test_drift_is_told_with_place_diff_and_remedy(self):
        self.chapter("# Spawn\n\n```cpp file=runtime/kettle/executor.hpp#park\nvoid park(int);\n```\n")
        self.expect(1, "lessons/05-spawn/README.md:3:", "-void park(int);", "+void park();", "mend: python3 docs/quotes.py")

    def test_a_check_changes_nothing_and_a_refresh_mends(self):
        text = "before\n\n```cpp file=runtime/kettle/executor.hpp#run\nold\n```\n\nafter [up](#top)\n\n# Top\n"
        page = self.chapter(text)
        self.expect(1)
        self.assertEqual(text, page.read_text())
        self.expect(0, "refreshed", arguments=())
        self.assertEqual(text.replace("old", RUN), page.read_text())
        self.expect(0)

    def test_several_blocks_are_refreshed_and_an_indented_one_keeps_its_place(self):
        page = self.chapter("```cpp file=runtime/kettle/executor.hpp#loop\n```\n\n"
                            "1. see\n   ```cpp file=runtime/kettle/executor.hpp#park\n   x\n   y\n   ```\n")
        self.expect(0, arguments=())
        self.assertEqual("```cpp file=runtime/kettle/executor.hpp#loop\nwhile (step()) {\n}\n```\n\n"
                         "1. see\n   ```cpp file=runtime/kettle/executor.hpp#park\n   void park();\n   ```\n", page.read_text())
        self.expect(0)

    def test_a_whole_file_is_quoted_without_its_markers(self):
        self.put("small.cpp", "\n// #region all\nint x;\n// #endregion all\n\n")
        self.chapter("```cpp file=small.cpp\nint x;\n```\n")
        self.expect(0)

    def test_what_cannot_be_resolved_says_why(self):
        for reference, complaint in {
            "runtime/kettle/none.hpp#run": "there is no file runtime/kettle/none.hpp",
            "runtime/kettle/executor.hpp#ran": "has no region 'ran' (it has: loop, park, run)",
            "runtime/kettle/executor.hpp#L10-L20": "lines are not quoted by number",
            "../outside.hpp": "outside the repository",
        }.items():
            with self.subTest(reference):
                self.chapter(f"```cpp file={reference}\n```\n")
                self.expect(1, "lessons/05-spawn/README.md:1:", complaint)

    def test_broken_markers_are_told_even_when_nobody_quotes_the_file(self):
        for source, complaint in {
            "// #region a\nint x;\n": "line 1: region 'a' has no `#endregion`",
            "// #region a\n// #endregion\n// #region a\n// #endregion\n": "line 3: a second region is called 'a'",
            "// #endregion\n": "`#endregion` without a `#region`",
            "// #region a\n// #region b\n// #endregion a\n// #endregion b\n": "closes region 'b' of line 2",
            "// #region\n// #endregion\n": "without a name",
        }.items():
            with self.subTest(source):
                self.put("runtime/kettle/broken.hpp", source)
                self.expect(1, "runtime/kettle/broken.hpp", complaint)

    def test_an_orphan_region_is_only_a_note(self):
        self.expect(0, "note: no page quotes runtime/kettle/executor.hpp#run")

    def test_a_chapter_never_repeats_code(self):
        for language in ("cpp", "c++", "cpp{2}"):
            with self.subTest(language):
                self.chapter(f"# Spawn\n\n```{language}\nint x;\n```\n")
                self.expect(1, "README.md:3: a chapter quotes code, never repeats it")

    def test_other_pages_and_other_languages_may(self):
        self.chapter("```sh\n./learn\n```\n")
        self.put("docs/map.md", "```cpp\nint x;\n```\n")
        self.expect(0)

    def test_a_block_that_never_ends_is_told(self):
        self.chapter("# Spawn\n\n```sh\n./learn\n")
        self.expect(1, "README.md:3: this block is never closed")

    def test_a_longer_fence_holds_a_shorter_one(self):
        self.chapter("````md\n```cpp\nint x;\n```\n````\n")
        self.expect(0, "1 blocks")

    # ------------------------------------------------------------ output

    def program(self, body, lesson="05-spawn"):
        path = self.put(f"build/lessons/{lesson}", "#!/bin/sh\n" + textwrap.dedent(body))
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        self.programs = ("--programs", str(self.root / "build"))

    def test_output_is_compared_only_when_programs_are_given(self):
        self.program('echo "one"; echo "  two $KETTLE_CLOCK$KETTLE_TRACE"')
        page = self.chapter("```text run=05-spawn\none\n```\n")
        self.expect(0)
        os.environ["KETTLE_TRACE"] = "x"
        self.addCleanup(os.environ.pop, "KETTLE_TRACE")
        self.expect(1, "+  two virtual", "the output of 05-spawn", "--programs", arguments=("--check", *self.programs))
        self.expect(0, "refreshed", arguments=self.programs)
        self.assertEqual("```text run=05-spawn\none\n  two virtual\n```\n", page.read_text())
        self.expect(0, arguments=("--check", *self.programs))

    def test_a_part_of_the_output(self):
        self.program("echo a; echo b; echo c")
        self.chapter("```text run=05-spawn lines=2-3\nb\nc\n```\n\n```text run=05-spawn lines=1\na\n```\n")
        self.expect(0, arguments=("--check", *self.programs))
        self.chapter("```text run=05-spawn lines=2-4\n```\n")
        self.expect(1, "lines=2-4 is not inside the output, which has 3 lines", arguments=("--check", *self.programs))

    def test_a_masked_number_may_be_any_number_but_nothing_else_may(self):
        self.program('echo "frame: 1,120 bytes, 3 polls, v12"')
        for text, status in {"frame:  96 bytes, 3 polls, v12": 0, "frame: 96 bytes, 4 polls, v12": 1,
                             "frame: 96 words, 3 polls, v12": 1, "frame: bytes, 3 polls, v12": 1}.items():
            with self.subTest(text):
                page = self.chapter(f'```text run=05-spawn mask="bytes, KB"\n{text}\n```\n')
                self.expect(status, arguments=("--check", *self.programs))
                if status == 0:  # a refresh with another compiler leaves a masked block alone
                    before = page.read_text()
                    self.expect(0, arguments=self.programs)
                    self.assertEqual(before, page.read_text())

    def test_programs_that_cannot_be_quoted(self):
        self.program("echo oh >&2; exit 3")
        self.chapter("```text run=05-spawn\n```\n")
        self.expect(1, "ended with status 3; it said: oh", arguments=("--check", *self.programs))
        self.put("lessons/06-channel/main.cpp", "")
        self.chapter("```text run=06-channel\n```\n")
        self.expect(1, "build it first: cmake --build", "lesson-06-channel", arguments=("--check", *self.programs))
        self.chapter("```text run=07-none\n```\n")
        self.expect(1, "there is no lesson of that name")

    # ------------------------------------------------------------ links

    def test_dead_links_and_anchors_are_told(self):
        self.put("docs/map.md", "# The map\n\n## The map\n\n## `co_await`, and `Task<T>`?\n\nOld\n---\n\n<a id='pin'></a>\n")
        self.chapter("# Spawn\n")
        for target, complaint in {
            "docs/map.md": None, "docs/map.md#the-map-1": None, "docs/map.md#co_await-and-taskt": None, "docs/map.md#old": None,
            "docs/map.md#pin": None, "docs/": None, "lessons/05-spawn#spawn": None, "#top": None, "/docs/map.md": None,
            "https://example.com/x#y": None, "mailto:a@example.com": None, "<docs/map.md>": None,
            "docs/none.md": "dead link: docs/none.md", "docs/map.md#the-mop": "did you mean #the-map?",
            "#bottom": "dead anchor: #bottom", "../elsewhere.md": "leads out of the repository",
            "runtime/kettle/executor.hpp#L3": "is not a page", "docs/map.md#the-map-2": "dead anchor",
        }.items():
            with self.subTest(target):
                self.put("README.md", f"# Top\n\nSee [here]({target}) now.\n")
                self.expect(1 if complaint else 0, *(["README.md:3: ", complaint] if complaint else []))

    def test_pictures_definitions_and_html_are_links_too(self):
        for text in ("![alt](none.svg)", "[a]\n\n[a]: none.md", '<img src="none.svg">', '[x](none.md "title")',
                     "[![alt](none.svg)](README.md)", "| a | [b](none.md) |"):
            with self.subTest(text):
                self.put("README.md", f"# Top\n\n{text}\n")
                self.expect(1, "dead link: none.")

    def test_code_holds_no_links(self):
        self.put("README.md", "# Top\n\n`[a](none.md)` and ``x ` [b](none.md)``\n\n```sh\n[c](none.md)\n```\n")
        self.expect(0)


if __name__ == "__main__":
    unittest.main()
