"""An exercise's solution: where it is, how it differs from the learner's file, and that there are other shapes."""

import difflib
import re

from course import screen, starters
from course.manifest import ROOT, Exercise
from course.progress import Progress


def path(exercise: Exercise) -> str:
    """Where the course's own answer is."""
    return f"solutions/{exercise.lesson}/{exercise.file}"


def text(exercise: Exercise) -> list:
    """Its lines."""
    return (starters.content(ROOT / path(exercise)) or b"").decode("utf-8", errors="replace").splitlines()


def alternatives(exercise: Exercise) -> list:
    """Right answers of another shape: (path, what is different), as tests/exercises keeps them."""
    found = []
    for answer in sorted((ROOT / "tests" / "exercises" / exercise.full_id / "right").glob("*.hpp")):
        opening = (starters.content(answer) or b"").decode("utf-8", errors="replace")
        shape = re.search(r"^// Shape:\s*(.*(?:\n//\s?(?![A-Z]\w*:).*)*)", opening, re.MULTILINE)
        words = re.sub(r"\s*\n//\s*", " ", shape[1]).strip() if shape else ""
        found.append((answer.relative_to(ROOT).as_posix(), words))
    return found


def difference(exercise: Exercise) -> list:
    """From the learner's file to the solution, as the lines of a unified diff. Empty when they are the same."""
    mine = (starters.content(ROOT / exercise.path) or b"").decode("utf-8", errors="replace").splitlines()
    return list(difflib.unified_diff(mine, text(exercise), exercise.path, path(exercise), lineterm=""))


def painted(lines: list, colour: bool) -> list:
    """A diff in its usual colours."""
    styles = {"+": "green", "-": "red", "@": "dim"}
    return [screen.painted(line, styles.get(line[:1], ""), colour and line[:1] in styles) for line in lines]


def pointers(exercise: Exercise) -> list:
    """Where the solution and an alternative are, as lines."""
    lines = [f"The solution: {path(exercise)}"]
    for name, words in alternatives(exercise)[:1]:
        lines += [f"Another shape: {words}", f"  {name}"] if words else [f"Another shape: {name}"]
    return lines


def explanation(exercise: Exercise) -> list:
    """What the solution does and why, in words: what is to be learned, then the hints, which led there."""
    lines = [exercise.learned] if exercise.learned else []
    return lines + [line for hint in exercise.hints for line in hint.splitlines()]


def show(exercise: Exercise, progress: Progress, wants_diff: bool, yes: bool) -> int:
    """The command. Who has not passed yet is asked: an answer that was read is not found."""
    if not progress.is_done(exercise) and not progress.has_given_up(exercise):
        if not yes and screen.can_ask():
            screen.say(f"{exercise.full_id} does not pass yet. ./learn hint gives a smaller push.")
            if not screen.agreed("Show the solution? [y/N] ", False):
                return 0
        progress.record_given_up(exercise)
    colour = screen.wants_colour()
    if wants_diff:
        print("\n".join(painted(difference(exercise), colour) or ["Your file is the solution, line by line."]))
        return 0
    print("\n".join(text(exercise)) + "\n")
    screen.say("\n".join(explanation(exercise) + [""] + pointers(exercise)))
    return 0
