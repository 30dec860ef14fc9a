"""Records the learner's own run for ./learn play: a lesson's program, or the test of an exercise that fails.

A program that hangs is stopped; what it had recorded by then is played, and the player says that it was cut.
"""

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from course import build, pieces, process, running, screen, testing
from course.errors import Stop
from course.manifest import ROOT, Exercise, Lesson
from course.progress import FOLDER
from course.verdict import render, sanitizer_options

LIMIT = 30.0  # seconds for a lesson's program; on the virtual clock it needs a small part of one
SOURCES = (".cpp", ".hpp", ".h", ".cc", ".cxx", ".ipp")


@dataclass
class Recording:
    """A recorded run: the file, what to call it, and the source that it is about ("": whatever it names)."""

    path: Path
    title: str
    main: str = ""

    @property
    def sources(self) -> dict:
        """The files that it is about or names, and that are in this repository: from the name to the path."""
        text = self.path.read_text(encoding="utf-8", errors="replace")
        named = {_text(quoted).rpartition(":")[0] for quoted in re.findall(r'"at":\s*("(?:[^"\\]|\\.)*")', text)}
        named.add(self.main)
        found = {name: _inside(name) for name in named}
        return {name: path for name, path in found.items() if path is not None}


def _text(quoted: str) -> str:
    try:
        return json.loads(quoted)
    except ValueError:
        return ""


def _inside(name: str):
    """The source file of that name, when it is one of this repository."""
    try:
        path = (ROOT / name).resolve()
        path.relative_to(ROOT)
    except (OSError, ValueError):
        return None
    return path if path.suffix in SOURCES and path.is_file() else None


def _place(name: str) -> Path:
    """Where a new recording goes."""
    try:
        folder = FOLDER / "play"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.json"
        path.unlink(missing_ok=True)
        return path
    except OSError as error:
        raise Stop(f"The recording cannot be kept in .learn/play: {error.strerror}.") from error


def _run(command: list, path: Path, limit: float) -> process.Ended:
    surroundings = {**sanitizer_options(), "KETTLE_CLOCK": "virtual", **os.environ, "KETTLE_TRACE": str(path)}
    surroundings.pop("KETTLE_VERDICT_FILE", None)
    try:
        ended = process.run(command, limit, surroundings)
    except OSError as error:
        raise Stop(f"The program cannot be started: {error.strerror}.") from error
    if not path.exists():
        raise Stop("The program ended without a recording.\n" + (ended.stderr.strip() or f"Its exit status was {ended.status}."))
    if ended.stopped:
        screen.say(f"It did not come to its end and was stopped (too much {ended.stopped}): this is the recording until then.")
    return ended


def of_lesson(lesson: Lesson) -> Recording:
    """Runs a lesson's program and records it."""
    build.ensure_configured()
    program = running.build_program(lesson)
    path = _place(lesson.id)
    _run([str(program)], path, LIMIT)
    return Recording(path, f"Lesson {lesson.number:02}: {lesson.title}", f"lessons/{lesson.id}/main.cpp")


def of_exercise(course, exercise: Exercise) -> Recording:
    """Judges the learner's file and records the first test that fails; every test, when none does."""
    limit = testing.test_limit()
    build.ensure_configured()
    pieces.choose(course, exercise, lambda piece: not testing.is_starter(piece)
                  and testing.judge(piece, "exercise", limit).passed)
    verdict = testing.judge(exercise, "exercise", limit)
    if verdict.kind in ("missing", "empty", "does_not_compile"):
        print(render(verdict, colour=screen.wants_colour(), width=screen.width()), end="", flush=True)
        raise Stop("There is no run to play yet.")
    failed = next((case.name for case in verdict.cases if not case.passed), None)
    command = [str(build.folder() / exercise.output("exercise")), "--reporters=none"]
    if failed is not None:
        # A name is a pattern here: commas part patterns, and a star would match anything.
        command.append("-tc=" + failed.replace("\\", "?").replace(",", "\\,"))
    path = _place(exercise.full_id.replace("/", "-"))
    _run(command, path, limit)
    return Recording(path, f"{exercise.full_id}: " + (f"“{failed}” fails" if failed else "every test passes"), exercise.path)


def of_file(name: str) -> Recording:
    """A recording that is there already. It is copied, so that the page shows what it was when it was asked for."""
    path = _place("recording")
    try:
        shutil.copyfile(name, path)
    except OSError as error:
        raise Stop(f"{name} cannot be read: {error.strerror}.") from error
    return Recording(path, Path(name).name)
