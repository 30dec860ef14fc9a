"""A verdict reads well, and reads the same every time."""

import re
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course.manifest import ROOT  # noqa: E402
from course.render import focused  # noqa: E402
from course.records import Case, Failure  # noqa: E402
from course.verdict import Verdict, render  # noqa: E402

PASSED = Case("the first poll is Pending", True)


class Rendered(unittest.TestCase):
    maxDiff = None

    def test_a_pass(self):
        self.assertEqual(render(Verdict("passed", [PASSED, Case("it ends", True)])),
                         "\u2713 the first poll is Pending\n\u2713 it ends\n\nAll 2 tests pass.\n")

    def test_a_failure_has_all_its_parts(self):
        case = Case("two polls", False, ["poll 1: Pending", "poll 2: Pending"],
                    [Failure("poll 2: Ready", "poll 2: Pending", "A future that is woken makes progress, or says what it "
                             "waits for; it never says Pending for nothing.", "lessons/02-waker/README.md#wake")])
        self.assertEqual(render(Verdict("failed", [case, PASSED])), """\
\u2713 the first poll is Pending
\u2717 two polls
    expected  poll 2: Ready
    happened  poll 2: Pending
    steps     1. poll 1: Pending
              2. poll 2: Pending
    rule      A future that is woken makes progress, or says what it waits for;
              it never says Pending for nothing.
    read      lessons/02-waker/README.md#wake

1 of 2 tests passes.
""")

    def test_in_the_watch_advice_comes_before_what_is_long(self):
        failed = Verdict("failed", [Case("a", False, [f"step {n}" for n in range(40)], [Failure("x == 2", "1 == 2")]), PASSED],
                         advice="Await it.")
        broken = Verdict("does_not_compile", diagnostics=["a.hpp:1:1: error: no"] * 20, advice="Await it.")
        for verdict, place in ((failed, 0), (broken, 3)):
            lines = focused(verdict, colour=False, width=40, timing=False).splitlines()
            self.assertIn("Await it.", "\n".join(lines[:place + 1]))
            self.assertEqual("\n".join(lines).count("Await it."), 1)

    def test_fields_that_are_not_known_are_left_out(self):
        text = render(Verdict("failed", [Case("a", False, [], [Failure("x == 2", "1 == 2")])]))
        self.assertNotIn("rule", text)
        self.assertNotIn("read", text)
        self.assertIn("without saying how", render(Verdict("failed", [Case("a", False)])))

    def test_a_table_in_a_message_keeps_its_lines(self):
        case = Case("a", False, [], [Failure("all end", "deadlock:\n  main waits for chef\n  chef waits for main")])
        self.assertIn("    happened  deadlock:\n                main waits for chef\n", render(Verdict("failed", [case])))

    def test_many_failures_and_steps_are_cut(self):
        case = Case("a", False, [f"step {n}" for n in range(1, 60)], [Failure("x", "y")] * 5)
        text = render(Verdict("failed", [case]))
        self.assertIn("... 43 more ...", text)
        self.assertIn("59. step 59", text)
        self.assertIn("... and 2 more in this test.", text)

    def test_what_fails_in_the_same_way_is_told_once(self):
        def case(name, happened):
            return Case(name, False, [f"a step of {name}"], [Failure("Ready", happened)])
        text = render(Verdict("failed", [case("a", "Pending"), case("b", "nothing"), case("c", "Pending"), Case("d", False),
                                         Case("e", False)]))
        self.assertEqual(text, """\
\u2717 a
    expected  Ready
    happened  Pending
    steps     1. a step of a
\u2717 c: the same
\u2717 b
    expected  Ready
    happened  nothing
    steps     1. a step of b
\u2717 d
    happened  This test failed without saying how.
\u2717 e
    happened  This test failed without saying how.

0 of 5 tests pass.
""")

    def test_a_hang_says_where_and_never_how_long(self):
        verdict = Verdict("hung", [PASSED, Case("it ends", None, [f"poll {n}" for n in range(1000)])], planned=4, limit=10)
        text = render(verdict)
        self.assertIn("hung      It did not end in time and was stopped.", text)
        self.assertIn("... and on and on", text)
        self.assertNotIn("999", text)
        self.assertIn("1 of 4 tests passes. The other 2 were not run.", text)
        self.assertIn("within 10 seconds", render(verdict, timing=True))

    def test_a_crash_says_why_and_where(self):
        case = Case("a", None, ["poll 1"], rule="Poll again.", read="lessons/x.md#polls")
        text = render(Verdict("crashed", [case], cause="It divided.", frames=["x.hpp:3 in f"]))
        self.assertIn("    crashed   It divided.\n    where     x.hpp:3 in f\n    steps     1. poll 1\n"
                      "    rule      Poll again.\n    read      lessons/x.md#polls\n", text)
        self.assertIn("0 tests passed before that.", text)

    def test_before_the_first_and_after_the_last_test(self):
        self.assertIn("before the first test", render(Verdict("crashed", cause="It divided.")))
        text = render(Verdict("ended_early", [PASSED], cause="It left with exit status 3."))
        self.assertIn("after the last test", text)
        self.assertIn("but not the program as a whole", text)

    def test_what_the_learner_printed_is_capped(self):
        text = render(Verdict("failed", [Case("a", False)], output="line\n" * 40 + "\x1b[31mred", errors=["oops"]))
        self.assertIn("It printed:\n  line\n", text)
        self.assertIn("  ... and more", text)
        self.assertIn("It said on stderr:\n  oops", text)
        self.assertNotIn("\x1b", text)

    def test_nothing_differs_between_machines_and_runs(self):
        failure = Failure(f"{ROOT}/runtime/kettle/task.hpp:3", "a pointer 0x7ffd12345678")
        text = render(Verdict("failed", [Case("a", False, [], [failure])], seconds=1.234))
        self.assertIn("expected  runtime/kettle/task.hpp:3", text)
        self.assertIn("0x...", text)
        self.assertNotIn("1.2", text)
        self.assertIn("(1.2 s)", render(Verdict("passed", [PASSED], seconds=1.234), timing=True))

    def test_empty_missing_and_compile_errors(self):
        self.assertIn("./learn reset exercises/x.hpp", render(Verdict("empty", source="exercises/x.hpp")))
        self.assertIn("is not there", render(Verdict("missing", source="exercises/x.hpp")))
        text = render(Verdict("does_not_compile", diagnostics=["x.hpp:1:2: error: no", "  1 | #", "    ^"], more_errors=2,
                              log=".learn/build.log"))
        self.assertIn("  x.hpp:1:2: error: no\n    1 | #\n      ^\n", text)
        self.assertIn("2 more errors follow", text)
        self.assertIn(".learn/build.log", text)

    def test_it_keeps_to_the_width_and_colour_does_not_change_it(self):
        words = "a rather long sentence that goes on for a while " * 5
        case = Case(words, False, [words], [Failure(words, words, words, "lessons/x.md#y")])
        for width in (40, 80):
            plain = render(Verdict("failed", [case, PASSED]), width=width)
            self.assertLessEqual(max(map(len, plain.splitlines())), width)

            coloured = render(Verdict("failed", [case, PASSED]), width=width, colour=True)
            self.assertIn("\x1b[", coloured)
            self.assertEqual(re.sub(r"\x1b\[\d+m", "", coloured), plain)


if __name__ == "__main__":
    unittest.main()
