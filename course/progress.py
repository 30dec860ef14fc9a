"""What the learner has done and which hints they have seen, kept in .learn/progress.json.

The file is only a convenience: when it is lost or damaged the course begins anew, without a complaint. It is
replaced in one step, so that it is never half written.
"""

import json
import os
import tempfile
from pathlib import Path

from course.manifest import ROOT, Course, Exercise, Lesson
from course.screen import warn

FOLDER = ROOT / ".learn"


class Progress:
    """The state of one learner. Every change is saved at once."""

    def __init__(self, folder: Path = FOLDER):
        self.path = Path(folder) / "progress.json"
        self.entries = self._read()

    def _read(self) -> dict:
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))["exercises"]
            return {key: value for key, value in entries.items() if isinstance(value, dict)}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def is_done(self, exercise: Exercise) -> bool:
        """Whether the exercise passed when it was last tested."""
        return self.entries.get(exercise.full_id, {}).get("done") is True

    def hints_seen(self, exercise: Exercise) -> int:
        """How many hints of its ladder were shown."""
        seen = self.entries.get(exercise.full_id, {}).get("hints", 0)
        return min(seen, len(exercise.hints)) if isinstance(seen, int) and seen > 0 else 0

    def record(self, exercise: Exercise, done: bool) -> None:
        """Remembers how the last test ended."""
        self._set(exercise, "done", done)

    def record_hints(self, exercise: Exercise, seen: int) -> None:
        """Remembers that the first `seen` hints were shown."""
        self._set(exercise, "hints", seen)

    def _set(self, exercise: Exercise, key: str, value) -> None:
        self.entries = self._read()  # another ./learn may have written meanwhile
        entry = self.entries.setdefault(exercise.full_id, {})
        if entry.get(key) != value:
            entry[key] = value
            self._save()

    def _save(self) -> None:
        temporary = ""
        try:
            self.path.parent.mkdir(exist_ok=True)
            handle, temporary = tempfile.mkstemp(dir=self.path.parent, prefix="progress-")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump({"version": 1, "exercises": self.entries}, file, indent=1, sort_keys=True)
            os.replace(temporary, self.path)
        except OSError as error:
            if temporary and os.path.exists(temporary):
                os.unlink(temporary)
            warn(f"Your progress could not be saved in .learn: {error.strerror}.")


def points(exercises: list, progress: Progress) -> int:
    """The points earned with these exercises."""
    return sum(each.points for each in exercises if progress.is_done(each))


def next_exercise(course: Course, progress: Progress, after: Exercise = None):
    """The first exercise that is still to do, looking first behind `after`; None when all are done."""
    order = course.exercises
    start = order.index(after) + 1 if after else 0
    return next((each for each in order[start:] + order[:start] if not progress.is_done(each)), None)


def current_lesson(course: Course, progress: Progress) -> Lesson:
    """Where the learner stands: the lesson of the first exercise to do, or the last lesson when all are done."""
    upcoming = next_exercise(course, progress)
    return course.lesson(upcoming.lesson) if upcoming else course.lessons[-1]
