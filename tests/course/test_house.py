"""The repository keeps the rules of the house: one test a rule, each failure a list of things to do."""

import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

import house  # noqa: E402
from course import manifest  # noqa: E402


class House(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.course = manifest.load(ROOT)


def add(rule):
    def test(self):
        problems = rule(self.course, ROOT)
        if problems:
            self.fail(f"{len(problems)} to mend. The rule: {rule.__doc__}\n" + "\n".join("  " + each for each in problems))

    test.__doc__ = rule.__doc__
    setattr(House, f"test_{rule.__name__}", test)


for each in house.RULES:
    add(each)


if __name__ == "__main__":
    unittest.main()
