"""What the learner has done, which hints they have seen and where they stand, kept in .learn/progress.json.

The file is only a convenience: what is lost or damaged is found out again by running the tests (course/recovery.py).
It is replaced in one step and under a lock, so that it is never half written, and two ./learn at once lose nothing.
"""

import json
from pathlib import Path
from typing import Optional

from course import storage
from course.manifest import ROOT, Course, Exercise, Lesson
from course.screen import warn

FOLDER = ROOT / ".learn"
_NEW = "new"  # of a state that began with nothing: what was done before it, if anything, is still to be found out


class Progress:
    """The state of one learner. Every change is saved at once."""

    def __init__(self, folder: Path = FOLDER):
        self.path = Path(folder) / "progress.json"
        self.entries, self.place, self.must_rebuild, self.is_damaged = {}, None, False, False
        self.reload()

    def reload(self) -> None:
        """Reads what is saved. Whatever cannot be understood counts as lost.

        It is damaged when there was a state that cannot be used; not so when there has never been one.
        """
        self.entries, self.place, self.must_rebuild, self.is_damaged = {}, None, True, self.path.exists()
        try:
            data = json.loads(self.path.read_text(encoding="utf-8"))
            entries = data["exercises"]
            self.entries = {key: value for key, value in entries.items() if isinstance(value, dict)}
            self.place = data.get("current") if isinstance(data.get("current"), str) else None
            self.is_damaged = data.get("rebuild") is True or len(self.entries) < len(entries)
            self.must_rebuild = self.is_damaged or data.get("rebuild") == _NEW
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            pass

    def is_done(self, exercise: Exercise) -> bool:
        """Whether the exercise passed when it was last tested."""
        return self._get(exercise, "done") is True

    def has_given_up(self, exercise: Exercise) -> bool:
        """Whether the solution was shown before the exercise passed."""
        return self._get(exercise, "gave_up") is True

    def was_edited(self, exercise: Exercise) -> bool:
        """Whether the learner's file has been seen to differ from the starter."""
        return self._get(exercise, "edited") is True

    def hints_seen(self, exercise: Exercise) -> int:
        """How many hints of its ladder were shown."""
        seen = self._get(exercise, "hints")
        return min(seen, len(exercise.hints)) if isinstance(seen, int) and seen > 0 else 0

    def record(self, exercise: Exercise, done: bool) -> None:
        """Remembers how the last test ended."""
        self._set(exercise, done=done)

    def record_hints(self, exercise: Exercise, seen: int) -> None:
        """Remembers that the first `seen` hints were shown."""
        self._set(exercise, hints=seen)

    def record_given_up(self, exercise: Exercise) -> None:
        """Remembers that the solution was shown."""
        self._set(exercise, gave_up=True)

    def record_edited(self, exercise: Exercise, edited: bool) -> None:
        """Remembers whether the file differs from the starter."""
        self._set(exercise, edited=edited)

    def begin_again(self, exercise: Exercise) -> None:
        """Forgets everything about an exercise."""
        self._change(lambda: self.entries.pop(exercise.full_id, None) is not None)

    def go_to(self, exercise: Optional[Exercise]) -> None:
        """Remembers where the learner wants to be; None: at the first exercise to do."""
        name = exercise.full_id if exercise else None

        def change():
            changed, self.place = self.place != name, name
            return changed
        self._change(change)

    def rebuilt(self) -> None:
        """Remembers that nothing is missing any more."""
        def change():
            changed, self.must_rebuild, self.is_damaged = self.must_rebuild, False, False
            return changed
        self._change(change)

    def _get(self, exercise: Exercise, key: str):
        return self.entries.get(exercise.full_id, {}).get(key)

    def _set(self, exercise: Exercise, **values) -> None:
        def change():
            entry = self.entries.setdefault(exercise.full_id, {})
            changed = any(entry.get(key, False) != value for key, value in values.items())
            entry.update(values)
            return changed
        self._change(change)

    def _change(self, change) -> None:
        """Applies a change to what is saved now: another ./learn may have written meanwhile."""
        with storage.alone(self.path.parent, "lock"):
            self.reload()
            if change():
                self._save()

    def _save(self) -> None:
        data = {"version": 2, "exercises": self.entries}
        data.update({"current": self.place} if self.place else {}, **({"rebuild": self.is_damaged or _NEW} if self.must_rebuild else {}))
        try:
            storage.write(self.path, json.dumps(data, indent=1, sort_keys=True).encode("utf-8"))
        except OSError as error:
            warn(f"Your progress could not be saved in .learn: {error.strerror}.")


def points(exercises: list, progress: Progress) -> int:
    """The points earned with these exercises."""
    return sum(each.points for each in exercises if progress.is_done(each))


def next_exercise(course: Course, progress: Progress, after: Exercise = None):
    """The first exercise that is still to do, looking first behind `after`; None when all are done.

    Once `after` is done, what is left of its lesson comes before the next lesson. While it is not, it is left behind.
    """
    order = course.exercises
    start = order.index(after) + 1 if after else 0
    to_do = [each for each in order[start:] + order[:start] if not progress.is_done(each)]
    if after and progress.is_done(after):
        to_do.sort(key=lambda each: each.lesson != after.lesson)
    return next(iter(to_do), None)


def current_exercise(course: Course, progress: Progress):
    """Where the learner wants to be (./learn goto), else the first exercise to do; None when all are done."""
    wanted = next((each for each in course.exercises if each.full_id == progress.place), None)
    return wanted or next_exercise(course, progress)


def record_result(course: Course, progress: Progress, exercise: Exercise, passed: bool) -> None:
    """Remembers how a test ended. Who passes the exercise they went to goes on from there."""
    progress.record(exercise, passed)
    if passed and progress.place == exercise.full_id:
        progress.go_to(next_exercise(course, progress, exercise))


def current_lesson(course: Course, progress: Progress) -> Lesson:
    """Where the learner stands: the lesson of the current exercise, or the last lesson when all are done."""
    upcoming = current_exercise(course, progress)
    return course.lesson(upcoming.lesson) if upcoming else course.lessons[-1]
