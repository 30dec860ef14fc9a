"""./learn hint: one rung of an exercise's ladder at a time, from a nudge to nearly the answer."""

from course.manifest import Exercise
from course.progress import Progress
from course.screen import say, warn


def rung(exercise: Exercise, number: int) -> str:
    """What kind of help the hint of that number is: the idea, where to put it, or what it looks like."""
    last = len(exercise.hints)
    return "the shape of the answer" if number == last else "the concept" if number == 1 else "the place"


def show(exercise: Exercise, progress: Progress, wants_all: bool) -> int:
    """Shows the next hint, or all of them."""
    ladder = exercise.hints
    chapter = f"lessons/{exercise.lesson}/README.md"
    if not ladder:
        say(f"There are no hints for {exercise.full_id} yet. The chapter may help: {chapter}")
        return 0
    seen = progress.hints_seen(exercise)
    first, last = (0, len(ladder)) if wants_all else (min(seen, len(ladder) - 1), min(seen + 1, len(ladder)))
    for number in range(first, last):
        say(f"{exercise.full_id}, hint {number + 1} of {len(ladder)} ({rung(exercise, number + 1)}):")
        say(f"{ladder[number]}\n" if number + 1 < last else ladder[number])
    if last > seen:
        progress.record_hints(exercise, last)
    elif not wants_all:
        warn(f"\nThat was the last one. The chapter: {chapter}\nAll hints again:\n"
             f"  ./learn hint {exercise.full_id} --all\nThe solution, explained:\n  ./learn solution {exercise.full_id}")
    return 0
