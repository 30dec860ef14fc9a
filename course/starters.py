"""The starters: each exercise's file as it came with the course.

Git knows them, until the learner commits their own work or pulls a newer course. So a copy of each is kept in
.learn/starters, made while the file was untouched: it is what `reset` brings back and what `update` merges from.
"""

import hashlib
import subprocess
from pathlib import Path
from typing import Optional

from course import storage
from course.manifest import ROOT, Course, Exercise
from course.progress import FOLDER, Progress


def git(*arguments: str, limit: float = 20) -> Optional[bytes]:
    """What a git command prints; None when it fails, or there is no git."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, timeout=limit, check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


def blob(path: str, ref: str = "HEAD") -> Optional[bytes]:
    """A file of the repository as it is in a commit; None when it is not there."""
    return git("cat-file", "blob", f"{ref}:./{path}")


def kept(exercise: Exercise) -> Path:
    """Where the copy of its starter is, or would be."""
    return FOLDER / "starters" / exercise.lesson / exercise.file


def content(path: Path) -> Optional[bytes]:
    """What is in a file; None when it is not there."""
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def starter(exercise: Exercise) -> Optional[bytes]:
    """The starter that the learner began with; None when nobody knows it any more."""
    known = content(kept(exercise))
    return blob(exercise.path) if known is None else known


def is_starter(exercise: Exercise) -> bool:
    """Whether the learner's file is still the one that came with the course. False when nobody knows."""
    known = starter(exercise)
    return known is not None and known == content(ROOT / exercise.path)


def edited(course: Course) -> list:
    """The exercises whose file is there and differs from a known starter."""
    return [each for each in course.exercises
            if (mine := content(ROOT / each.path)) is not None and (known := starter(each)) is not None and known != mine]


def keep(exercise: Exercise, text: bytes) -> None:
    """Makes this the starter that the learner's file is compared with."""
    if content(kept(exercise)) != text:
        try:
            storage.write(kept(exercise), text)
        except OSError:
            pass  # a folder that cannot be written: git still knows the starter


def remember(course: Course, progress: Progress) -> None:
    """Brings the copies up to date. A file that was edited keeps the starter it began with."""
    known = _ids_in_git()
    for exercise in course.exercises:
        mine, copy, in_git = content(ROOT / exercise.path), content(kept(exercise)), known.get(exercise.path)
        if in_git is None:
            continue
        if mine is not None and mine == copy and progress.was_edited(exercise):
            progress.record_edited(exercise, False)
        if mine is not None and _id(mine, len(in_git)) == in_git:
            if not progress.was_edited(exercise):  # otherwise it is the learner's own work that they have committed
                keep(exercise, mine)
        else:
            if copy is None and (text := blob(exercise.path)) is not None:
                keep(exercise, text)
            if mine is not None and mine != copy:
                progress.record_edited(exercise, True)


def _ids_in_git() -> dict:
    """Git's name for the content of every exercise's file."""
    listing = (git("ls-tree", "-r", "-z", "HEAD", "exercises/") or b"").decode("utf-8", errors="replace")
    entries = [entry.partition("\t") for entry in listing.split("\0") if entry]
    return {path: what.split()[2] for what, _, path in entries}


def _id(text: bytes, length: int) -> str:
    """What git would call this content."""
    digest = hashlib.sha256 if length == 64 else hashlib.sha1
    return digest(b"blob %d\0" % len(text) + text).hexdigest()
