"""Of everything a compiler says, the learner sees the error that concerns them."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from course.diagnostics import compile_verdict, first_warning  # noqa: E402
from course.manifest import ROOT  # noqa: E402

SOURCE = ROOT / "exercises" / "01-future" / "countdown.hpp"
HEADER = """\
[1/2] Building CXX object tests/x.o
FAILED: tests/CMakeFiles/exercise-01-future-countdown.dir/countdown_test.cpp.o
/usr/bin/clang++-19 -DX=1 -c countdown_test.cpp
"""


def shown(text, source=SOURCE):
    return compile_verdict(HEADER + text, source)


class Chosen(unittest.TestCase):
    def test_an_error_in_the_learners_file_with_its_caret(self):
        verdict = shown(f"""\
In file included from {ROOT}/tests/exercises/01-future/countdown_test.cpp:7:
{ROOT}/exercises/01-future/countdown.hpp:34:20: error: no member named 'Redy' in namespace 'kettle'
   34 |     return kettle::Redy();
      |            ~~~~~~~~^
{ROOT}/exercises/01-future/countdown.hpp:40:1: error: another
1 warning and 2 errors generated.
ninja: build stopped: subcommand failed.
""")
        self.assertEqual((verdict.kind, verdict.source, verdict.more_errors, verdict.cause),
                         ("does_not_compile", "exercises/01-future/countdown.hpp", 1, ""))
        self.assertEqual(verdict.diagnostics, [
            "exercises/01-future/countdown.hpp:34:20: error: no member named 'Redy' in namespace 'kettle'",
            "   34 |     return kettle::Redy();", "      |            ~~~~~~~~^"])

    def test_colours_are_taken_out(self):
        verdict = shown("\033[1mexercises/01-future/countdown.hpp:1:1: \033[31merror: \033[0mno\n")
        self.assertEqual(verdict.diagnostics, ["exercises/01-future/countdown.hpp:1:1: error: no"])

    def test_a_wrong_signature_leads_to_the_learners_file_by_its_note(self):
        verdict = shown("""\
runtime/kettle/x.hpp:1:1: error: elsewhere
tests/exercises/01-future/countdown_test.cpp:20:19: error: no matching constructor for 'mine::Countdown'
   20 |   mine::Countdown countdown(3);
      |                   ^         ~
runtime/kettle/poll.hpp:9:1: note: not this one
    9 | class Poll
exercises/01-future/countdown.hpp:30:12: note: requires 2 arguments, but 1 was provided
   30 |   explicit Countdown(int steps, int)
""")
        self.assertEqual(len(verdict.diagnostics), 5)
        self.assertIn("no matching constructor", verdict.diagnostics[0])
        self.assertIn("requires 2 arguments", verdict.diagnostics[3])
        self.assertEqual(verdict.more_errors, 1)

    def test_gcc_tells_the_way_first(self):
        verdict = shown("""\
tests/a_test.cpp: In function 'void f()':
tests/a_test.cpp:3:4: error: first, elsewhere
    3 | f
runtime/kettle/poll.hpp: In instantiation of 'class Poll<int&>':
exercises/01-future/countdown.hpp:12:3:   required from here
runtime/kettle/poll.hpp:5:6: error: the learner's
    5 | T value;
compilation terminated due to -fmax-errors.
""")
        self.assertEqual(verdict.diagnostics, ["runtime/kettle/poll.hpp:5:6: error: the learner's", "    5 | T value;"])

    def test_an_error_elsewhere_comes_with_a_word_about_it(self):
        verdict = shown("tests/a_test.cpp:3:4: error: no member named 'Map' in namespace 'mine'\n")
        self.assertIn("no member named 'Map'", verdict.diagnostics[0])
        self.assertIn("not in your file itself", verdict.cause)

    def test_giving_up_is_not_an_error_of_its_own(self):
        verdict = shown("exercises/01-future/countdown.hpp:1:1: error: no\nfatal error: too many errors emitted\n"
                        "x.cpp:1:1: fatal error: too many errors emitted, stopping now [-ferror-limit=]\n")
        self.assertEqual(verdict.more_errors, 0)

    def test_a_missing_function_of_the_linker(self):
        verdict = shown("/usr/bin/ld: x.o: in function `f':\n"
                        "x.cpp:(.text+0x5): undefined reference to `mine::block_on()'\n")
        self.assertEqual(len(verdict.diagnostics), 1)
        self.assertIn("mine::block_on", verdict.diagnostics[0])

    def test_output_without_any_error_is_shown_as_it_is(self):
        self.assertIn("Segmentation fault", "\n".join(shown("clang++: Segmentation fault\n").diagnostics))

    def test_a_long_error_is_cut(self):
        notes = "exercises/01-future/countdown.hpp:2:1: note: candidate\n" * 50
        self.assertLessEqual(len(shown(f"exercises/01-future/countdown.hpp:1:1: error: no\n{notes}").diagnostics), 14)

    def test_a_return_in_a_coroutine_is_called_by_its_name(self):
        verdict = shown("""\
exercises/01-future/countdown.hpp:5:10: error: no viable conversion from returned value of type 'int' to 'Task<int>'
    5 |   return 1;
exercises/01-future/countdown.hpp:5:3: error: return statement not allowed in coroutine; did you mean 'co_return'?
    5 |   return 1;
""")
        self.assertIn("did you mean 'co_return'", verdict.diagnostics[0])
        self.assertEqual(verdict.more_errors, 1)


class Warned(unittest.TestCase):
    def warning(self, text):
        return first_warning(text, SOURCE)

    def test_the_first_in_the_learners_file_that_may_tell_why(self):
        self.assertEqual(self.warning(f"""\
{ROOT}/tests/support/story.hpp:1:1: warning: not the learner's
{ROOT}/exercises/01-future/countdown.hpp:3:7: warning: private field 'left_' is not used [-Wunused-private-field]
    3 |   int left_;
{ROOT}/exercises/01-future/countdown.hpp:9:1: warning: non-void coroutine does not return a value [-Wreturn-type]
    9 | }}
      | ^
{ROOT}/exercises/01-future/countdown.hpp:12:1: warning: another
"""), ["exercises/01-future/countdown.hpp:9:1: warning: non-void coroutine does not return a value [-Wreturn-type]",
            "    9 | }", "      | ^"])

    def test_none(self):
        self.assertEqual(self.warning("[1/2] Building CXX object tests/x.o\n"), [])


if __name__ == "__main__":
    unittest.main()
