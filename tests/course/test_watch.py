"""The watch, as a learner meets it: typed into a terminal, read off its screen."""

import json
import os
import random
import signal
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import terminals  # noqa: E402
from fakes import COUNTDOWN, STATE, CommandTest  # noqa: E402

INTERLEAVE = "exercises/01-future/interleave.hpp"
FAILS = """\
01-future/countdown: Countdown
exercises/01-future/countdown.hpp  TIME
✓ 2 tests pass
✗ it goes on
    expected  2 polls
    happened  1 poll
    steps     1. poll 1: Pending
    rule      Poll again.
    read      lessons/x.md#polls

2 of 3 tests pass. (0.1 s)
""".split("\n")


def commands():
    """The command lines of all that runs on this machine, where the system tells."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            yield path.read_bytes()
        except OSError:
            pass  # it has just ended


class WatchTest(CommandTest):
    """A repository that is set up, with a terminal in front of it."""

    def setUp(self):
        super().setUp()
        self.learn("doctor")  # configures
        self.repository.commit()
        self.limit = "300"

    def terminal(self, *arguments, columns=80, rows=24, **environment):
        env = self.repository.environment(TERM="xterm", KETTLE_TEST_LIMIT=self.limit, **environment)
        for name in ("COLUMNS", "LINES"):
            env.pop(name, None)
        terminal = terminals.Terminal([str(self.repository.root / "learn"), *arguments], self.repository.root, env, columns, rows)
        self.addCleanup(terminal.close)
        return terminal

    def watch(self, **more):
        """A watch that has shown its first verdict."""
        terminal = self.terminal(**more)
        terminal.expect("TIME")
        return terminal

    def save(self, word, path=COUNTDOWN):
        """Saves as editors do: a new file in the place of the old."""
        new = self.repository.write(path + "~", word)
        os.replace(new, self.repository.root / path)

    def text(self, path=COUNTDOWN):
        return (self.repository.root / path).read_text(encoding="utf-8")

    def backups(self):
        return sorted(path for path in (self.repository.root / ".learn" / "backups").rglob("*") if path.is_file())

    def leave(self, terminal, keys="q", status=0):
        """Types something that ends it, and looks whether the terminal is as it was."""
        self.assertNotEqual(terminal.modes(), terminal.before)
        terminal.type(keys)
        self.assertEqual(terminal.wait(), status, terminal.output[-2000:])
        self.assertEqual(terminal.modes(), terminal.before)
        self.assertIn("\033[?25h\033[?1049l", terminal.output)


class Session(WatchTest):
    def test_a_whole_session(self):
        terminal = self.watch()
        shown = [line.replace("(0.0 s)", "(0.1 s)").replace("(0.2 s)", "(0.1 s)") for line in terminal.lines()]
        self.assertEqual(shown[:len(FAILS)], FAILS)
        self.assertIn("This is the starter, as it came.", terminal.screen())
        self.assertEqual(len(shown), 24)
        self.assertRegex(shown[-2], r"^\[·+\] 0 of 3 done, 0 of 20 points$")
        self.assertEqual(shown[-1], "h hint  t trace  a all  l list  r rerun  x reset  q quit")
        terminal.type("h")
        terminal.expect("Hint 1 of 3 - the concept", "Look at the drawing.", "h: the next hint")
        terminal.type("h")
        terminal.expect("Hint 2 of 3 - the place")
        self.save("ERROR")
        terminal.expect("does not compile", "my own error", "^", gone="Hint 2")
        self.save("PASS")
        terminal.expect("All 3 tests pass.", "The solution: solutions/01-future/countdown.hpp", "Next: Two futures (press n)",
                        "1 of 3 done, 10 of 20 points")
        self.assertEqual(self.done(), ["01-future/countdown"])
        terminal.type("n")
        terminal.expect("01-future/interleave: Two futures", "2 of 3 tests pass.")
        self.save("PASS", INTERLEAVE)
        terminal.expect("Next chapter: lesson 04, Sleep. Tea.", "lessons/04-sleep/README.md", "./learn run 04")
        terminal.type("x")
        terminal.expect("Back to the starter? Your file is copied first. y/n")
        terminal.type("n")
        terminal.expect("n next", gone="Back to")
        self.assertEqual(self.text(INTERLEAVE), "PASS")
        terminal.type("xy")
        terminal.expect("The starter is back. What you wrote is in\n.learn/backups/", "2 of 3 tests pass.")
        self.assertEqual(self.text(INTERLEAVE), "FAIL")
        self.assertEqual([path.read_text(encoding="utf-8") for path in self.backups()], ["PASS"])
        self.assertEqual(self.done(), ["01-future/countdown"])
        terminal.resize(40, 20)
        terminal.expect("[###······] 1 of 3 done, 10 of 20 points\nh hint  t trace  a all  l list  r rerun\nx reset  q quit")
        self.assertEqual(len(terminal.lines()), 20)
        self.assertLessEqual(max(map(len, terminal.lines())), 40)
        self.leave(terminal)
        terminal.expect_text("You were at 01-future/interleave.")
        self.assertIn("interleave", self.watch().screen().split("\n")[0])  # and there it goes on

    def test_ctrl_c_at_rest_and_at_work(self):
        terminal = self.watch()
        self.leave(terminal, "\x03", 130)
        self.save("HANG")
        terminal = self.terminal()
        terminal.expect("running its tests")
        self.leave(terminal, "\x03", 130)
        self.assertEqual(self.text(), "HANG")
        self.nothing_left()

    def nothing_left(self):
        """No program of an exercise goes on after the watch."""
        marks = str(self.repository.root / "build").encode()
        ends = time.monotonic() + terminals.LIMIT
        while left := [command for command in commands() if marks in command]:
            self.assertLess(time.monotonic(), ends, left)
            time.sleep(0.05)

    def test_a_signal_and_a_closed_terminal_end_it_too(self):
        terminal = self.watch()
        terminal.kill(signal.SIGTERM)
        self.assertEqual(terminal.wait(), 130)
        self.assertEqual(terminal.modes(), terminal.before)
        terminal = self.watch()
        os.close(terminal.handle)
        terminal.handle = os.open(os.devnull, os.O_RDWR)
        self.assertIn(os.waitstatus_to_exitcode(os.waitpid(terminal.pid, 0)[1]), (0, 130, 141))
        terminal.status = 0

    def test_ctrl_z_gives_the_terminal_back_for_a_while(self):
        terminal = self.watch()
        terminal.type("\x1a")
        ends = time.monotonic() + terminals.LIMIT
        while os.waitpid(terminal.pid, os.WNOHANG | os.WUNTRACED) == (0, 0):
            self.assertLess(time.monotonic(), ends)
            terminal.read(0.02)
        self.assertEqual(terminal.modes(), terminal.before)
        seen = len(terminal.output)
        terminal.kill(signal.SIGCONT)
        while "2 of 3 tests" not in terminal.output[seen:]:
            self.assertTrue(time.monotonic() < ends and terminal.read(0.05), terminal.output[seen:])
        self.leave(terminal)


class Runs(WatchTest):
    def test_a_run_that_is_overtaken_is_given_up_and_no_save_is_lost(self):
        self.save("HANG")
        terminal = self.terminal()
        terminal.expect("running its tests")
        self.save("HANG_CHILD")
        self.save("PASS")  # the limit is five minutes: it passes only because both others were given up
        terminal.expect("All 3 tests pass.")
        self.leave(terminal)

    def test_the_same_size_and_time_is_a_save_all_the_same(self):
        terminal = self.watch()
        path = self.repository.root / COUNTDOWN
        before = path.stat()
        path.write_text("PASS", encoding="utf-8")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        terminal.expect("All 3 tests pass.")
        self.leave(terminal)

    def test_a_file_that_goes_and_comes_back(self):
        terminal = self.watch()
        path = self.repository.root / COUNTDOWN
        path.unlink()
        terminal.expect("is not there")
        path.write_text("", encoding="utf-8")
        terminal.expect("is empty")
        self.save("PASS")
        terminal.expect("All 3 tests pass.")
        self.leave(terminal)

    def test_a_hang_and_a_crash(self):
        self.limit = "0.5"
        self.save("HANG")
        terminal = self.terminal()
        terminal.expect("It did not end within 0.5 seconds", "✗ it waits")
        self.save("CRASH")
        terminal.expect("SIGSEGV", "✗ it follows a pointer")
        self.leave(terminal)

    def test_a_set_up_that_breaks_is_told(self):
        terminal = self.watch(FAKE_RUNTIME_BROKEN="")
        (self.repository.bin / "cmake").unlink()
        self.save("PASS")
        terminal.expect("cmake cannot be started")
        self.leave(terminal)


class Keys(WatchTest):
    def test_the_ladder_ends_at_the_solution(self):
        terminal = self.watch()
        terminal.type("d")
        terminal.expect("d is for later")
        for number in (1, 2, 3):
            terminal.type("h")
            terminal.expect(f"Hint {number} of 3")
        terminal.type("h")
        terminal.expect("Give up and read the solution? y/n")
        terminal.type("y")
        terminal.expect("The solution: solutions/01-future/countdown.hpp", "PASS", "d diff")
        terminal.type("d")
        terminal.expect("-FAIL", "+PASS")
        self.leave(terminal)

    def test_the_list_leads_anywhere(self):
        terminal = self.watch()
        terminal.type("l")
        terminal.expect("> → ", "04-sleep  Sleep", "up down: choose")
        terminal.type("x\033[Bj\033[A\033[B")
        terminal.expect("> ·   5  An interval")
        terminal.type("\r")
        terminal.expect("04-sleep/interval: An interval", "2 of 3 tests pass.")
        self.assertIn('"current": "04-sleep/interval"', self.text(STATE))
        terminal.type("n")
        terminal.expect("does not pass yet")
        self.leave(terminal)

    def test_all_and_again_and_the_trace(self):
        terminal = self.watch()
        terminal.type("a")
        terminal.expect("✓ it begins")
        terminal.type("t")
        terminal.expect("Trace of: it goes on", ".learn/trace.json")
        terminal.type("\033")
        terminal.expect("2 of 3 tests pass.")
        self.repository.write("exercises/01-future/countdown.hpp", "PASS")
        terminal.type("r")
        terminal.expect("All 3 tests pass.")
        self.leave(terminal)

    def test_a_page_that_is_longer_than_the_screen(self):
        terminal = self.watch(rows=10)
        terminal.expect("more lines: space")
        terminal.type(" ")
        terminal.expect("rule      Poll again.", gone="it goes on")
        terminal.type("b")
        terminal.expect("✗ it goes on")
        self.leave(terminal)

    def test_very_small_terminals(self):
        for columns, rows in ((20, 6), (10, 3), (3, 1), (200, 60)):
            terminal = self.terminal(columns=columns, rows=rows)
            terminal.expect("")
            self.assertEqual(len(terminal.lines()), rows)
            self.assertLessEqual(max(map(len, terminal.lines())), columns)
            self.leave(terminal)

    def test_no_colour_and_an_odd_locale(self):
        terminal = self.watch(NO_COLOR="1", PYTHONIOENCODING="ascii")
        self.assertNotRegex(terminal.output, "\033\\[[0-9;]*m")
        terminal.expect("x it goes on")
        self.leave(terminal)


class Beginning(CommandTest):
    def test_the_first_time_shows_the_program_and_then_watches(self):
        env = self.repository.environment(TERM="xterm")
        terminal = terminals.Terminal([str(self.repository.root / "learn")], self.repository.root, env)
        self.addCleanup(terminal.close)
        terminal.expect_text("Press Enter: from then on")
        self.assertIn("water on, clock virtual", terminal.output)
        terminal.type("\n")
        terminal.expect("2 of 3 tests pass.")
        terminal.type("q")
        self.assertEqual(terminal.wait(), 0)

    def test_a_terminal_that_cannot_be_drawn_on_gets_plain_lines(self):
        env = self.repository.environment(TERM="dumb")
        terminal = terminals.Terminal([str(self.repository.root / "learn")], self.repository.root, env)
        self.addCleanup(terminal.close)
        self.assertEqual(terminal.wait(), 0)
        self.assertIn("Next: ./learn test 01-future/countdown", terminal.output)
        self.assertNotIn("\033[?1049h", terminal.output)


class Killed(WatchTest):
    def test_kill_9_at_twenty_moments(self):
        chance = random.Random(20)
        written = {}
        for moment in range(20):
            terminal = self.terminal()
            if moment % 2:
                terminal.expect("of 3 done")
            word = chance.choice(("PASS", "FAIL", "HANG", "ERROR"))
            self.save(word)
            written[COUNTDOWN] = word
            terminal.type(chance.choice(("h", "hh", "l\033[B\r", "n", "xy", "r", "xyh", "t")))
            ends = time.monotonic() + chance.uniform(0, 0.6)
            while time.monotonic() < ends:
                terminal.read(0.01)
            terminal.kill()
            terminal.wait()
            state = self.repository.root / STATE
            if state.exists():
                json.loads(state.read_text(encoding="utf-8"))
            texts = [self.text(), *(path.read_text(encoding="utf-8") for path in self.backups())]
            self.assertIn(word, texts, f"moment {moment}: what was saved is neither in its file nor in a copy")
            self.assertIn(self.text(INTERLEAVE), ("FAIL",))
            self.assertEqual([path.name for path in (self.repository.root / "exercises/01-future").iterdir()
                              if path.suffix not in (".hpp",) and not path.name.startswith(".countdown.hpp-")], [])
        self.save("PASS")
        Session.nothing_left(self)
        self.learn("goto", "countdown")
        terminal = self.terminal()
        terminal.expect("All 3 tests pass.")
        self.leave(terminal)


if __name__ == "__main__":
    unittest.main()
