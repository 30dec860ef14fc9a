"""./learn next, goto and open: where the learner stands in the course, and opening the file there."""

import os
import shlex
import shutil
import subprocess

from course import progress as state
from course import screen
from course.errors import Stop
from course.manifest import ROOT, Course, Exercise


def told(course: Course, progress: state.Progress, exercise: Exercise) -> int:
    """Says where the learner is now and what to do there."""
    lesson = course.lesson(exercise.lesson)
    screen.say(f"You are at {exercise.full_id}: {exercise.title}" + (" (done)" if progress.is_done(exercise) else ""))
    screen.say(f"  chapter: lessons/{lesson.id}/README.md\n  file:    {exercise.path}\n  ./learn test {exercise.full_id}")
    return 0


def go_to(course: Course, progress: state.Progress, exercise: Exercise) -> int:
    """The command goto."""
    progress.go_to(exercise)
    return told(course, progress, exercise)


def go_on(course: Course, progress: state.Progress) -> int:
    """The command next: to the first exercise to do behind the current one, which may stay undone for now."""
    here = state.current_exercise(course, progress)
    there = state.next_exercise(course, progress, here)
    if there is None:
        screen.say("Every exercise is done. ./learn list shows them all.")
        return 0
    if there is here:
        screen.say("This is the only one left to do.")
    elif not progress.is_done(here):
        screen.say(f"{here.full_id} is still to do. Back to it: ./learn goto {here.full_id}")
    progress.go_to(there)
    return told(course, progress, there)


def open_file(exercise: Exercise) -> int:
    """The command open: starts $VISUAL or $EDITOR on the file; without one, prints where it is."""
    editor = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "")
    if not editor or not screen.is_terminal():
        print(ROOT / exercise.path)
        return 0
    if not shutil.which(editor[0]):
        raise Stop(f"Your editor {editor[0]} (from VISUAL or EDITOR) cannot be found. The file is:\n  {exercise.path}")
    return 0 if subprocess.run([*editor, str(ROOT / exercise.path)], check=False).returncode == 0 else 1
