"""Every mistake that beginners make gets its one line of advice: compiled for real, and compared with mistakes.txt.

    KETTLE_UPDATE=1 python3 -m unittest tests/course/test_advice.py      writes mistakes.txt anew: read the difference
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(Path(__file__).resolve().parent), str(ROOT)]

import mistakes  # noqa: E402
from course import advice, toolchain  # noqa: E402
from course.diagnostics import compile_verdict, first_warning  # noqa: E402

GOLDEN = Path(__file__).resolve().parent / "mistakes.txt"
COMPILERS = {"clang": ("clang++-19", 19), "gcc": ("g++", 12)}
FEWEST = 20


def compiled(compiler, text, folder, more=()):
    """What a compiler says about a text."""
    path = Path(folder) / "all.cpp"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run([compiler, "-std=c++23", "-Wall", "-Wextra", f"-I{ROOT}/runtime", *more, "-o", os.devnull, str(path)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd=folder,
                          env={**os.environ, "LC_ALL": "C.UTF-8"})
    return done.stdout.decode("utf-8", errors="replace")


def told(compiler):
    """For each case (first line, advice), as the learner gets them."""
    more = ("-ferror-limit=0",) if "clang" in compiler else ()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        output = compiled(compiler, mistakes.unit(mistakes.ERRORS), folder, ("-fsyntax-only", *more))
        for name in mistakes.ERRORS:
            verdict = compile_verdict(output, Path(f"{name}.hpp"))
            found[name] = (verdict.diagnostics[0] if not verdict.cause else "NOT FOUND", verdict.advice)
        for name, code in mistakes.LAST.items():
            verdict = compile_verdict(compiled(compiler, mistakes.unit({name: code}), folder, ("-fsyntax-only",)), Path(f"{name}.hpp"))
            found[name] = (verdict.diagnostics[0], verdict.advice)
        output = compiled(compiler, mistakes.unit(mistakes.WARNINGS), folder, ("-c", "-O0"))
        for name in mistakes.WARNINGS:
            lines = first_warning(output, Path(f"{name}.hpp"))
            found[name] = (lines[0] if lines else "(it says nothing)", advice.on(lines))
    return found


class Advice(unittest.TestCase):
    maxDiff = None

    def test_each_mistake_has_its_line(self):
        all_told = {}
        for family, (compiler, version) in COMPILERS.items():
            path = shutil.which(compiler)
            known = toolchain.identify(path) if path else None
            if known and known.family == family and known.version[0] == version:
                all_told[family] = told(path)
        if set(all_told) != set(COMPILERS):
            self.skipTest(f"needs Clang 19 and GCC 12; here are {', '.join(all_told) or 'neither'}")
        text = ""
        for name in all_told["clang"]:
            text += f"{name}\n"
            for family in COMPILERS:
                line, words = all_told[family][name]
                text += f"  {family:<6} {advice.alike(line)}\n  {'':<6} {words or '(no advice)'}\n"
        if os.environ.get("KETTLE_UPDATE"):
            GOLDEN.write_text(text, encoding="utf-8")
        self.assertEqual(text, GOLDEN.read_text(encoding="utf-8"))
        for name, (line, words) in all_told["clang"].items():
            self.assertTrue(words and line.startswith(name) or "static assertion" in line, f"{name}: {line} {words}")
        self.assertGreaterEqual(len(all_told["clang"]), FEWEST)

    def test_what_no_compiler_tells(self):
        for name, code in mistakes.SILENT.items():
            self.assertRegex(advice.on_source(code, f"{name}.hpp"), rf"^{name}\.hpp:2: A lambda that captures")

    def test_what_is_no_such_lambda(self):
        for code in ("auto g = []() -> Task<> { co_return; };", "int x = a[i]; { co_return x; }", "[&n] { return n; }",
                     "// [&n] { co_return n; }", 'f("[&n] { co_return n; }");', "[[nodiscard]] Task<> f() { co_return; }",
                     "a[n](x) { co_await y; }"):
            self.assertEqual(advice.on_source(code, "x.hpp"), "", code)

    def test_nothing_is_said_about_other_things(self):
        self.assertEqual(advice.on(["x.hpp:1:1: error: something else altogether"]), "")

    def test_the_rules_keep_to_a_line_or_two(self):
        for sign, words in advice._RULES:
            self.assertLessEqual(len(words), 210, sign.pattern)
            self.assertTrue(re.match(r"[A-Zc]", words) and words.endswith((".", ")", "?", ";")), words)


if __name__ == "__main__":
    unittest.main()
