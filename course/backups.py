"""A copy of a learner's file before anything overwrites it, in .learn/backups/DATE-TIME/."""

import datetime

from course import storage
from course.manifest import ROOT, Exercise
from course.progress import FOLDER
from course.starters import content


def new_folder():
    """A folder for one occasion: named by the time, and by a number when there were several in that second."""
    stamp = datetime.datetime.now().strftime("%Y-%m-%d-%H%M%S")
    names = (stamp if number == 1 else f"{stamp}-{number}" for number in range(1, 1000))
    return next(FOLDER / "backups" / name for name in names if not (FOLDER / "backups" / name).exists())


def back_up(exercise: Exercise, folder=None) -> str:
    """Copies the learner's file. The copy's name as the learner types it; "" when there is nothing to copy."""
    text = content(ROOT / exercise.path)
    if text is None:
        return ""
    copy = (folder or new_folder()) / exercise.path
    storage.write(copy, text)
    return copy.relative_to(ROOT).as_posix()


def replace(exercise: Exercise, text: bytes, folder=None) -> str:
    """Writes a learner's file, after a copy of what was there. Where that copy is, or ""."""
    if content(ROOT / exercise.path) == text:
        return ""
    copy = back_up(exercise, folder)
    storage.write(ROOT / exercise.path, text)
    return copy
