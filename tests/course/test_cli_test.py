"""./learn test, as a learner meets it: every way in which an exercise can end."""

import json
import signal
import subprocess
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fakes import COUNTDOWN, STATE, CommandTest  # noqa: E402


class Test(CommandTest):
    def test_a_pass_is_recorded_and_says_what_comes_next(self):
        self.repository.write(COUNTDOWN, "PASS")
        done = self.learn("test", "countdown")
        self.assertIn("All 3 tests pass.", done.stdout)
        self.assertIn("Next: Two futures\n  file: exercises/01-future/interleave.hpp\n  ./learn test 01-future/interleave\n",
                      done.stdout)
        self.assertEqual(self.done(), ["01-future/countdown"])

    def test_a_failure_teaches(self):
        done = self.learn("test", "countdown", status=1)
        for words in ("\u2713 it begins", "\u2717 it goes on", "expected  2 polls", "happened  1 poll",
                      "rule      Poll again.", "read      lessons/x.md#polls", "2 of 3 tests pass.",
                      "Stuck? ./learn hint 01-future/countdown"):
            self.assertIn(words, done.stdout)
        self.assertEqual(done.stderr, "")

    def test_what_passed_once_and_fails_now_is_not_done(self):
        self.repository.write(COUNTDOWN, "PASS")
        self.learn("test", "countdown")
        self.repository.write(COUNTDOWN, "ERROR")
        self.learn("test", "countdown", status=1)
        self.assertEqual(self.done(), [])

    def test_a_compile_error(self):
        self.repository.write(COUNTDOWN, "ERROR")
        done = self.learn("test", "countdown", status=1)
        self.assertIn("does not compile", done.stdout)
        self.assertIn("  exercises/01-future/countdown.hpp:3:2: error: my own error\n      3 | #error", done.stdout)
        log = self.repository.root / ".learn" / "build.log"
        self.assertIn("my own error", log.read_text(encoding="utf-8"))

    def test_all_that_the_compiler_says(self):
        self.repository.write(COUNTDOWN, "ERROR")
        self.assertIn("ninja: build stopped", self.learn("test", "countdown", "--full", status=1).stdout)

    def test_sanitizers_when_asked_for(self):
        self.repository.write(COUNTDOWN, "RACE")
        self.learn("test", "countdown")
        self.learn("test", "countdown", "--asan")
        self.assertIn("(a data race)", " ".join(self.learn("test", "countdown", "--tsan", status=1).stdout.split()))
        self.assertIn("--preset asan", self.repository.log)
        self.assertIn("not allowed with", self.learn("test", "countdown", "--asan", "--tsan", status=2).stderr)

    def test_what_uses_threads_is_looked_through_for_races_by_default(self):
        manifest = self.repository.root / "course" / "course.json"
        text = manifest.read_text(encoding="utf-8").replace('"id": "countdown"', '"id": "countdown", "sanitizer": "thread"')
        manifest.write_text(text, encoding="utf-8")
        self.repository.write(COUNTDOWN, "FAIL")
        self.learn("test", "countdown", status=1)
        self.assertNotIn("tsan", self.repository.log)  # first it has to pass
        self.repository.write(COUNTDOWN, "RACE")
        self.assertIn("(a data race)", " ".join(self.learn("test", "countdown", status=1).stdout.split()))
        self.assertEqual(self.done(), [])
        self.repository.write(COUNTDOWN, "PASS")
        self.learn("test", "countdown")
        manifest.write_text(text.replace('"thread"', '"odd"'), encoding="utf-8")
        self.assertIn('sanitizer "odd"', self.learn("test", status=2).stderr)

    def test_an_empty_and_a_missing_file(self):
        path = self.repository.write(COUNTDOWN, "")
        self.assertIn("./learn reset " + COUNTDOWN, self.learn("test", "countdown", status=1).stdout)
        path.unlink()
        self.assertIn("is not there", self.learn("test", "countdown", status=1).stdout)

    def test_a_hang(self):
        self.repository.write(COUNTDOWN, "HANG_CHILD")
        started = time.monotonic()
        done = self.learn("test", "countdown", status=1, KETTLE_TEST_LIMIT="0.7")
        self.assertLess(time.monotonic() - started, 8)
        self.assertIn("\u2717 it waits\n    hung      It did not end within 0.7 seconds", done.stdout)
        self.assertIn("1. poll 1: Pending", done.stdout)

    def test_a_crash_and_leaving(self):
        for word, said in (("CRASH", "SIGSEGV"), ("EXIT", "ended by itself in the middle"),
                           ("EXIT_FIRST", "before the first test")):
            self.repository.write(COUNTDOWN, word)
            self.assertIn(said, " ".join(self.learn("test", "countdown", status=1).stdout.split()))
            self.assertEqual(self.done(), [])

    def test_what_the_program_prints_is_shown(self):
        self.repository.write(COUNTDOWN, "PRINT")
        self.assertIn("It printed:\n  what the learner prints", self.learn("test", "countdown").stdout)

    def test_the_solution_changes_no_state(self):
        self.assertIn("All 3", self.learn("test", "countdown", "--solution").stdout)
        self.assertFalse((self.repository.root / STATE).exists())

    def test_a_whole_lesson(self):
        self.repository.write(COUNTDOWN, "PASS")
        done = self.learn("test", "1", status=1)
        self.assertIn("\u2713 01-future/countdown: passed\n\u2717 01-future/interleave: some tests fail\n"
                      "1 of 2 exercises pass.", done.stdout)
        self.repository.write("exercises/01-future/interleave.hpp", "PASS")
        self.assertIn("./learn test 04-sleep/interval", self.learn("test", "01-future").stdout)

    def test_the_end_of_a_lesson_sends_to_the_next_chapter(self):
        self.repository.write("exercises/01-future/interleave.hpp", "PASS")
        text = self.learn("test", "interleave").stdout
        self.assertIn("Next: Countdown\n", text)  # of the same lesson, and still to do
        self.assertNotIn("is done", text)
        self.repository.write(COUNTDOWN, "PASS")
        self.assertIn("Lesson 01 is done. Next: lesson 04, Sleep\n  chapter: lessons/04-sleep/README.md\n"
                      "  program: ./learn run 04\n", self.learn("test", "countdown").stdout)

    def test_an_empty_name_is_no_name(self):
        for command in ("test", "run", "hint"):
            self.assertIn('There is no lesson or exercise ""', self.learn(command, "", status=2).stderr)

    def test_the_last_one(self):
        for lesson, name in (("01-future", "countdown"), ("01-future", "interleave"), ("04-sleep", "interval")):
            self.repository.write(f"exercises/{lesson}/{name}.hpp", "PASS")
            done = self.learn("test")  # without a name: the next one
        self.assertIn("the whole course is done", done.stdout)
        self.assertIn("Every exercise is done", self.learn("test", status=2).stderr)

    def test_json(self):
        data = json.loads(self.learn("test", "countdown", "--json", status=1).stdout)
        self.assertEqual((data["passed"], data["total"]), (0, 1))
        test = data["tests"][0]
        self.assertEqual((test["exercise"], test["flavour"], test["verdict"]["kind"]),
                         ("01-future/countdown", "exercise", "failed"))
        self.assertEqual(test["verdict"]["cases"][1]["failures"][0]["expected"], "2 polls")

    def test_an_untouched_starter_is_recognised(self):
        self.assertNotIn("as it came", self.learn("test", "countdown", status=1).stdout)
        self.repository.commit()
        self.assertIn("This is the starter, as it came", self.learn("test", "countdown", status=1).stdout)
        self.repository.write(COUNTDOWN, "FAIL ")
        self.assertNotIn("as it came", self.learn("test", "countdown", status=1).stdout)

    def test_the_limit_is_checked(self):
        for limit in ("abc", "0", "-1", "nan", "inf", "9999"):
            self.assertIn("KETTLE_TEST_LIMIT", self.learn("test", "countdown", status=2, KETTLE_TEST_LIMIT=limit).stderr)

    def test_a_broken_runtime_is_not_blamed_on_the_learner(self):
        done = self.learn("test", "countdown", status=2, FAKE_RUNTIME_BROKEN="1")
        self.assertIn("your exercise was not judged", done.stderr)

    def test_damaged_state_is_no_matter(self):
        self.repository.write(STATE, "{{{")
        self.repository.write(COUNTDOWN, "PASS")
        self.learn("test", "countdown")
        self.assertEqual(self.done(), ["01-future/countdown"])

    def test_ctrl_c(self):
        self.repository.write(COUNTDOWN, "HANG")
        self.learn("list")
        child = subprocess.Popen([str(self.repository.root / "learn"), "test", "countdown"], stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.repository.environment())
        program = self.repository.root / "build/default/exercises/01-future/countdown"
        while not program.exists():
            time.sleep(0.05)
        time.sleep(0.5)
        child.send_signal(signal.SIGINT)
        _, errors = child.communicate(timeout=10)
        self.assertEqual(child.returncode, 130, errors)
        self.assertNotIn(b"Traceback", errors)


if __name__ == "__main__":
    unittest.main()
