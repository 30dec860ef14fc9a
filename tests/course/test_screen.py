"""Text is wrapped for reading, and what is meant to be copied is left whole."""

import contextlib
import io
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course import screen  # noqa: E402


class Screen(unittest.TestCase):
    def test_words_are_wrapped_and_commands_are_not(self):
        command = "  sudo apt-get install " + "package " * 20
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            screen.say("a few words " * 20 + "\n" + command + "\n\nthe end")
        lines = out.getvalue().splitlines()
        self.assertIn(command, lines)
        self.assertTrue(all(len(line) <= 100 for line in lines if line != command))
        self.assertEqual(lines[-2:], ["", "the end"])

    def test_a_hanging_indent(self):
        self.assertEqual(screen.wrapped("one two or\n  three", 10, "1. ", "   "), "1. one two\n   or\n     three")

    def test_marks_without_a_place_in_the_encoding(self):
        screen.prepare()
        self.assertEqual("\u2713 \u2192 \u00e9".encode("ascii", errors="kettle"), b"+ -> ?")


if __name__ == "__main__":
    unittest.main()
