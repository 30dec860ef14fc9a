"""The pages of the watch, each as a list of lines. Text is wrapped here, the view only folds what is left over."""

from course import pieces, screen, solutions
from course import progress as state
from course.faults import scrub
from course.hints import rung
from course.render import focused, text

_ESSENTIALS = 2  # failing tests that are told in full


class Look:
    """How a page is to look."""

    def __init__(self, columns: int, colour: bool):
        self.columns, self.colour = max(20, min(100, columns)), colour

    def words(self, words: str, indent: str = "") -> list:
        """A paragraph. Lines that are indented stay whole: they are code and commands."""
        lines = []
        for line in words.splitlines() or [""]:
            lines += [line] if line.startswith("  ") else screen.wrapped(line, self.columns, indent, indent).split("\n")
        return lines

    def paint(self, words: str, style: str) -> str:
        return screen.painted(words, style, self.colour)


def verdict(look: Look, verdict, chosen: list, in_full: bool) -> list:
    """The verdict: the first failure in full and the others by name, or all of it."""
    lines = look.words(pieces.said(chosen)) + [""] if chosen else []
    show = text if in_full else focused
    lines += show(verdict, colour=look.colour, width=look.columns, timing=True).rstrip("\n").split("\n")
    return lines


def passed(look: Look, course, progress, exercise, chosen: list) -> list:
    """What follows a pass: what was learned, the solution, another shape of it, and where to go on."""
    lines = [""]
    if exercise.learned:
        lines += [look.paint(line, "bold") for line in look.words(f"Learned: {exercise.learned}")]
    if chosen:
        lines += look.words(pieces.praised(chosen))
    lines += [line for words in solutions.pointers(exercise) for line in look.words(words)]
    upcoming = state.next_exercise(course, progress, exercise)
    if upcoming is None:
        lines += ["", *look.words("That was the last one: the whole course is done. Well done.")]
    elif upcoming.lesson != exercise.lesson:
        there = course.lesson(upcoming.lesson)
        lines += ["", *look.words(f"Next chapter: lesson {there.number:02}, {there.title}. {there.result}"),
                  f"  lessons/{there.id}/README.md", f"  ./learn run {there.number:02}"]
    else:
        lines += ["", *look.words(f"Next: {upcoming.title} (press n)")]
    return lines


def starter(look: Look, exercise) -> list:
    """A word to whoever has not begun."""
    return ["", *look.words(f"This is the starter, as it came. Read lessons/{exercise.lesson}/README.md, then open "
                            f"{exercise.path}: its task is at its top. Every save is judged here.")]


def hint(look: Look, exercise, number: int) -> list:
    """One rung of the ladder."""
    lines = [look.paint(f"Hint {number} of {len(exercise.hints)} - {rung(exercise, number)}", "bold"), ""]
    lines += look.words(exercise.hints[number - 1])
    more = "h: the next hint" if number < len(exercise.hints) else "That was the last hint. h once more: the solution."
    return lines + ["", *look.words(more)]


def no_hints(look: Look, exercise) -> list:
    return look.words(f"There are no hints for this one. The chapter may help: lessons/{exercise.lesson}/README.md")


def solution(look: Look, exercise) -> list:
    """The answer with its explanation: for whoever has given up, which is no shame."""
    lines = [look.paint(f"The solution: {solutions.path(exercise)}", "bold"), ""]
    for paragraph in solutions.explanation(exercise):
        lines += look.words(paragraph)
    lines += ["", *solutions.text(exercise), ""]
    for name, words in solutions.alternatives(exercise)[:1]:
        lines += look.words(f"Another shape: {words}") + [f"  {name}"]
    return lines + look.words("Write it in your own words, with the file closed: that is how it stays. "
                              "d shows what differs from yours.")


def difference(look: Look, exercise) -> list:
    """From the learner's file to the solution."""
    lines = solutions.painted(solutions.difference(exercise), look.colour)
    return lines or look.words("Your file is the solution, line by line.")


def courses(look: Look, course, progress, chosen) -> tuple:
    """The list of exercises, and the line on which the chosen one stands."""
    lines, place, here = [], 0, state.current_exercise(course, progress)
    for lesson in course.lessons:
        lines.append(look.paint(screen.cut(f"{lesson.id}  {lesson.title}", look.columns), "bold"))
        for each in lesson.exercises:
            mark = screen.PASS if progress.is_done(each) else screen.ARROW if each is here else screen.TODO
            row = screen.cut(f"{each.points:>3}  {each.title}", look.columns - 6)
            if each is chosen:
                place = len(lines)
            lines.append(f"{'>' if each is chosen else ' '} {look.paint(mark, 'green' if mark == screen.PASS else 'yellow')} "
                         f"{look.paint(row, 'bold') if each is chosen else row}")
    return lines, place


def trace(look: Look, recorded) -> list:
    """The last steps of a failing run."""
    lines = [look.paint(line, "bold") for line in look.words(f"Trace of: {recorded.case}")] + [""]
    lines += [part for step in recorded.steps for part in look.words(scrub(step))]
    return lines + ["", *look.words(f"The whole trace, for a trace viewer: {recorded.file}")]


def problem(look: Look, words: str) -> list:
    """Why there is no verdict."""
    return look.words(words)
