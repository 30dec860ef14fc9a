"""docs/faults.md tells what is tried: every row has its test, and every test its row."""

import re
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = "docs/faults.md"
SEAM = "tests/support/faults.cpp"
REAL = "tests/trust/real_faults_test.cpp"

# How the page calls the faults of the seam.
WORDS = {"interrupted": "`EINTR`", "would_block": "`EAGAIN`", "short_count": ("fewer", "one event"), "nothing": "no news",
         "reset": "`ECONNRESET`", "broken": "`EPIPE`", "refused": "`ECONNREFUSED`", "aborted": "connection is gone",
         "aborted_another": "another", "process_descriptors": "`EMFILE`", "system_descriptors": "`ENFILE`",
         "buffers": "`ENOBUFS`", "memory": "`ENOMEM`", "watches": "`ENOSPC`", "forbidden": "`EPERM`"}


def rows(page, heading):
    """The rows of the table under a heading, as lists of cells; the two rows of its head are left out."""
    section = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL).group(1)
    table = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table[2:]]


def cases(text):
    return re.findall(r'^TEST_CASE\(\s*"([^"]*)"', text, re.MULTILINE)


def made_up(seam):
    """(call, fault) for each fault that the seam makes up."""
    return re.findall(r"\{Call::(\w+), Fault::(\w+), \d+\}", seam)


def says(cell, fault):
    words = WORDS[fault]
    return any(word in cell for word in ([words] if isinstance(words, str) else words))


def missing_rows(listed, made):
    """Faults of the seam without a row, and rows without a fault."""
    problems = [f"{PAGE}: no row for the fault '{fault}' of {call}, which {SEAM} makes up"
                for call, fault in made if not any(row[0] == f"`{call}`" and says(row[1], fault) for row in listed)]
    return problems + [f"{PAGE}: {SEAM} makes up no fault for the row {row[0]}, {row[1]}" for row in listed
                       if not any(row[0] == f"`{call}`" and says(row[1], fault) for call, fault in made)]


def missing_tests(listed, known):
    """Rows without a test, and tests without a row."""
    named = [row[-1] for row in listed]
    return ([f"{PAGE}: {REAL} has no test case '{name}'" for name in named if name not in known]
            + [f"{PAGE}: no row for the test case '{name}' of {REAL}" for name in known if name not in named])


class FaultTable(unittest.TestCase):
    def setUp(self):
        self.page = (ROOT / PAGE).read_text(encoding="utf-8")

    def test_every_fault_that_is_made_up_has_a_row(self):
        made = made_up((ROOT / SEAM).read_text(encoding="utf-8"))
        self.assertGreater(len(made), 30)
        problems = missing_rows(rows(self.page, "Faults that are made up"), made)
        self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_every_real_fault_has_a_test(self):
        known = cases((ROOT / REAL).read_text(encoding="utf-8"))
        self.assertGreater(len(known), 10)
        problems = missing_tests(rows(self.page, "Faults that are real"), known)
        self.assertEqual(problems, [], "\n" + "\n".join(problems))

    def test_what_is_missing_is_told(self):
        made = [("read", "reset"), ("accept4", "aborted")]
        listed = [["`read`", "`ECONNRESET`", ""], ["`read`", "`EPIPE`", ""]]
        self.assertEqual(len(missing_rows(listed, made)), 2)
        self.assertEqual(len(missing_tests([["", "a"], ["", "b"]], ["b", "c"])), 2)
        self.assertEqual(cases('TEST_CASE("one") {}\n  TEST_CASE("inside") {}\nTEST_CASE(\n    "two") {}'), ["one", "two"])


if __name__ == "__main__":
    unittest.main()
