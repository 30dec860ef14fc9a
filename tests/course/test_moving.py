"""Where the learner stands: status, next, goto, open, solution, completions; and finding out again what is done."""

import json
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fakes import COUNTDOWN, STATE, CommandTest, script  # noqa: E402

INTERLEAVE = "exercises/01-future/interleave.hpp"


class Moving(CommandTest):
    def test_goto_is_where_everything_goes_on(self):
        self.assertIn("file:    exercises/04-sleep/interval.hpp", self.learn("goto", "interval").stdout)
        self.assertIn("You are at 04-sleep/interval", self.learn("status").stdout)
        self.assertRegex(self.learn("list").stdout, "→ interval")
        self.repository.write("exercises/04-sleep/interval.hpp", "PASS")
        self.learn("test")
        self.assertEqual(json.loads(self.learn("status", "--json").stdout)["current"]["id"], "01-future/countdown")

    def test_next_leaves_what_is_undone_behind(self):
        text = self.learn("next").stdout
        self.assertIn("01-future/countdown is still to do", text)
        self.assertIn("You are at 01-future/interleave", text)
        self.repository.write(INTERLEAVE, "PASS")
        self.learn("test")
        self.assertIn("You are at 01-future/countdown", self.learn("status").stdout)
        self.assertIn("You are at 04-sleep/interval", self.learn("next").stdout)

    def test_status_for_machines(self):
        self.learn("hint")
        data = json.loads(self.learn("status", "--json").stdout)
        self.assertEqual(data, {"course": "Kettle", "done": 0, "exercises": 3, "points": 0, "points_total": 20, "current": {
            "id": "01-future/countdown", "title": "Countdown", "file": COUNTDOWN, "chapter": "lessons/01-future/README.md",
            "state": "current", "hints_seen": 1, "hints": 3, "gave_up": False}})

    def test_at_the_end(self):
        for path in (COUNTDOWN, INTERLEAVE, "exercises/04-sleep/interval.hpp"):
            self.repository.write(path, "PASS")
        self.learn("test", "1")
        self.learn("test", "4")
        self.assertIn("Every exercise is done.", self.learn("next").stdout)
        self.assertIn("Every exercise passes.", self.learn("status").stdout)
        self.assertIsNone(json.loads(self.learn("status", "--json").stdout)["current"])

    def test_open(self):
        self.assertEqual(self.learn("open", "interleave", EDITOR="vim").stdout, f"{self.repository.root / INTERLEAVE}\n")

    def test_a_copy_without_git_is_not_damaged(self):
        self.learn("hint")  # the first thing that is saved
        for command, status in ((("list",), 0), (("test", "4"), 1)):
            done = self.learn(*command, status=status)
            self.assertNotIn("damaged", done.stdout + done.stderr)

    def test_a_damaged_state_is_found_out_again(self):
        for path in (COUNTDOWN, INTERLEAVE):
            self.repository.write(path, "PASS")
        self.learn("test", "1")
        self.repository.write(STATE, '{"exercises": {"01-fut')
        self.assertIn("Your progress was damaged.", self.learn("test", "4", status=1).stderr)
        self.assertEqual(sorted(self.done()), ["01-future/countdown", "01-future/interleave"])
        self.assertNotIn("damaged", self.learn("test", "4", status=1).stderr)

    def test_a_lost_state_is_found_out_again(self):
        self.repository.commit()
        self.learn("test", "interval", status=1)
        self.repository.write(COUNTDOWN, "PASS")
        self.learn("test", "countdown")
        (self.repository.root / STATE).unlink()
        self.learn("test", "4", status=1)
        self.assertEqual(self.done(), ["01-future/countdown"])


class Solution(CommandTest):
    def test_it_comes_with_its_explanation_and_another_shape(self):
        place = "tests/exercises/01-future/countdown/right/other.hpp"
        self.repository.write(place, "#pragma once\n// Shape: counts up,\n// and not down.\nint x;\n")
        text = self.learn("solution", "countdown").stdout
        for words in ("PASS\n", "Look at the drawing.", "The solution: solutions/01-future/countdown.hpp",
                      "Another shape: counts up, and not down.", f"  {place}"):
            self.assertIn(words, text)
        self.assertTrue(json.loads(self.learn("status", "--json").stdout)["current"]["gave_up"])

    def test_the_difference(self):
        self.assertIn("-FAIL\n+PASS\n", self.learn("solution", "countdown", "--diff").stdout)
        self.repository.write(COUNTDOWN, "PASS")
        self.assertIn("is the solution, line by line", self.learn("solution", "countdown", "--diff").stdout)


class Completions(CommandTest):
    def test_bash_completes(self):
        bash = shutil.which("bash")
        if not bash:
            self.skipTest("bash is not installed")
        code = self.learn("completions", "bash").stdout
        for typed, place, expected in ((("st",), 1, "status"), (("goto", "01-future/c"), 2, "01-future/countdown"),
                                       (("run", "04"), 2, "04-sleep"), (("completions", "z"), 2, "zsh")):
            words = " ".join(("./learn", *typed))
            done = subprocess.run([bash, "--norc", "-c", f'{code}\nCOMP_WORDS=({words}); COMP_CWORD={place}; _learn; '
                                   'echo "${COMPREPLY[@]}"'], stdout=subprocess.PIPE, encoding="utf-8", check=True)
            self.assertEqual(done.stdout.strip(), expected)

    def test_the_others_name_everything_and_are_sound_where_they_can_be_tried(self):
        for shell in ("zsh", "fish"):
            code = self.learn("completions", shell).stdout
            for word in ("selftest", "01-future/countdown", "04-sleep"):
                self.assertIn(word, code)
            if shutil.which(shell):
                script(self.repository.bin / "code", code)
                subprocess.run([shutil.which(shell), "-n", str(self.repository.bin / "code")], check=True)


if __name__ == "__main__":
    unittest.main()
