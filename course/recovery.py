"""Finds out again what was done, when the learner's state is lost or damaged: by running the tests."""

from course import starters
from course.manifest import Course
from course.progress import Progress
from course.screen import passing, warn


def suspects(course: Course, progress: Progress) -> list:
    """The exercises of which nobody knows whether they are done. None when the state is sound."""
    if not progress.must_rebuild:
        return []
    if progress.is_damaged:
        return [each for each in course.exercises if not progress.is_done(each) and not starters.is_starter(each)]
    return starters.edited(course)


def passing_ones(course: Course, doubtful: list) -> list:
    """Those of the doubtful exercises that pass."""
    from course import testing
    limit, found = testing.test_limit(), []
    for number, exercise in enumerate(doubtful, 1):
        passing(f"Finding out what is done: {exercise.full_id} ({number} of {len(doubtful)}) ...")
        found += [exercise] if testing.judged(course, exercise, "exercise", limit)[1].passed else []
    return found


def recover(course: Course, progress: Progress, leave_out: list = ()) -> None:
    """Tests what may be done and records what is. `leave_out` is judged by the caller anyway."""
    doubtful = [each for each in suspects(course, progress) if each not in leave_out]
    if doubtful and progress.is_damaged:
        warn("Your progress was damaged. What is done is found out again by running the tests.")
    restore(progress, passing_ones(course, doubtful))


def restore(progress: Progress, done: list) -> None:
    """Records what was found out."""
    for exercise in done:
        progress.record(exercise, True)
    progress.rebuilt()
