#!/usr/bin/env python3
"""Measures how long a learner waits: from saving an exercise to reading the verdict.

    python3 tests/bench/save_to_verdict.py                      the last exercise of the course
    python3 tests/bench/save_to_verdict.py 04-sleep/interval --runs 20
    python3 tests/bench/save_to_verdict.py --watch --runs 20    in the watch: from the save to the verdict on the screen

Works on a copy of the repository in a temporary folder, so that no file of yours changes. In the copy: build once to
warm up, then add a comment to the exercise, run `./learn test EXERCISE`, and take the time, again and again.
"""

import argparse
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "course"), str(ROOT / "tests" / "bench")]

import children  # noqa: E402
import terminals  # noqa: E402
from course import manifest  # noqa: E402

LEFT_OUT = shutil.ignore_patterns("build", ".git", ".learn", ".cache", "__pycache__", "node_modules", "compile_commands.json")
AT_WORK, ON_SCREEN = re.compile(r"Building|running its tests"), re.compile(r"\d\d:\d\d:\d\d, \d+\.\d s")
LONGEST = 120  # seconds to wait for a verdict
JUDGED = (0, 1)  # exit statuses of a verdict: passed, not passed


def copy_repository(root, folder):
    """A scratch copy without what was built; returns its path."""
    copy = Path(folder) / "kettle"
    shutil.copytree(root, copy, ignore=LEFT_OUT, symlinks=True)
    return copy


def surroundings():
    """The environment without what would change how the course runs."""
    return {key: value for key, value in os.environ.items() if not key.startswith("KETTLE_")}


def judge(copy, exercise):
    """Runs ./learn test in the copy: (seconds, exit status, what it said)."""
    begun = time.monotonic()
    done = children.run([copy / "learn", "test", exercise.full_id], LONGEST, cwd=copy, env=surroundings())
    return time.monotonic() - begun, done.status, done.stdout + done.stderr


class Watch:
    """A watch in the copy, on a terminal of its own."""

    def __init__(self, copy, exercise):
        subprocess.run([str(copy / "learn"), "goto", exercise.full_id], cwd=copy, stdout=subprocess.DEVNULL, check=True)
        self.terminal = terminals.Terminal([str(copy / "learn")], copy, {**surroundings(), "TERM": "xterm"})
        self.seen = 0

    def judge(self, copy, exercise):
        """Waits for the verdict on what was just saved: like the function above."""
        begun = time.monotonic()
        while time.monotonic() < begun + LONGEST and self.terminal.read(0.01):
            shown = self.terminal.output[self.seen:]
            at_work = AT_WORK.search(shown)
            if at_work and ON_SCREEN.search(shown, at_work.end()):
                self.seen = len(self.terminal.output)
                return time.monotonic() - begun, 0, ""
        return time.monotonic() - begun, 2, self.terminal.screen()


def measure(copy, exercise, runs, out, watches=False):
    """Prints each run, the median and the worst. Returns the seconds of each run; [] when a run gave no verdict."""
    if not watches:
        return repeat(copy, exercise, runs, out, judge, exercise.full_id)
    if judge(copy, exercise)[1] not in JUDGED:  # builds what the watch would build with other words
        return repeat(copy, exercise, 0, out, judge, exercise.full_id)
    watch = Watch(copy, exercise)
    try:
        watch.judge(copy, exercise)  # of the file as it is: the watch begins with that
        return repeat(copy, exercise, runs, out, watch.judge, f"{exercise.full_id}, watch")
    finally:
        watch.terminal.type("q")
        watch.terminal.wait()


def repeat(copy, exercise, runs, out, wait, name):
    """Saves the exercise and waits for its verdict, again and again."""
    file = copy / exercise.path
    text, times = file.read_text(encoding="utf-8"), []
    for run in range(runs + 1):
        file.write_text(f"{text}// Saved {run} times.\n", encoding="utf-8")
        seconds, status, said = wait(copy, exercise)
        if status not in JUDGED:
            print(f"{name} gave no verdict (exit status {status}):\n{said}", file=out)
            return []
        print(f"{'warm-up' if run == 0 else f'run {run:2}'}   {seconds:6.2f} s", file=out, flush=True)
        if run > 0:  # the first one builds the runtime too
            times.append(seconds)
    print(f"{name}, {runs} runs: median {statistics.median(times):.2f} s, worst {max(times):.2f} s", file=out)
    return times


def main(arguments=None, root=ROOT, out=sys.stdout):
    parser = argparse.ArgumentParser(description="Measures the time from saving an exercise to its verdict.")
    parser.add_argument("exercise", nargs="?", help="such as 04-sleep/interval; without it the last one")
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--watch", action="store_true", help="measure the watch instead of ./learn test")
    options = parser.parse_args(arguments)
    if options.runs < 1:
        parser.error("--runs must be at least 1")
    exercises = manifest.load(root).exercises
    if options.exercise:
        exercises = [exercise for exercise in exercises if options.exercise in (exercise.full_id, exercise.id)]
        if len(exercises) != 1:
            parser.error(f"{options.exercise} names {len(exercises)} exercises; write it as LESSON/ID")
    with tempfile.TemporaryDirectory(prefix="kettle-bench-") as folder:
        return 0 if measure(copy_repository(root, folder), exercises[-1], options.runs, out, options.watch) else 1


if __name__ == "__main__":
    sys.exit(main())
