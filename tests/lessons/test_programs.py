"""Every lesson's program keeps its word: it ends, prints the same each time, records itself, and names a bad setting.

What it prints is compared with its chapter by docs/quotes.py. KETTLE_BUILD_DIR is the build to look at: build/default.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

import quotes  # noqa: E402
from course import manifest  # noqa: E402

BUILD = os.environ.get("KETTLE_BUILD_DIR")
LIMIT = 5.0  # seconds; on the virtual clock a program only computes
FIELDS = {"name": str, "ph": str, "ts": (int, float), "pid": int, "tid": int}


def run(program, **settings):
    """Runs a program with these KETTLE_ variables and no others."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("KETTLE_")}
    env.update({f"KETTLE_{key}": str(value) for key, value in settings.items()})
    return subprocess.run([str(program)], env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=10 * LIMIT, check=False, encoding="utf-8", errors="replace")


def without_measurements(program, text):
    """The text without the numbers that differ from run to run: the chapter's `run` block names the words behind them."""
    chapter = ROOT / "lessons" / program.name / "README.md"
    blocks = quotes.find_blocks(chapter.read_text(encoding="utf-8").splitlines()) if chapter.is_file() else []
    words = [word.strip() for block in blocks if block.attributes.get("run") == program.name
             for word in block.attributes.get("mask", "").split(",") if word.strip()]
    return "\n".join(quotes.masked(text.splitlines(), words))


def events(text):
    """The events of a trace, which may lack the closing bracket. Raises ValueError with the line that is none."""
    lines = text.splitlines()
    if not text.startswith("["):
        raise ValueError(f"the file does not start with '[': {text[:60]!r}")
    found = []
    for number, line in enumerate([lines[0][1:], *lines[1:]], 1):
        line = line.strip().rstrip(",")
        if line in ("", "]"):
            continue
        try:
            event = json.loads(line)
        except ValueError as error:
            raise ValueError(f"line {number} is not JSON ({error}): {line}") from None
        if not isinstance(event, dict):
            raise ValueError(f"line {number} is not an event: {line}")
        for field, kind in FIELDS.items():
            if not isinstance(event.get(field), kind):
                raise ValueError(f"line {number} has no good \"{field}\": {line}")
        found.append(event)
    return found


def for_each_program(test):
    """Runs a test once for every lesson's program, and goes on after a failure."""
    @functools.wraps(test)
    def every(self):
        for lesson in manifest.load(ROOT).lessons:
            program = Path(BUILD).resolve() / "lessons" / lesson.id
            with self.subTest(lesson.id):
                self.assertTrue(program.is_file(), f"{program} is missing; cmake --build {BUILD} --target lesson-{lesson.id}")
                test(self, program)
    return every


@unittest.skipUnless(BUILD, "KETTLE_BUILD_DIR is not set; set it to a build folder such as build/default")
class Programs(unittest.TestCase):
    @for_each_program
    def test_it_ends_well_and_soon_on_the_virtual_clock(self, program):
        begun = time.monotonic()
        done = run(program, CLOCK="virtual")
        seconds = time.monotonic() - begun
        self.assertEqual(0, done.returncode, f"it printed:\n{done.stdout}\nand on stderr:\n{done.stderr}")
        self.assertLess(seconds, LIMIT, "on the virtual clock a program does not wait; find what does")
        self.assertTrue(done.stdout.strip(), "it prints nothing, so its chapter has nothing to show")
        self.assertEqual("", done.stderr, "a program that does well says nothing on stderr")

    @for_each_program
    def test_it_prints_the_same_twice(self, program):
        first, second = (without_measurements(program, run(program, CLOCK="virtual").stdout) for _ in range(2))
        self.assertMultiLineEqual(first, second, "print nothing that depends on the clock, an address or a race")

    @for_each_program
    def test_it_records_itself(self, program):
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder) / "run.json"
            plain, traced = run(program, CLOCK="virtual"), run(program, CLOCK="virtual", TRACE=trace)
            self.assertEqual(0, traced.returncode, traced.stderr)
            self.assertTrue(trace.is_file(), "KETTLE_TRACE wrote no file")
            self.assertTrue(events(trace.read_text(encoding="utf-8")), "the recording holds no event")
            self.assertMultiLineEqual(without_measurements(program, plain.stdout),
                                      without_measurements(program, traced.stdout),
                                      "recording changes what the program prints")

    @for_each_program
    def test_a_clock_that_does_not_exist_is_refused(self, program):
        done = run(program, CLOCK="banana")
        self.assertEqual(2, done.returncode, f"KETTLE_CLOCK=banana has to end with exit status 2\n{done.stdout}{done.stderr}")
        for word in ("KETTLE_CLOCK", "banana", "real", "virtual"):
            self.assertIn(word, done.stderr, "the message says what was set and what may be")

    @for_each_program
    def test_a_recording_that_cannot_be_written_is_refused(self, program):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "missing" / "run.json"
            done = run(program, CLOCK="virtual", TRACE=path)
            self.assertEqual(2, done.returncode, f"an unwritable KETTLE_TRACE has to end with exit status 2\n{done.stderr}")
            for word in ("KETTLE_TRACE", str(path)):
                self.assertIn(word, done.stderr, "the message says what cannot be written")


class Traces(unittest.TestCase):
    """The reader above refuses what a trace viewer would refuse."""

    GOOD = '{"name":"poll","ph":"i","ts":1.5,"pid":1,"tid":2}'

    def test_a_trace_with_or_without_its_closing_bracket(self):
        for text in (f"[\n{self.GOOD},\n{self.GOOD}\n]\n", f"[\n{self.GOOD},\n{self.GOOD},\n", f"[{self.GOOD},\n{self.GOOD}"):
            self.assertEqual(2, len(events(text)), text)

    def test_what_is_no_trace(self):
        for text in ("", self.GOOD, '[\n{"name":\n', "[\n3,\n", "[\n" + self.GOOD.replace('"ts":1.5,', ""),
                     "[\n" + self.GOOD.replace("1.5", '"1.5"')):
            with self.subTest(text), self.assertRaises(ValueError):
                events(text)


if __name__ == "__main__":
    unittest.main()
