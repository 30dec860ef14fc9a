"""Runs one test with KETTLE_TRACE and says in words what the runtime did, step by step.

`record` leaves the whole recording in .learn/trace.json, for any viewer of the Trace Event Format.
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from course import process
from course.errors import Stop
from course.manifest import ROOT
from course.progress import FOLDER
from course.verdict import sanitizer_options

MOST_STEPS = 40
MOST_BYTES = 20_000_000
_WORDS = {
    "poll": "task {task}: polled",
    "pending": "task {task}: Pending, waits on {on}",
    "done": "task {task}: done ({how})",
    "spawn": "task {task}: spawned by {by}",
    "wake": "task {task}: woken by {by}",
    "timer_set": "timer {timer}: set by task {task}",
    "timer_fired": "timer {timer}: fired",
    "timer_cancelled": "timer {timer}: cancelled",
    "send": "task {task}: sends into channel {chan} (holds {depth} of {cap})",
    "recv": "task {task}: receives from channel {chan} (holds {depth} of {cap})",
    "print": "task {task}: prints \"{text}\"",
}


@dataclass
class Recorded:
    """One recorded run: of which test, its last steps as text, and where the recording is."""

    case: str
    file: str
    steps: list = field(default_factory=list)


class _Known(dict):
    def __missing__(self, key):
        return "?"


def told(event: dict) -> str:
    """One event as a sentence; "" for those that say nothing to a reader."""
    name, args = event.get("name"), event.get("args")
    if name in ("run", "exit") or not isinstance(args, dict):
        return ""
    words = _WORDS.get(name, f"{name} " + " ".join(f"{key}={value}" for key, value in args.items()))
    words = words.format_map(_Known(args)).replace("task 0:", "the test:").replace("by task 0", "by the test")
    stamp = event.get("ts")
    when = f"{stamp / 1e6:g} s  " if isinstance(stamp, (int, float)) and stamp < 1e10 else ""
    return when + words + (f", {args['at']}" if "at" in args else "")


def events(path: Path) -> list:
    """The events of a recording. A run that was killed leaves the last line unfinished: it is left out."""
    found = []
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file.read(MOST_BYTES).splitlines():
                try:
                    event = json.loads(line.rstrip().rstrip(","))
                except ValueError:
                    continue
                if isinstance(event, dict):
                    found.append(event)
    except OSError:
        pass
    return found


def steps(path: Path) -> list:
    """The last steps of a recording, as sentences."""
    every = [words for words in map(told, events(path)) if words]
    hidden = len(every) - MOST_STEPS
    return ([f"({hidden} earlier steps are in the file.)"] if hidden > 0 else []) + every[-MOST_STEPS:]


def record(binary: Path, case: str, limit: float) -> Recorded:
    """Runs one test of a test program and records it."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "trace.json"
    path.unlink(missing_ok=True)
    name = case.replace("\\", "\\\\").replace(",", "\\,")
    try:
        process.run([str(binary), f"--test-case={name}", "--reporters=none"], limit,
                    {**sanitizer_options(), **os.environ, "KETTLE_TRACE": str(path)})
    except OSError as error:
        raise Stop(f"The test program cannot be started: {error.strerror}. Press r, then t again.") from error
    found = Recorded(case, path.relative_to(ROOT).as_posix(), steps(path))
    if not found.steps:
        found.steps = ["This test uses nothing of the runtime that records: its own steps are in the verdict."]
    return found
