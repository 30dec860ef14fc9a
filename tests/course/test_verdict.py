"""Each way in which a test program can end gets its own verdict, and only one of them is a pass."""

import sys
import tempfile
import time
import unittest
import unittest.mock
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import fakes  # noqa: E402
from course import process, verdict  # noqa: E402
from course.errors import Stop  # noqa: E402


class Judged(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def judge(self, word, limit=8.0, **more):
        return verdict.run_test(fakes.program(Path(self.folder.name), word), limit=limit, **more)

    def judge_script(self, text, **more):
        path = Path(self.folder.name) / "script"
        fakes.script(path, "import json, os, sys\ndef record(**fields):\n"
                           "    open(os.environ['KETTLE_VERDICT_FILE'], 'a').write(json.dumps(fields) + '\\n')\n" + text)
        return verdict.run_test(path, limit=8.0, **more)

    def test_it_passes(self):
        result = self.judge("PASS")
        self.assertEqual((result.kind, result.passed, result.planned), ("passed", True, 3))
        self.assertEqual([case.passed for case in result.cases], [True, True, True])

    def test_a_test_fails(self):
        result = self.judge("FAIL")
        self.assertEqual(result.kind, "failed")
        case = result.cases[1]
        self.assertEqual((case.name, case.passed, case.steps), ("it goes on", False, ["poll 1: Pending"]))
        failure = case.failures[0]
        self.assertEqual((failure.expected, failure.happened, failure.rule, failure.read),
                         ("2 polls", "1 poll", "Poll again.", "lessons/x.md#polls"))

    def test_it_hangs_and_is_killed(self):
        started = time.monotonic()
        result = self.judge("HANG", limit=0.7)
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual((result.kind, result.stopped_in.name, result.stopped_in.steps),
                         ("hung", "it waits", ["poll 1: Pending"]))
        self.assertEqual(result.unreached, 1)

    def test_what_it_started_is_killed_with_it(self):
        beats = Path(self.folder.name) / "beats"
        child = f"import time\nwhile True:\n    open({str(beats)!r}, 'a').write('x')\n    time.sleep(0.02)\n"
        self.judge_script(f"import subprocess, time\nsubprocess.Popen([sys.executable, '-c', {child!r}])\n"
                          f"while not os.path.exists({str(beats)!r}): time.sleep(0.01)\n")
        before = beats.stat().st_size
        time.sleep(0.2)
        self.assertEqual(beats.stat().st_size, before)

    def test_a_child_that_hangs_too_does_not_hold_us(self):
        started = time.monotonic()
        self.assertEqual(self.judge("HANG_CHILD", limit=0.7).kind, "hung")
        self.assertLess(time.monotonic() - started, 5)

    def test_it_crashes(self):
        result = self.judge("CRASH")
        self.assertEqual((result.kind, result.stopped_in.name), ("crashed", "it follows a pointer"))
        self.assertIn("SIGSEGV", result.cause)

    def test_it_leaves_before_the_first_test(self):
        result = self.judge("EXIT_FIRST")
        self.assertEqual((result.kind, result.cases, result.stopped_in), ("ended_early", [], None))

    def test_it_leaves_inside_a_test(self):
        result = self.judge("EXIT")
        self.assertEqual((result.kind, result.stopped_in.name), ("ended_early", "it leaves"))

    def test_exit_status_zero_alone_is_never_a_pass(self):
        self.assertEqual(self.judge_script("record(event='start', cases=1)\nrecord(event='case', name='a')\n"
                                           "record(event='end', passed=True)\n").kind, "ended_early")
        self.assertEqual(self.judge_script("record(event='start', cases=0)\n"
                                           "record(event='finish', passed=0, failed=0)\n").kind, "ended_early")
        self.assertEqual(self.judge_script("record(event='case', name='a')\nrecord(event='end', passed=True)\n"
                                           "record(event='finish', passed=2, failed=0)\n").kind, "ended_early")

    def test_a_pass_with_a_bad_exit_status_is_no_pass(self):
        result = self.judge_script("record(event='case', name='a')\nrecord(event='end', passed=True)\n"
                                   "record(event='finish', passed=1, failed=0)\nsys.exit(3)\n")
        self.assertEqual(result.kind, "ended_early")
        self.assertIn("3", result.cause)

    def test_the_number_of_cases_may_be_left_out(self):
        result = self.judge_script("record(event='start')\nrecord(event='case', name='a')\n"
                                   "record(event='end', passed=True)\nrecord(event='finish', passed=1, failed=0)\n")
        self.assertEqual((result.kind, result.planned), ("passed", None))

    def test_what_a_test_was_checking_is_known_without_a_failure(self):
        case = self.judge_script("record(event='start', cases=2)\nrecord(event='case', name='a')\n"
                                 "record(event='teach', rule='Old.', read='x')\n"
                                 "record(event='teach', rule='Poll again.', read='lessons/x.md')\nsys.exit(0)\n").cases[0]
        self.assertEqual((case.rule, case.read), ("Poll again.", "lessons/x.md"))

    def test_damaged_records_are_skipped(self):
        result = self.judge_script(
            "open(os.environ['KETTLE_VERDICT_FILE'], 'ab').write(b'{\"event\":\"ca\\n\\xff\\xfe\\n[1]\\n\"x\"\\n')\n"
            "record(event='step', text='early')\n")
        self.assertEqual((result.kind, result.cases[0].name), ("ended_early", "before the first test"))

    def test_endless_output_is_cut_and_does_not_stop_the_kill(self):
        result = self.judge("FLOOD", limit=0.7)
        self.assertEqual(result.kind, "hung")
        self.assertLessEqual(len(result.output), process.MOST_OUTPUT)

    def test_endless_memory_is_stopped(self):
        with unittest.mock.patch.object(process, "MOST_MEMORY", 60 << 20):
            result = self.judge_script("import time\nrecord(event='case', name='a')\nx = b'x' * (150 << 20)\ntime.sleep(30)\n")
        if not Path("/proc/self/statm").exists():
            self.skipTest("memory can only be watched where /proc is")
        self.assertEqual((result.kind, result.stopped_in.name), ("crashed", "a"))
        self.assertIn("memory", result.cause)

    def test_a_sanitizer_report_is_a_crash_with_its_place(self):
        report = ("==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x602000000010 at pc 0x55\n"
                  "READ of size 4 at 0x602000000010 thread T0\n"
                  "    #0 0x55d in mine::poll(int) /somewhere/interval.hpp:10:5\n")
        source = Path(self.folder.name) / "interval.hpp"
        source.write_text("x", encoding="utf-8")
        result = self.judge_script(f"record(event='case', name='a')\nsys.stderr.write({report!r})\nsys.exit(1)\n",
                                   source=source)
        self.assertEqual((result.kind, result.cause, result.frames),
                         ("crashed", "It used memory that was already freed.", ["interval.hpp:10 in poll"]))

    def test_a_leak_spoils_a_pass_but_does_not_hide_a_failure(self):
        leak = "==7==ERROR: LeakSanitizer: detected memory leaks\n"
        for passed, kind in ((True, "crashed"), (False, "failed")):
            result = self.judge_script(
                f"record(event='case', name='a')\nrecord(event='end', passed={passed})\n"
                f"record(event='finish', passed={int(passed)}, failed={int(not passed)})\n"
                f"sys.stderr.write({leak!r})\nsys.exit(23)\n")
            self.assertEqual(result.kind, kind)

    def test_an_empty_or_missing_file(self):
        source = Path(self.folder.name) / "interval.hpp"
        self.assertEqual(self.judge("PASS", source=source).kind, "missing")
        source.write_text("\n \n", encoding="utf-8")
        self.assertEqual(self.judge("PASS", source=source).kind, "empty")

    def test_a_program_that_is_not_there(self):
        with self.assertRaisesRegex(Stop, "cannot be started"):
            verdict.run_test(Path(self.folder.name) / "nowhere", limit=1)

    def test_environment_and_stdin(self):
        result = self.judge_script("print(os.environ['MORE'], sys.stdin.read() == '')\n", env={"MORE": "value"})
        self.assertEqual(result.output, "value True\n")

    def test_json_can_be_written(self):
        self.assertEqual(self.judge("FAIL").as_json()["cases"][1]["failures"][0]["rule"], "Poll again.")


if __name__ == "__main__":
    unittest.main()
