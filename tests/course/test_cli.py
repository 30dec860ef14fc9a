"""The commands of ./learn, as a learner types them: list, hint, run, and how all of them behave anywhere."""

import json
import os
import pty
import signal
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fakes import COUNTDOWN, CommandTest, script  # noqa: E402


class List(CommandTest):
    def test_it_shows_what_is_done(self):
        self.repository.write(COUNTDOWN, "PASS")
        self.learn("test", "countdown")
        text = self.learn("list").stdout
        self.assertIn("1 of 3 exercises done, 10 of 20 points.", text)
        self.assertRegex(text, "\u2713 countdown +build +10  Countdown")
        self.assertRegex(text, "\u2192 interleave")
        self.assertRegex(text, "\u00b7 04-sleep")
        narrow = self.learn("list", COLUMNS="40").stdout
        self.assertRegex(narrow, "interleave +use +5  Two f\u2026\n")

    def test_json(self):
        data = json.loads(self.learn("list", "--json").stdout)
        self.assertEqual((data["exercises"], data["points_total"], data["next"]), (3, 20, "01-future/countdown"))
        self.assertEqual(data["lessons"][0]["exercises"][0],
                         {"id": "01-future/countdown", "kind": "build", "title": "Countdown", "file": COUNTDOWN,
                          "points": 10, "hints": 3, "state": "current"})

    def test_it_needs_no_tools(self):
        for name in ("cmake", "ninja", "clang++-19"):
            (self.repository.bin / name).unlink()
        self.learn("list")

    def test_a_reader_that_has_had_enough(self):
        command = f"'{self.repository.root}/learn' list --json | true; exit 0"
        for _ in range(5):
            done = subprocess.run(["/bin/sh", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                                  env=self.repository.environment())
            self.assertEqual(done.stderr, b"")


class Hint(CommandTest):
    def test_each_call_goes_one_rung_down_and_remembers(self):
        for number, words in enumerate(("drawing", "Count down.", "--left_"), 1):
            text = self.learn("hint", "countdown").stdout
            self.assertIn(f"hint {number} of 3", text)
            self.assertIn(words, text)
        last = self.learn("hint")
        self.assertIn("hint 3 of 3", last.stdout)
        self.assertIn("--all", last.stderr)

    def test_all(self):
        text = self.learn("hint", "countdown", "--all").stdout
        self.assertIn("drawing", text)
        self.assertIn("--left_", text)

    def test_code_in_a_hint_stays_whole(self):
        manifest = self.repository.root / "course" / "course.json"
        code = "    " + "poll(); " * 20
        text = manifest.read_text(encoding="utf-8").replace("Look at the drawing.", f"Poll:\\n{code}\\nOften.")
        manifest.write_text(text, encoding="utf-8")
        self.assertIn(f"Poll:\n{code}\nOften.\n", self.learn("hint", "countdown").stdout)

    def test_none(self):
        self.assertIn("no hints", self.learn("hint", "interval").stdout)

    def test_hints_and_results_do_not_disturb_each_other(self):
        self.learn("hint", "countdown")
        self.repository.write(COUNTDOWN, "PASS")
        self.learn("test", "countdown")
        self.assertIn("hint 2 of 3", self.learn("hint", "countdown").stdout)
        self.assertEqual(self.done(), ["01-future/countdown"])


class Run(CommandTest):
    def test_arguments_and_status_are_the_programs(self):
        done = self.learn("run", "sleep", "--", "--seven", "a b", status=7)
        self.assertEqual(done.stdout, "water on, clock real ['--seven', 'a b']\n")

    def test_the_current_lesson_without_a_name(self):
        self.assertIn("water on", self.learn("run").stdout)

    def test_arguments_in_the_wrong_place_are_explained(self):
        self.assertIn("behind --", self.learn("run", "sleep", "--seven", status=2).stderr)
        self.assertIn("behind --", self.learn("list", "--", "x", status=2).stderr)

    def test_an_exercise_is_no_lesson(self):
        self.assertIn("is an exercise of lesson 04-sleep", self.learn("run", "interval", status=2).stderr)

    def test_ctrl_c_reaches_the_program(self):
        child = subprocess.Popen([str(self.repository.root / "learn"), "run", "4", "--", "--wait"], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, env=self.repository.environment())
        self.assertIn(b"water on", child.stdout.readline())
        child.send_signal(signal.SIGINT)
        child.communicate(timeout=10)
        self.assertIn(child.returncode, (-signal.SIGINT, 130))


class Anywhere(CommandTest):
    def test_help_of_every_command(self):
        self.assertIn("selftest", self.learn("--help").stdout)
        for command in ("list", "run", "test", "hint", "doctor", "selftest"):
            self.assertIn(f"./learn {command}", self.learn(command, "--help").stdout)

    def test_help_is_a_command_too(self):
        self.assertEqual(self.learn("help").stdout, self.learn("--help").stdout)
        self.assertEqual(self.learn("help", "test").stdout, self.learn("test", "--help").stdout)

    def test_help_keeps_to_the_width(self):
        for command in ((), ("list",), ("run",), ("test",), ("hint",), ("doctor",), ("selftest",)):
            self.assertLessEqual(max(map(len, self.learn(*command, "--help").stdout.splitlines())), 80)

    def test_an_unknown_command_is_told_in_plain_words(self):
        self.assertEqual(self.learn("tset", status=2).stderr,
                         'There is no command "tset". Did you mean:\n  ./learn test\n')
        said = self.learn("onward", status=2).stderr
        self.assertIn("The commands: list, status, run, play, test,", said)
        self.assertIn("says what comes next", said)
        self.assertIn("./learn selftest --help", self.learn("selftest", "--preset", "odd", status=2).stderr)

    def test_wrong_usage(self):
        self.learn("list", "--wrong", status=2)
        self.learn("hint", "4-", status=2)
        self.assertIn("04-sleep/interval", self.learn("test", "intervall", status=2).stderr)

    def test_from_another_folder_through_links(self):
        elsewhere = Path(self.repository.temporary) / "else where"
        (elsewhere / "course").mkdir(parents=True)
        (elsewhere / "course" / "__init__.py").write_text("raise SystemExit('the wrong course')", encoding="utf-8")
        (elsewhere / "one").symlink_to("../the course/learn")
        (elsewhere / "two").symlink_to(elsewhere / "one")
        done = subprocess.run(["./two", "list"], cwd=elsewhere, env=self.repository.environment(), stdout=subprocess.PIPE,
                              check=False)
        self.assertEqual(done.returncode, 0)
        self.assertIn("water on", self.learn("run", "4", cwd=elsewhere).stdout)

    def test_other_locales(self):
        for name, value in (("LC_ALL", "C"), ("LC_ALL", "POSIX"), ("PYTHONIOENCODING", "ascii"),
                            ("PYTHONIOENCODING", "latin-1")):
            text = self.learn("list", **{name: value}).stdout
            self.assertIn("countdown", text)
        self.assertIn("-> countdown", self.learn("list", PYTHONIOENCODING="ascii").stdout)
        self.assertIn("+ it begins", self.learn("test", "countdown", status=1, PYTHONIOENCODING="ascii").stdout)

    def terminal(self, *arguments, typed=b"", **environment):
        """What the command shows on a terminal."""
        ours, theirs = pty.openpty()
        child = subprocess.Popen([str(self.repository.root / "learn"), *arguments], stdin=theirs, stdout=theirs,
                                 stderr=theirs, env=self.repository.environment(TERM="xterm", **environment))
        os.close(theirs)
        os.write(ours, typed)
        shown = b""
        try:
            while block := os.read(ours, 4096):
                shown += block
        except OSError:
            pass  # the other side is closed: that is how a terminal ends on Linux
        os.close(ours)
        return shown.decode("utf-8", errors="replace"), child.wait(timeout=10)

    def test_colour_only_where_it_is_wanted(self):
        self.assertIn("\x1b[", self.terminal("list")[0])
        self.assertNotIn("\x1b[", self.terminal("list", NO_COLOR="1")[0])
        self.assertNotIn("\x1b[", self.learn("list").stdout)

    def test_a_terminal_is_asked_before_anything_is_installed(self):
        (self.repository.bin / "cmake").unlink()
        script(self.repository.bin / "apt-get", "print('it ran')")
        script(self.repository.bin / "sudo", "print('it ran')")
        shown, status = self.terminal(typed=b"n\n")
        self.assertIn("Go on? [Y/n]", shown)
        self.assertNotIn("it ran", shown)
        self.assertEqual(status, 2)



if __name__ == "__main__":
    unittest.main()
