"""Where the learner stands: status, next, goto, open, solution, completions; and finding out again what is done."""

import json
import os
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import terminals  # noqa: E402
from fakes import COUNTDOWN, STATE, CommandTest  # noqa: E402

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
                                       (("run", "04"), 2, "04-sleep"), (("test", "--as"), 2, "--asan"),
                                       (("completions", "z"), 2, "zsh")):
            words = " ".join(("./learn", *typed))
            done = subprocess.run([bash, "--norc", "-c", f'{code}\nCOMP_WORDS=({words}); COMP_CWORD={place}; _learn; '
                                   'echo "${COMPREPLY[@]}"'], stdout=subprocess.PIPE, encoding="utf-8", check=True)
            self.assertEqual(done.stdout.strip(), expected)

    # What is typed in a real shell, on a terminal, before Tab; and what then stands behind it.
    TYPED = (("./learn te", "st"), ("./learn goto 01-future/c", "ountdown"), ("./learn test --as", "an"), ("learn run 04", "-sleep"))

    def expect_completed(self, shell, *options):
        """Types each of TYPED and Tab into the shell, which reads our completions first."""
        if not shutil.which(shell):
            self.skipTest(f"{shell} is not installed (package {shell})")
        code = self.repository.root / f"completions.{shell}"
        code.write_text(self.learn("completions", shell).stdout, encoding="utf-8")
        home = {"HOME": str(self.repository.root), "TERM": "xterm", "LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}
        terminal = terminals.Terminal([shutil.which(shell), *options], self.repository.root, home, columns=200)
        try:
            terminal.type(f". ./{code.name}; echo rea''dy\n")
            terminal.expect_text("ready\r\n")
            for typed, rest in self.TYPED:
                terminal.output = ""
                terminal.type(f"{typed}\t")
                terminal.expect_text(typed + rest)
                terminal.output = ""
                terminal.type("\x15echo do''ne\n")
                terminal.expect_text("done\r\n")
        finally:
            terminal.close()

    def test_zsh_completes(self):
        self.expect_completed("zsh", "-f", "-i")

    def test_fish_completes(self):
        shell = shutil.which("fish")
        if not shell:
            self.skipTest("fish is not installed (package fish)")
        code = self.repository.root / "completions.fish"
        code.write_text(self.learn("completions", "fish").stdout, encoding="utf-8")
        for typed, rest in self.TYPED:
            done = subprocess.run([shell, "--no-config", "-c", f"source ./{code.name}; complete -C '{typed}'"], cwd=self.repository.root,
                                  env={**os.environ, "HOME": str(self.repository.root)}, stdout=subprocess.PIPE,
                                  encoding="utf-8", check=True)
            self.assertEqual(done.stdout.split("\t")[0].split(), [typed.split()[-1] + rest])

    def test_every_shell_is_told_everything(self):
        for shell in ("bash", "zsh", "fish"):
            code = self.learn("completions", shell).stdout
            for word in ("selftest", "01-future/countdown", "04-sleep", "no-fetch"):
                self.assertIn(word, code)


if __name__ == "__main__":
    unittest.main()
