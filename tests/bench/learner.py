"""The learner's rows: what tests/bench/save_to_verdict.py measures, a fresh clone's first output, a full build."""

import io
import os
import subprocess
import tempfile
import time

import machine
import measure as measuring
import programs
import save_to_verdict
from course import manifest


def measure(row_id: str, runs: int, root=programs.ROOT) -> measuring.Samples:
    """Seconds, in a copy of the repository. The long ones are measured once."""
    samples = measuring.Samples()
    try:
        with tempfile.TemporaryDirectory(prefix="kettle-bench-") as folder:
            copy = save_to_verdict.copy_repository(root, folder)
            watch = machine.Watch()
            samples.values = _MEASURES[row_id](copy, runs, root)
            samples.others = [watch.others()] * len(samples.values)
            samples.extra = [None] * len(samples.values)
    except RuntimeError as error:
        samples.failure = str(error)
    return samples


def _timed(copy, *command) -> float:
    env = {key: value for key, value in os.environ.items() if not key.startswith("KETTLE_")}
    begun = time.monotonic()
    done = subprocess.run([str(copy / "learn"), *command], cwd=copy, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, text=True)
    if done.returncode not in save_to_verdict.JUDGED:
        raise RuntimeError((done.stdout.strip().splitlines() or ["it said nothing"])[-1])
    return time.monotonic() - begun


def _save_to_verdict(copy, runs, root) -> list:
    exercise, out = manifest.load(root).exercises[-1], io.StringIO()
    if not save_to_verdict.measure(copy, exercise, runs, out):
        raise RuntimeError((out.getvalue().strip().splitlines() or ["no verdict"])[-1])
    return [float(line.split()[-2]) for line in out.getvalue().splitlines() if line.startswith("run ")]


def _clone_to_output(copy, runs, root) -> list:
    return [_timed(copy, "--yes")]


def _full_build(copy, runs, root) -> list:
    return [_timed(copy, "selftest", "--yes")]


_MEASURES = {"save-to-verdict": _save_to_verdict, "clone-to-output": _clone_to_output, "full-build": _full_build}
